package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/libposthog/libposthog/tests/conformance"
)

// matrix is what all hosts made of the cases.
type matrix struct {
	corpus  *conformance.Corpus
	reports []conformance.Report
}

// print writes passed/ran by group and host, then the sums by host.
func (m *matrix) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	m.row(w, "group", func(r *conformance.Report) string { return r.Host })
	for _, group := range m.groups() {
		m.row(w, group, func(r *conformance.Report) string {
			cell := fmt.Sprintf("%d/%d", r.Count(group, conformance.Passed), r.Count(group, conformance.Passed, conformance.Failed))
			if skipped := r.Count(group, conformance.Skipped); skipped > 0 {
				cell += fmt.Sprintf(" (%d skipped)", skipped)
			}
			return cell
		})
	}
	sum := func(ways ...string) func(r *conformance.Report) string {
		return func(r *conformance.Report) string { return fmt.Sprint(r.Count("", ways...)) }
	}
	m.row(w, "ran", sum(conformance.Passed, conformance.Failed))
	m.row(w, conformance.Passed, sum(conformance.Passed))
	m.row(w, conformance.Failed, sum(conformance.Failed))
	m.row(w, conformance.Skipped, sum(conformance.Skipped))
	w.Flush()
}

func (m *matrix) row(w io.Writer, head string, cell func(r *conformance.Report) string) {
	cells := []string{head}
	for i := range m.reports {
		cells = append(cells, cell(&m.reports[i]))
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}

// groups are the groups of the cases, in the order of the index.
func (m *matrix) groups() []string {
	var groups []string
	for _, c := range m.corpus.Cases {
		if !slices.Contains(groups, c.Group) {
			groups = append(groups, c.Group)
		}
	}
	return groups
}

// complaints are the reasons to fail: nobody may pass by leaving something out.
func (m *matrix) complaints(expected []string) []string {
	var complaints []string
	for _, host := range expected {
		if !slices.ContainsFunc(m.reports, func(r conformance.Report) bool { return r.Host == host }) {
			complaints = append(complaints, host+": no results")
		}
	}
	if len(m.reports) == 0 {
		complaints = append(complaints, "no results of any host")
	}
	for i := range m.reports {
		complaints = append(complaints, m.complaintsAbout(&m.reports[i])...)
	}
	return complaints
}

func (m *matrix) complaintsAbout(r *conformance.Report) []string {
	var complaints []string
	complain := func(id, format string, args ...any) {
		complaints = append(complaints, r.Host+": "+id+": "+fmt.Sprintf(format, args...))
	}
	results := map[string]conformance.Result{}
	for _, result := range r.Results {
		if _, twice := results[result.ID]; twice {
			complain(result.ID, "reported twice")
		}
		results[result.ID] = result
	}
	for _, c := range m.corpus.Cases {
		result, ran := results[c.ID]
		delete(results, c.ID)
		switch {
		case !ran:
			complain(c.ID, "not run")
		case result.Status == conformance.Failed:
			complain(c.ID, "failed: %s", result.Message)
		case result.Status == conformance.Skipped && !slices.Contains(c.Needs, result.Message):
			complain(c.ID, "skipped for %q, which the case does not need", result.Message)
		case result.Status != conformance.Passed && result.Status != conformance.Skipped:
			complain(c.ID, "unknown status %q", result.Status)
		}
	}
	for id := range results {
		complain(id, "no such case")
	}
	return complaints
}
