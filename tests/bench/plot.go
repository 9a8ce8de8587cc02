package main

import (
	"math"
	"os"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// drawCurves draws all curves into one SVG, two in a row. Both axes are logarithmic where the cost should grow with the
// parameter, so that a straight line is a straight line; elsewhere the cost starts at 0, and level is what it should be.
func drawCurves(path string, all []*curve) error {
	const columns, width, height = 2, 14 * vg.Centimeter, 9 * vg.Centimeter
	rows := (len(all) + columns - 1) / columns
	canvas := vgsvg.New(columns*width, vg.Length(rows)*height)
	tiles := draw.Tiles{
		Rows: rows, Cols: columns, PadX: 12 * vg.Millimeter, PadY: 8 * vg.Millimeter, PadRight: 8 * vg.Millimeter,
	}
	for i, c := range all {
		p, err := c.plot()
		if err != nil {
			return err
		}
		p.Draw(tiles.At(draw.New(canvas), i%columns, i/columns))
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := canvas.WriteTo(file); err != nil {
		return err
	}
	return file.Close()
}

func (c *curve) plot() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = c.title
	p.X.Label.Text, p.Y.Label.Text = c.axis, "µs"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, powers{}
	p.Legend.Top, p.Legend.Left = true, true
	highest := 0.0
	for i, s := range c.series {
		var points plotter.XYs
		for j, at := range c.at {
			points = append(points, plotter.XY{X: math.Max(float64(at), 1), Y: c.points[i][j]})
			highest = math.Max(highest, c.points[i][j])
		}
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		line.Color, marks.Color = plotutil.Color(i), plotutil.Color(i)
		marks.Shape = plotutil.Shape(i)
		p.Add(line, marks)
		p.Legend.Add(s.title, line, marks)
	}
	if c.perX != "" {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, powers{}
		p.Y.Max = highest * 20 // room for the legend
	} else {
		p.Y.Min, p.Y.Max = 0, highest*1.5
	}
	return p, nil
}

// powers marks the powers of ten.
type powers struct{}

func (powers) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for at := math.Pow(10, math.Floor(math.Log10(low))); at <= high*1.001; at *= 10 {
		if at >= low*0.999 {
			ticks = append(ticks, plot.Tick{Value: at, Label: label(at)})
		}
	}
	return ticks
}

func label(v float64) string {
	switch {
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', -1, 64) + " M"
	case v >= 1e3:
		return strconv.FormatFloat(v/1e3, 'g', -1, 64) + " k"
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}
