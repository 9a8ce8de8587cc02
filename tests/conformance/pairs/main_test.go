package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/libposthog/libposthog/tests/conformance"
)

func TestWrite_makesCasesOfThatManyPairs(t *testing.T) {
	folder := t.TempDir()
	if err := write(folder, 1, 1050); err != nil {
		t.Fatal(err)
	}
	corpus, err := conformance.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range corpus.Check() {
		t.Error(err)
	}
	pairs := 0
	for _, c := range corpus.Cases {
		for i := range c.Steps {
			if c.Steps[i].Op == "evaluate_flags" {
				pairs++
			}
		}
	}
	if pairs != 1050 {
		t.Errorf("got %d pairs, want 1050", pairs)
	}
}

func TestWrite_isTheSameForASeedAlone(t *testing.T) {
	text := func(seed uint64) []byte {
		folder := t.TempDir()
		if err := write(folder, seed, 20); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(folder, "pairs-1.json"))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if !slices.Equal(text(7), text(7)) {
		t.Error("the same seed gave other pairs")
	}
	if slices.Equal(text(7), text(8)) {
		t.Error("another seed gave the same pairs")
	}
}
