package main

import (
	"fmt"
	"io"
	"maps"
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

// print writes passed/ran by group and host with how many cases gave the same bytes in all of them, then the sums by
// host, then who skipped how many cases for what.
func (m *matrix) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	m.row(w, "group", func(r *conformance.Report) string { return r.Host }, "same bytes")
	for _, group := range m.groups() {
		m.row(w, group, func(r *conformance.Report) string {
			if r.Count(group, conformance.Passed, conformance.Failed) == 0 && r.Count(group, conformance.Skipped) > 0 {
				return "-"
			}
			return fmt.Sprintf("%d/%d", r.Count(group, conformance.Passed), r.Count(group, conformance.Passed, conformance.Failed))
		}, m.same(group))
	}
	sum := func(ways ...string) func(r *conformance.Report) string {
		return func(r *conformance.Report) string { return fmt.Sprint(r.Count("", ways...)) }
	}
	m.row(w, "ran", sum(conformance.Passed, conformance.Failed), m.same(""))
	m.row(w, conformance.Passed, sum(conformance.Passed), "")
	m.row(w, conformance.Failed, sum(conformance.Failed), "")
	m.row(w, conformance.Skipped, sum(conformance.Skipped), "")
	w.Flush()
	for i := range m.reports {
		printSkipped(out, &m.reports[i])
	}
}

func (m *matrix) row(w io.Writer, head string, cell func(r *conformance.Report) string, last string) {
	cells := []string{head}
	for i := range m.reports {
		cells = append(cells, cell(&m.reports[i]))
	}
	if last != "" {
		cells = append(cells, last)
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}

func printSkipped(out io.Writer, r *conformance.Report) {
	lacking := map[string]int{}
	for _, result := range r.Results {
		if result.Status == conformance.Skipped {
			lacking[result.Message]++
		}
	}
	for _, capability := range slices.Sorted(maps.Keys(lacking)) {
		fmt.Fprintf(out, "%s lacks %s: %d skipped\n", r.Host, capability, lacking[capability])
	}
}

// same counts the cases of a group, or of all, that passed with the same bytes in every host in virtual time.
func (m *matrix) same(group string) string {
	same, all := 0, 0
	for _, c := range m.corpus.Cases {
		if group == "" || c.Group == group {
			all++
			if m.passedInAll(c.ID) && m.difference(c.ID) == "" {
				same++
			}
		}
	}
	return fmt.Sprintf("%d/%d", same, all)
}

func (m *matrix) passedInAll(id string) bool {
	for _, r := range m.comparable() {
		if result := r.Result(id); result == nil || result.Status != conformance.Passed {
			return false
		}
	}
	return true
}

// comparable are the hosts whose bytes must be the same, those first with which others are compared.
func (m *matrix) comparable() []*conformance.Report {
	var usual, other []*conformance.Report
	for i := range m.reports {
		switch r := &m.reports[i]; {
		case r.RealTime:
		case r.OtherReplies:
			other = append(other, r)
		default:
			usual = append(usual, r)
		}
	}
	return append(usual, other...)
}

// difference says which host first gave other bytes for a case than those before it, or "".
func (m *matrix) difference(id string) string {
	var first *conformance.Report
	var want conformance.Digests
	for _, r := range m.comparable() {
		result := r.Result(id)
		if result == nil || result.Status != conformance.Passed {
			continue
		}
		got := result.Digests
		switch {
		case got.Requests == "" || got.Replies == "":
			return r.Host + " reports no digests"
		case first == nil:
			first, want = r, got
		case got.Requests != want.Requests:
			return r.Host + " sent other requests than " + first.Host
		case got.Replies != want.Replies && !r.OtherReplies:
			return r.Host + " gave other replies than " + first.Host
		}
	}
	return ""
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
	for _, c := range m.corpus.Cases {
		if why := m.difference(c.ID); why != "" {
			complaints = append(complaints, c.ID+": "+why)
		}
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
		case result.Status == conformance.Skipped && !slices.Contains(c.AllNeeds(), result.Message):
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
