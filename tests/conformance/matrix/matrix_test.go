package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/tests/conformance"
)

func TestMatrix_complainsAboutEveryGap(t *testing.T) {
	corpus := &conformance.Corpus{Cases: []*conformance.Case{
		{ID: "a", Group: "one"}, {ID: "b", Group: "two", Needs: []string{"compress"}},
	}}
	passed := func(id string) conformance.Result {
		return conformance.Result{ID: id, Status: conformance.Passed, Digests: conformance.Digests{Requests: "1", Replies: "2"}}
	}
	failed := conformance.Result{ID: "a", Status: conformance.Failed, Message: "wrong"}
	skipped := func(id, why string) conformance.Result {
		return conformance.Result{ID: id, Status: conformance.Skipped, Message: why}
	}
	tests := []struct {
		name    string
		results []conformance.Result
		want    []string
	}{
		{"all passed", []conformance.Result{passed("a"), passed("b")}, nil},
		{"a capability lacks", []conformance.Result{passed("a"), skipped("b", "compress")}, nil},
		{"no virtual time", []conformance.Result{passed("a"), skipped("b", "virtual-time")}, nil},
		{
			"no digests",
			[]conformance.Result{{ID: "a", Status: conformance.Passed}, passed("b")},
			[]string{"a: h reports no digests"},
		},
		{"failed", []conformance.Result{failed, passed("b")}, []string{"h: a: failed: wrong"}},
		{"not run", []conformance.Result{passed("b")}, []string{"h: a: not run"}},
		{"run twice", []conformance.Result{passed("a"), passed("a"), passed("b")}, []string{"h: a: reported twice"}},
		{
			"skipped for nothing",
			[]conformance.Result{skipped("a", "compress"), passed("b")},
			[]string{`h: a: skipped for "compress", which the case does not need`},
		},
		{"invented", []conformance.Result{passed("a"), passed("b"), passed("c")}, []string{"h: c: no such case"}},
		{
			"misspelt",
			[]conformance.Result{{ID: "a", Status: "pass"}, passed("b")},
			[]string{`h: a: unknown status "pass"`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := matrix{corpus, []conformance.Report{{Host: "h", Results: test.results}}}
			if got := m.complaints([]string{"h"}); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestMatrix_missesHosts(t *testing.T) {
	m := matrix{corpus: &conformance.Corpus{}}
	want := []string{"python: no results", "no results of any host"}
	if got := m.complaints([]string{"python"}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMatrix_comparesBytes(t *testing.T) {
	corpus := &conformance.Corpus{Cases: []*conformance.Case{{ID: "a", Group: "one"}}}
	report := func(host, requests, replies string) conformance.Report {
		return conformance.Report{Host: host, Results: []conformance.Result{
			{ID: "a", Group: "one", Status: conformance.Passed, Digests: conformance.Digests{Requests: requests, Replies: replies}},
		}}
	}
	slow, brief := report("slow", "5", "5"), report("brief", "1", "5")
	slow.RealTime, brief.OtherReplies = true, true
	briefAndWrong := report("brief", "5", "5")
	briefAndWrong.OtherReplies = true
	tests := []struct {
		name    string
		reports []conformance.Report
		want    []string
	}{
		{"same", []conformance.Report{report("h", "1", "2"), report("i", "1", "2")}, nil},
		{"requests", []conformance.Report{report("h", "1", "2"), report("i", "3", "2")}, []string{"a: i sent other requests than h"}},
		{"replies", []conformance.Report{report("h", "1", "2"), report("i", "1", "3")}, []string{"a: i gave other replies than h"}},
		{"other replies", []conformance.Report{brief, report("h", "1", "2"), report("i", "1", "2")}, nil},
		{"other replies, and requests", []conformance.Report{briefAndWrong, report("h", "1", "2")}, []string{"a: brief sent other requests than h"}},
		{"another clock", []conformance.Report{report("h", "1", "2"), slow}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := matrix{corpus, test.reports}
			if got := m.complaints(nil); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestMatrix_printsGroupsByHosts(t *testing.T) {
	corpus := &conformance.Corpus{Cases: []*conformance.Case{{ID: "a", Group: "one"}, {ID: "b", Group: "two"}}}
	m := matrix{corpus, []conformance.Report{
		{Host: "h", Results: []conformance.Result{
			{ID: "a", Group: "one", Status: conformance.Passed, Digests: conformance.Digests{Requests: "1", Replies: "2"}}, {ID: "b", Group: "two", Status: conformance.Failed},
		}},
		{Host: "i", Results: []conformance.Result{{ID: "a", Group: "one", Status: conformance.Skipped, Message: "poll"}}},
	}}
	var out strings.Builder
	m.print(&out)
	want := strings.Join([]string{
		"group    h    i    same bytes",
		"one      1/1  -    0/1",
		"two      0/1  0/0  0/1",
		"ran      2    0    0/2",
		"passed   1    0",
		"failed   1    0",
		"skipped  0    1",
		"i lacks poll: 1 skipped",
		"",
	}, "\n")
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
