package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// writeTable writes what was measured as markdown: the ratios of all programs first, then each program's figures.
func writeTable(to io.Writer, r *results) error {
	targets, err := readTargets()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(to)
	titles := map[string]program{}
	var measured []program
	for _, p := range r.Programs {
		titles[p.Key] = p
		if !p.official() {
			measured = append(measured, p)
		}
	}
	fmt.Fprintf(w, "Measured %s: %s.\n\n", r.Started.Format(time.DateOnly), r.Machine)
	fmt.Fprintf(w, "How many times better than PostHog's own SDK of the language (C and wazero: posthog-go), by the medians of %s.\n",
		plural(r.Rounds, "round"))
	fmt.Fprintf(w, "✓ and ✗: the target is met or not. Rows without a ratio stand in the tables below.\n\n")
	writeRatios(w, r, measured, targets)
	for _, p := range measured {
		official, ok := titles[p.Official]
		if !ok {
			official = program{Key: p.Official, Title: p.Official, Missing: "not run"}
		}
		writeProgram(w, r, p, official, targets[p.Key])
	}
	return w.Flush()
}

func writeRatios(w io.Writer, r *results, measured []program, targets map[string]map[string]target) {
	fmt.Fprint(w, "| |")
	for _, p := range measured {
		fmt.Fprintf(w, " %s |", p.Title)
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---:|", len(measured)))
	for _, row := range rows {
		if row.absolute {
			continue
		}
		fmt.Fprintf(w, "| %s |", row.Title)
		for _, p := range measured {
			fmt.Fprintf(w, " %s |", ratioCell(r, row, p, targets[p.Key][row.Key]))
		}
		fmt.Fprintln(w)
	}
}

func ratioCell(r *results, row row, p program, t target) string {
	own, ok := r.sample(p.Key, row)
	if !ok {
		return cmp.Or(shortly(p.Missing), "")
	}
	ratio := r.ratio(row, p)
	text := ""
	if ratio > 0 {
		text = figure(ratio)
	}
	if t == (target{}) {
		return text
	}
	switch t.met(own.median, ratio) {
	case "met":
		return strings.TrimSpace(text + " ✓")
	case "not compared":
		return "not compared"
	}
	return strings.TrimSpace(text + " ✗")
}

// shortly is the part of a reason before its colon.
func shortly(reason string) string {
	before, _, _ := strings.Cut(reason, ":")
	return before
}

func writeProgram(w io.Writer, r *results, p, official program, targets map[string]target) {
	fmt.Fprintf(w, "\n**%s against %s**", p.Title, official.Title)
	if p.Missing != "" {
		fmt.Fprintf(w, ": %s\n", p.Missing)
		return
	}
	if official.Missing != "" {
		fmt.Fprintf(w, " (%s)", official.Missing)
	}
	fmt.Fprintf(w, "\n\n| | unit | %s | %s | ratio | target | |\n|---|---|---:|---:|---:|---:|---|\n", official.Title, p.Title)
	for _, row := range rows {
		own, ok := r.sample(p.Key, row)
		if !ok {
			continue
		}
		theirs := "not run"
		if s, ok := r.sample(official.Key, row); ok {
			theirs = s.String()
		} else if official.Missing == "" {
			theirs = ""
		}
		ratio, ratioText := r.ratio(row, p), ""
		if ratio > 0 && !row.absolute {
			ratioText = figure(ratio)
		}
		t, goal, met := targets[row.Key], "", ""
		if t != (target{}) {
			goal, met = t.String(), t.met(own.median, ratio)
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s |\n", row.Title, row.Unit, theirs, own, ratioText, goal, met)
	}
}

// ratio is how many times better the program is than its official SDK, 0 where that cannot be said.
func (r *results) ratio(row row, p program) float64 {
	own, ok := r.sample(p.Key, row)
	theirs, compared := r.sample(p.Official, row)
	if !ok || !compared || own.median <= 0 || theirs.median <= 0 {
		return 0
	}
	if row.more {
		return own.median / theirs.median
	}
	return theirs.median / own.median
}

// String is the median, and the range where it is one.
func (s sample) String() string {
	if s.min == s.max {
		return figure(s.median)
	}
	return fmt.Sprintf("%s (%s–%s)", figure(s.median), figure(s.min), figure(s.max))
}

// figure writes a number with three significant digits, thousands apart.
func figure(v float64) string {
	if v == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	if digits > 0 {
		text := strconv.FormatFloat(v, 'f', digits, 64)
		return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	scale := math.Pow(10, float64(-digits))
	whole := strconv.FormatFloat(math.Round(v/scale)*scale, 'f', 0, 64)
	first := (len(whole)-1)%3 + 1
	if strings.HasPrefix(whole, "-") {
		first = (len(whole)-2)%3 + 2
	}
	var text strings.Builder
	text.WriteString(whole[:first])
	for i := first; i < len(whole); i += 3 {
		text.WriteString("," + whole[i:i+3])
	}
	return text.String()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "one " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
