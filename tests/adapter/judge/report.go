package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// report prints a row for each subject and a column for each suite, then what failed, and returns an error for the
// whole unless everybody passed everything and equals played equally.
func report(out io.Writer, subjects []*subject) error {
	var problems []error
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	suites := suites(subjects)
	fmt.Fprintln(table, strings.Join(append([]string{"passed/played"}, suites...), "\t"))
	for _, s := range subjects {
		row := []string{strings.TrimSpace(s.host + " " + s.profile)}
		for _, suite := range suites {
			row = append(row, s.cell(suite))
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	table.Flush()
	for _, s := range subjects {
		for _, v := range s.verdicts {
			if v.problem != nil {
				problems = append(problems, fmt.Errorf("%s %s: %s: %w", s.host, s.profile, v.contract, v.problem))
			}
		}
		for _, other := range subjects {
			if slices.Equal(s.capabilities, other.capabilities) && len(s.verdicts) < len(other.verdicts) {
				problems = append(problems, fmt.Errorf("%s played %d contracts, %s %d", s.host, len(s.verdicts), other.host, len(other.verdicts)))
			}
		}
		if len(s.verdicts) == 0 {
			problems = append(problems, fmt.Errorf("%s %s played nothing", s.host, s.profile))
		}
	}
	return errors.Join(problems...)
}

// suites are the parts before the slash of the contracts anybody played.
func suites(subjects []*subject) []string {
	var all []string
	for _, s := range subjects {
		for _, v := range s.verdicts {
			suite, _, _ := strings.Cut(v.contract, "/")
			all = append(all, suite)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// cell is passed/played, or a dash where the subject has not what the suite needs.
func (s *subject) cell(suite string) string {
	passed, played := 0, 0
	for _, v := range s.verdicts {
		if strings.HasPrefix(v.contract, suite+"/") {
			played++
			if v.problem == nil {
				passed++
			}
		}
	}
	if played == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d", passed, played)
}
