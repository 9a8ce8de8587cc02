package flags

import (
	"slices"
	"sync"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
)

// TestHammer_definitionsAreShared evaluates one Definitions from many goroutines; run it with -race.
func TestHammer_definitionsAreShared(t *testing.T) {
	text, _ := hundredMixed()
	d := mustParse(t, text)
	user := &User{DistinctID: "user-1", PersonProperties: codec.Value(shopper)}
	want := answers(d.Evaluate(user, now), d, false)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			e := new(Evaluation)
			for range 50 {
				e.Start(d, user, now)
				got := answers(e, d, i%2 == 1)
				if i%2 == 1 {
					slices.Reverse(got)
				}
				if !slices.Equal(got, want) {
					t.Error("goroutines disagree")
					return
				}
			}
		})
	}
	wait.Wait()
}
