package main

import (
	"fmt"
	"io"
	"strings"
)

// report prints how much of each dimension is exercised, in detail by which cases, and returns what is not. A value
// that is exempt and exercised all the same is a gap too: of the list of exemptions.
func report(out io.Writer, required []dimension, seen sightings, detail bool) (gaps []string) {
	for _, d := range required {
		exercised, exempt := 0, 0
		var lines []string
		for _, value := range d.values {
			cases, why := seen[d.name][value], d.exempt[value]
			switch {
			case len(cases) > 0 && why != "":
				gaps = append(gaps, fmt.Sprintf("%s %q is exempt and exercised", d.name, value))
			case len(cases) > 0:
				exercised++
				lines = append(lines, fmt.Sprintf("  %s: %d: %s", value, len(cases), first(cases)))
			case why != "":
				exempt++
				lines = append(lines, fmt.Sprintf("  %s: exempt: %s", value, why))
			default:
				gaps = append(gaps, fmt.Sprintf("%s %q is in no case", d.name, value))
			}
		}
		fmt.Fprintf(out, "%-22s %3d of %3d, %d exempt\n", d.name, exercised, len(d.values), exempt)
		if detail {
			fmt.Fprintln(out, strings.Join(lines, "\n"))
		}
	}
	return gaps
}

// first names the first few cases.
func first(ids []string) string {
	const most = 3
	if len(ids) > most {
		return strings.Join(ids[:most], ", ") + ", …"
	}
	return strings.Join(ids, ", ")
}
