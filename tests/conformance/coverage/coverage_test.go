package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/tests/conformance"
)

func load(t *testing.T, cases string) *conformance.Corpus {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"index.json": `{"files":["one.json"]}`, "one.json": `{"cases":[` + cases + `]}`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	corpus, err := conformance.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return corpus
}

func script(id, open, steps string) string {
	return `{"id":"` + id + `","group":"one","open":` + open + `,"entropy":"","t0_ms":1,"steps":[` + steps + `]}`
}

func TestManifest_missesADeletedCase(t *testing.T) {
	corpus := load(t, script("a", `{}`, "")+","+script("b", `{}`, ""))
	if err := writeManifest(corpus); err != nil {
		t.Fatal(err)
	}
	corpus.Cases[0].ID = "c"
	got, err := compareManifest(corpus)
	want := []string{
		"one/c is not in manifest.txt: run make coverage-manifest",
		"one/a is in manifest.txt and in no file: a case was lost",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}

func TestObserve_seesWhatACaseDoesAndExpects(t *testing.T) {
	seen := observe(load(t, script("a", `{"capture_mode":"v1","flush_at":1}`, strings.Join([]string{
		`{"at_ms":1,"op":"set_flag_definitions","in":{"flags":[{"key":"f","filters":{"groups":[{"properties":[{"key":"p","operator":"gt","value":1}]}]}}]}}`,
		`{"at_ms":1,"op":"get_flag","in":{},"expect":{"key":"f","value":false,"reason":"no_condition_match","request":"not_needed","source":"local"}}`,
		`{"at_ms":1,"op":"capture","raw":"{","status":-1}`,
		`{"at_ms":1,"op":"flush","status":1}`,
		`{"at_ms":1,"http":{"expect":{"path":"/x/i/v1/analytics/events"},"reply":{"status":200,"body":{"results":{"u":{"result":"limited"}}}}}}`,
		`{"at_ms":1,"http":{"expect":{"path":"/batch/"},"reply":{"error":"dns"}}}`,
		`{"at_ms":1,"done":3,"status":-8}`,
		`{"at_ms":1,"op":"stats","expect":{"dropped":{"quota":1}}}`,
	}, ","))))
	for dimension, values := range map[string][]string{
		"option":                {"capture_mode", "flush_at"},
		"operation":             {"capture", "flush", "poll", "complete"},
		"status":                {"INVALID_JSON", "PENDING", "TIMEOUT", "OK"},
		"operator and verdict":  {"gt: false"},
		"reason of a flag":      {"no_condition_match"},
		"request reason":        {"not_needed"},
		"source of a value":     {"local"},
		"HTTP status":           {"v1 analytics: 200"},
		"transport error":       {"batch: dns"},
		"word on an event":      {"limited"},
		"drop reason":           {"quota"},
		"operation and feature": {"capture: INVALID_JSON", "capture: v1", "capture: raw input", "flush: PENDING", "flush: TIMEOUT"},
	} {
		for _, value := range values {
			if !slices.Equal(seen[dimension][value], []string{"a"}) {
				t.Errorf("%s %q: seen in %q, want a", dimension, value, seen[dimension][value])
			}
		}
	}
}

func TestReport_namesGaps(t *testing.T) {
	required := []dimension{{name: "n", values: []string{"seen", "unseen", "exempt", "both"}, exempt: map[string]string{"exempt": "why", "both": "why"}}}
	seen := sightings{"n": {"seen": {"a"}, "both": {"a"}}}
	var out strings.Builder
	gaps := report(&out, required, seen, false)
	if want := []string{`n "unseen" is in no case`, `n "both" is exempt and exercised`}; !slices.Equal(gaps, want) {
		t.Errorf("got %q, want %q", gaps, want)
	}
	if want := "n                        1 of   4, 1 exempt\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
