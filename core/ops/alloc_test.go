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
