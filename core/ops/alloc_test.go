//go:build !race

// Under the race detector the standard library's SHA-1 allocates to write its state.

package ops

import (
	"testing"

	"github.com/libposthog/libposthog/core"
)

// The common case of a flag call, decided locally and reported before, allocates nothing. The values follow from SHA-1:
// flag-0 0.5 < hash, flag-2 hash of the variant > 0.5, flag-3 and flag-4 below their shares.
func TestFlagValue_doesNotAllocate(t *testing.T) {
	c := openClient(t, `,"definitions":"push"`)
	call(t, c, "set_flag_definitions", mixedFlags(10))
	others := []byte(`{"person_properties":{"plan":"pro","country":"DE","age":30,"email":"a@x.com"},"groups":null}`)
	for _, tc := range []struct {
		key, value string
		in         []byte
	}{{"flag-0", "false", nil}, {"flag-1", "true", others}, {"flag-2", `"b"`, others}, {"flag-3", "true", others}, {"flag-4", "true", nil}} {
		asked := new(FlagValue)
		ask := func() {
			asked.Prepare(tc.key, "user-12345", tc.in, c.View(), t0)
			if status, value, _ := asked.Run(c, t0, 64); status != core.OK || string(value) != tc.value {
				t.Fatalf("%s: got %v %s, want %s", tc.key, status, value, tc.value)
			}
			asked.Forget()
		}
		ask()
		if n := testing.AllocsPerRun(200, ask); n != 0 {
			t.Errorf("%s: %v allocations, want none", tc.key, n)
		}
	}
}

// What an operation still allocates: for a capture nothing, as long as there is room where the queue keeps its events. For
// all flags it does not depend on how many there are.
func TestOperations_allocateLittle(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		flags    int
		most     float64
	}{
		{"capture", `{"distinct_id":"u","event":"e","properties":{"a":1,"b":"text","c":[1,2],"d":{"e":null}}}`, 0, 0},
		{"get_flag", `{"key":"flag-1",` + person + `}`, 10, 5},
		{"evaluate_flags", `{` + person + `}`, 10, 3},
		{"evaluate_flags", `{` + person + `}`, 1000, 3},
		{"evaluate_flags", `{` + person + `,"fields":["value"]}`, 1000, 5},
	} {
		c := openClient(t, `,"definitions":"push"`)
		call(t, c, "set_flag_definitions", mixedFlags(tc.flags))
		op, in, memory := Lookup(tc.name), []byte(tc.in), new(Memory)
		run := func() {
			reply := op.PrepareIn(memory, in, c.View(), t0).Run(c, t0)
			if text, _ := reply.Encode(false); reply.Status != core.OK || len(text) == 0 {
				t.Fatalf("%s: %v %s", tc.name, reply.Status, text)
			}
			if reply.Recycle() != memory {
				t.Fatalf("%s: the memory does not come back", tc.name)
			}
		}
		run()
		if n := testing.AllocsPerRun(100, run); n > tc.most {
			t.Errorf("%s of %d flags: %v allocations, want at most %v", tc.name, tc.flags, n, tc.most)
		}
	}
}
