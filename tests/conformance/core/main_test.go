package main

import (
	"testing"

	"github.com/libposthog/libposthog/tests/conformance"
)

// TestCases_passInTheCore runs the cases under go test, where a failing one can be debugged by its name.
func TestCases_passInTheCore(t *testing.T) {
	corpus, err := conformance.Load("../../cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range corpus.Cases {
		t.Run(c.Group+"/"+c.ID, func(t *testing.T) {
			if _, err := conformance.RunCase(host{}, c); err != nil {
				t.Error(err)
			}
		})
	}
}
