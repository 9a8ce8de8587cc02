package core

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestReported_model compares it with a list in the order keys were seen.
func TestReported_model(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		r, model := newReported(limit), []string(nil)
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			key := fmt.Sprint(rapid.IntRange(0, 7).Draw(t, "key"))
			at := slices.Index(model, key)
			if rapid.Bool().Draw(t, "see") {
				if got := r.see([]byte(key)); got != (at >= 0) {
					t.Fatalf("see %s: got %v with %v", key, got, model)
				}
				if at < 0 {
					continue
				}
			} else {
				r.add(key)
			}
			if at >= 0 {
				model = slices.Delete(model, at, at+1)
			}
			if model = append(model, key); len(model) > limit {
				model = model[1:]
			}
		}
		var kept []string
		for at := r.oldest; len(kept) < len(r.index); at = r.entries[at].newer {
			kept = append(kept, r.entries[at].key)
		}
		if !slices.Equal(kept, model) || len(r.entries) > limit {
			t.Fatalf("kept %v in %d entries, want %v", kept, len(r.entries), model)
		}
	})
}
