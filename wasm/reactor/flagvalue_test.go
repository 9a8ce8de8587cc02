package reactor

import (
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core"
)

const flagDefinitions = `{"flags":[{"id":1,"key":"on","active":true,"filters":{"groups":[{}]}},` +
	`{"id":2,"key":"paid","active":true,"filters":{"groups":[{"properties":[{"key":"plan","value":"pro","type":"person"}]}],` +
	`"multivariate":{"variants":[{"key":"say \"a\"","rollout_percentage":100}]}}}]}`

const paying = `{"person_properties":{"plan":"pro"}}`

func newWithFlags(t *testing.T) *Reactor {
	t.Helper()
	r := New()
	call(r, "open", 0, strings.Replace(openOptions, `{`, `{"definitions":"push",`, 1))
	wantStatus(t, "set_flag_definitions", call(r, "set_flag_definitions", 1, flagDefinitions), 0)
	return r
}

// ask asks in a block of the given room and returns what is in it up to the NUL.
func ask(r *Reactor, handle uint32, key, in string, room int) (core.Status, string) {
	block := make([]byte, room)
	copy(block, key+"user"+in)
	status, _ := r.FlagValue(handle, block, len(key), len("user"), len(in), nowMs)
	text, _, _ := strings.Cut(string(block), "\x00")
	return status, text
}

// The client keeps nothing of the block, so it can be used again; the answers must not depend on what was there before.
func TestReactor_flagValueAnswersInTheBlock(t *testing.T) {
	r := newWithFlags(t)
	for _, tc := range []struct {
		key, in string
		room    int
		status  core.Status
		value   string
	}{
		{"on", "", 64, core.OK, "true"},
		{"on", "null", 64, core.OK, "true"},
		{"paid", paying, 64, core.OK, `"say \"a\""`},
		{"paid", "", 64, core.OK, "null"},
		{"gone", "", 64, core.OK, "null"},
		{"paid", paying, len("paid" + "user" + paying), core.OK, `"say \"a\""`},
		// key and user take six bytes, true and its NUL five: the value of paid would need twelve.
		{"on", "", 6, core.OK, "true"},
		{"on", "{}", 8, core.OK, "true"},
		{"", "", 64, core.InvalidArgument, ""},
		{"on", "{", 64, core.InvalidJSON, ""},
		{"on", "[]", 64, core.InvalidArgument, ""},
		{"\xff", "", 64, core.InvalidJSON, ""},
	} {
		if status, value := ask(r, 1, tc.key, tc.in, tc.room); status != tc.status || value != tc.value {
			t.Errorf("%q with %q in %d bytes: %v %q, want %v %q", tc.key, tc.in, tc.room, status, value, tc.status, tc.value)
		}
	}
	call(r, "override_flags", 1, `{"flags":{"on":"a-long-variant"}}`)
	if status, value := ask(r, 1, "on", "", 16); status != core.WouldWait || value != "" {
		t.Errorf("without room: %v %q, want WOULD_WAIT and the empty text", status, value)
	}
	if status, value := ask(r, 2, "on", "", 64); status != core.UnknownClient || value != "" {
		t.Errorf("of nobody: %v %q, want UNKNOWN_CLIENT", status, value)
	}
	call(r, "shutdown", 1, `{"timeout_ms":0}`)
	if status, value := ask(r, 1, "on", "", 64); status != core.Closed || value != "" {
		t.Errorf("after the shutdown: %v %q, want CLOSED", status, value)
	}
}

// Exposures are recorded as get_flag records them, and only once.
func TestReactor_flagValueRecordsExposures(t *testing.T) {
	r := newWithFlags(t)
	accepted := func() string {
		text := call(r, "stats", 1, "")
		return text[strings.Index(text, `"accepted":`):strings.Index(text, `,"invalid"`)]
	}
	for turn := range 3 {
		block := []byte("onuser")
		if _, recorded := r.FlagValue(1, block, 2, 4, 0, nowMs); recorded != (turn == 0) {
			t.Errorf("time %d: recorded is %v", turn, recorded)
		}
		call(r, "get_flag", 1, `{"key":"on","distinct_id":"user"}`)
	}
	if got := accepted(); got != `"accepted":1` {
		t.Errorf("one exposure: %s", got)
	}
	ask(r, 1, "paid", paying, 64)
	if got := accepted(); got != `"accepted":2` {
		t.Errorf("two exposures: %s", got)
	}
}

func TestReactor_flagValueContainsPanics(t *testing.T) {
	r := New()
	r.clients[1], r.last = nil, 1
	if status, value := ask(r, 1, "on", "", 64); status != core.Panic || value != "" {
		t.Errorf("%v %q, want PANIC", status, value)
	}
	call(r, "open", 0, openOptions)
	if status, _ := ask(r, 2, "on", "", 64); status != core.OK {
		t.Errorf("after a panic: %v", status)
	}
}

// A flag that was decided and recorded before costs no memory: nothing for the collector inside the module to do.
func TestReactor_flagValueDoesNotAllocate(t *testing.T) {
	r := newWithFlags(t)
	block := make([]byte, 128)
	ask(r, 1, "paid", paying, len(block))
	n := testing.AllocsPerRun(100, func() {
		copy(block, "paiduser"+paying)
		if status, recorded := r.FlagValue(1, block, 4, 4, len(paying), nowMs); status != core.OK || block[0] != '"' || recorded {
			t.Fatalf("%v %q, recorded: %v", status, block, recorded)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
