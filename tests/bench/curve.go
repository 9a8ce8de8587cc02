package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/libposthog/libposthog/tests/bench/sink"
)

// curve is what something costs along one parameter, through the C library.
type curve struct {
	title string
	// run is what the program calls it, parameter the name of what changes.
	run, parameter string
	axis           string
	at             []int
	quickly        []int // in a small run
	events         func(at int) int
	behaviour      func(at int) sink.Behaviour
	// perX says that the cost should grow with the parameter; it is then shown by the unit of the parameter too.
	perX   string
	series []series
	// points are the medians, by series and value of the parameter.
	points [][]float64
}

// series is one line of a curve.
type series struct{ title, printed string }

func healthy(int) sink.Behaviour { return sink.Behaviour{} }

func always(events int) func(int) int { return func(int) int { return events } }

func curves() []*curve {
	return []*curve{
		{
			title: "Cost of an event by the depth of the queue", run: "depth", parameter: "depth", axis: "events queued before",
			at: []int{0, 1000, 10_000, 100_000, 300_000, 1_000_000}, quickly: []int{0, 1000, 10_000}, events: always(20_000),
			behaviour: func(int) sink.Behaviour { return sink.Behaviour{Mute: true} },
			series:    []series{{"capture, wall µs", "capture_us"}, {"capture, CPU µs of the process", "cpu_us"}},
		},
		{
			title: "Cost of an event by how many are captured at once", run: "deliver", parameter: "n", axis: "events in the burst",
			at: []int{1000, 10_000, 100_000, 300_000, 1_000_000}, quickly: []int{1000, 10_000}, events: func(at int) int { return at },
			behaviour: healthy, series: []series{{"captured and delivered, CPU µs of the process", "cpu_us"}},
		},
		{
			title: "Cost of an event by threads that capture", run: "threads", parameter: "threads", axis: "threads",
			at: []int{1, 2, 4, 8, 16, 32, 64}, quickly: []int{1, 8, 64}, events: always(192_000), behaviour: healthy,
			series: []series{{"all threads together, wall µs", "elapsed_us"}, {"captured and delivered, CPU µs of the process", "cpu_us"}},
		},
		{
			title: "Cost of an event by clients in the process", run: "clients", parameter: "clients", axis: "clients",
			at: []int{1, 5, 20, 50, 100, 200}, quickly: []int{1, 200}, events: always(100_000), behaviour: healthy,
			series: []series{{"capture, wall µs", "capture_us"}, {"captured and delivered, CPU µs of the process", "cpu_us"}},
		},
		{
			title: "Cost of an event by its size", run: "sizes", parameter: "bytes", axis: "bytes",
			at: []int{200, 1000, 4000, 16_000, 64_000, 250_000, 900_000}, quickly: []int{200, 16_000, 900_000},
			events: func(at int) int { return max(200, min(20_000, 100_000_000/at)) }, behaviour: healthy, perX: "ns a byte",
			series: []series{{"capture, wall µs", "capture_us"}, {"captured and delivered, CPU µs of the process", "cpu_us"}},
		},
		{
			title: "Cost of evaluating all flags by their number", run: "flags", parameter: "flags", axis: "flags",
			at: []int{10, 30, 100, 300, 1000, 3000, 10_000}, quickly: []int{10, 1000}, events: always(0), perX: "ns a flag",
			behaviour: func(at int) sink.Behaviour { return sink.Behaviour{Flags: at} },
			series:    []series{{"all flags of a user, p50 wall µs", "all_us"}},
		},
	}
}

// measure fills the points with the medians of some rounds.
func (c *curve) measure(p program, size size, rounds int) error {
	if size != full {
		c.at, rounds = c.quickly, 1
	}
	c.points = make([][]float64, len(c.series))
	for _, at := range c.at {
		values := make([][]float64, len(c.series))
		for range rounds {
			printed, err := c.once(p, at)
			if err != nil {
				return fmt.Errorf("%s at %d: %w", c.run, at, err)
			}
			for i, s := range c.series {
				values[i] = append(values[i], printed[s.printed])
			}
		}
		for i := range values {
			c.points[i] = append(c.points[i], median(values[i]))
		}
	}
	return nil
}

func (c *curve) once(p program, at int) (map[string]float64, error) {
	server, err := sink.Start()
	if err != nil {
		return nil, err
	}
	defer server.Close()
	server.Begin(c.behaviour(at))
	arguments := []string{
		c.run, "host=" + server.URL, fmt.Sprintf("n=%d", c.events(at)), fmt.Sprintf("%s=%d", c.parameter, at),
		"queue=2000000", "budget_ms=300",
	}
	printed, err := execute(p, arguments)
	if err != nil {
		return nil, err
	}
	if c.run == "deliver" {
		printed["cpu_us"] /= float64(at)
	}
	return printed, nil
}

// writeCurve writes the points as a markdown table.
func writeCurve(to io.Writer, c *curve) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "\n**%s**\n\n| %s |", c.title, c.axis)
	columns := 1
	for _, s := range c.series {
		fmt.Fprintf(w, " %s |", s.title)
		columns++
		if c.perX != "" {
			fmt.Fprintf(w, " %s |", c.perX)
			columns++
		}
	}
	fmt.Fprintf(w, "\n|%s\n", strings.Repeat("---:|", columns))
	for i, at := range c.at {
		fmt.Fprintf(w, "| %s |", figure(float64(at)))
		for s := range c.series {
			fmt.Fprintf(w, " %s |", figure(c.points[s][i]))
			if c.perX != "" {
				fmt.Fprintf(w, " %s |", figure(c.points[s][i]*1000/float64(at)))
			}
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

func median(values []float64) float64 {
	ordered := slices.Sorted(slices.Values(values))
	middle := len(ordered) / 2
	if len(ordered)%2 == 0 {
		return (ordered[middle-1] + ordered[middle]) / 2
	}
	return ordered[middle]
}
