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
	passed := func(id string) conformance.Result { return conformance.Result{ID: id, Status: conformance.Passed} }
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

func TestMatrix_printsGroupsByHosts(t *testing.T) {
	corpus := &conformance.Corpus{Cases: []*conformance.Case{{ID: "a", Group: "one"}, {ID: "b", Group: "two"}}}
	m := matrix{corpus, []conformance.Report{
		{Host: "h", Results: []conformance.Result{
			{ID: "a", Group: "one", Status: conformance.Passed}, {ID: "b", Group: "two", Status: conformance.Failed},
		}},
		{Host: "i", Results: []conformance.Result{{ID: "a", Group: "one", Status: conformance.Skipped}}},
	}}
	var out strings.Builder
	m.print(&out)
	want := strings.Join([]string{
		"group    h    i",
		"one      1/1  0/0 (1 skipped)",
		"two      0/1  0/0",
		"ran      2    0",
		"passed   1    0",
		"failed   1    0",
		"skipped  0    1",
		"",
	}, "\n")
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
