package reactor

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

const nowMs = 1_780_000_000_000

const openOptions = `{"api_key":"phc_test","mode":"memory","entropy":"` +
	`000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}`

func call(r *Reactor, op string, handle uint32, in string) string {
	reply := r.Call(op, handle, []byte(in), nowMs)
	defer r.Recycle(reply)
	return string(reply.Text[:reply.JSONLen])
}

func wantStatus(t *testing.T, what, reply string, want int) {
	t.Helper()
	if prefix := fmt.Sprintf(`{"status":%d`, want); !strings.HasPrefix(reply, prefix) || !json.Valid([]byte(reply)) {
		t.Errorf("%s: got %s, want JSON that starts %s", what, reply, prefix)
	}
}

func TestReactor_handlesAreNeverGivenTwice(t *testing.T) {
	r := New()
	for want := 1; want <= 3; want++ {
		if got := call(r, "open", 0, openOptions); got != fmt.Sprintf(`{"status":0,"client":%d}`, want) {
			t.Errorf("open %d: %s", want, got)
		}
		wantStatus(t, "shutdown", call(r, "shutdown", uint32(want), ""), 0)
	}
}

func TestReactor_openThatFailsGivesNoHandle(t *testing.T) {
	r := New()
	wantStatus(t, "open without entropy", call(r, "open", 0, `{"api_key":"phc_test"}`), -2)
	wantStatus(t, "open with text", call(r, "open", 0, `text`), -1)
	if got := call(r, "open", 0, openOptions); got != `{"status":0,"client":1}` {
		t.Errorf("open: %s", got)
	}
}

func TestReactor_ioIsAlwaysTheHosts(t *testing.T) {
	r := New()
	options := strings.Replace(openOptions, `"mode":"memory"`, `"io":"driver"`, 1)
	wantStatus(t, "open", call(r, "open", 0, options), 0)
	wantStatus(t, "poll", call(r, "poll", 1, ""), 0)
}

func TestReactor_panicBecomesAStatus(t *testing.T) {
	r := New()
	// A nil client is the one thing every operation falls over.
	r.clients[1] = nil
	r.last = 1
	for _, op := range []string{"capture", "poll", "stats"} {
		reply := call(r, op, 1, `{"distinct_id":"u","event":"e"}`)
		wantStatus(t, op, reply, -15)
		if !strings.Contains(reply, `"code":"PANIC"`) || !strings.Contains(reply, "nil pointer") {
			t.Errorf("%s: the reply does not say what happened: %s", op, reply)
		}
	}
	wantStatus(t, "open after a panic", call(r, "open", 0, openOptions), 0)
}

func TestPanicked_tellsNoInput(t *testing.T) {
	reply, length := panicked("secret of a user").Encode(true)
	if got := string(reply[:length]); strings.Contains(got, "secret") {
		t.Errorf("the reply quotes the panic's value: %s", got)
	}
}

// TestReactor_keepsTheLedgersOfTheLatest: a host can read what a shutdown cost, and an instance in which clients come
// and go does not fill up.
func TestReactor_keepsTheLedgersOfTheLatest(t *testing.T) {
	r := New()
	const opened = keptClosed + 5
	for handle := uint32(1); handle <= opened; handle++ {
		call(r, "open", 0, openOptions)
		wantStatus(t, "shutdown", call(r, "shutdown", handle, `{"timeout_ms":0}`), 0)
		wantStatus(t, "shutdown again", call(r, "shutdown", handle, ""), 0)
	}
	if len(r.clients) != keptClosed || len(r.closed) != keptClosed {
		t.Errorf("%d clients and %d handles are kept, want %d", len(r.clients), len(r.closed), keptClosed)
	}
	wantStatus(t, "stats of the oldest", call(r, "stats", 1, ""), -5)
	wantStatus(t, "stats of the oldest kept", call(r, "stats", opened-keptClosed+1, ""), 0)
	wantStatus(t, "capture on a client kept for its ledger", call(r, "capture", opened, `{"distinct_id":"u","event":"e"}`), -5)
	wantStatus(t, "stats of the next", call(r, "stats", opened+1, ""), -4)
	wantStatus(t, "stats of nobody", call(r, "stats", 0, ""), -4)
}

func TestReactor_numbersEnd(t *testing.T) {
	r := New()
	r.last = math.MaxUint32
	wantStatus(t, "open", call(r, "open", 0, openOptions), -14)
}

// TestReactor_repliesAreUsedAgain: a host that frees each reply costs the collector nothing but what the operation itself
// allocates, and one that does not keeps what it has.
func TestReactor_repliesAreUsedAgain(t *testing.T) {
	r := New()
	call(r, "open", 0, openOptions)
	ask := func(in string) Reply { return r.Call("get_flag", 1, []byte(in), nowMs) }
	first, second := ask(`{"key":"a","distinct_id":"u"}`), ask(`{"key":"b","distinct_id":"u"}`)
	kept := string(first.Text)
	r.Recycle(second)
	third := ask(`{"key":"c","distinct_id":"u"}`)
	if string(first.Text) != kept {
		t.Errorf("a reply that nobody gave back changed from %s to %s", kept, first.Text)
	}
	if &third.Text[0] != &second.Text[0] {
		t.Error("the memory of a reply that was given back is not used again")
	}
	r.Recycle(third)
	in := []byte(`{"key":"a","distinct_id":"u"}`)
	if n := testing.AllocsPerRun(100, func() { r.Recycle(r.Call("get_flag", 1, in, nowMs)) }); n > 6 {
		t.Errorf("%v allocations for a flag, want at most 6", n)
	}
}

// TestReactor_whatWaitsKeepsItsMemory: an operation that answers PENDING goes on with it after its reply was given back.
func TestReactor_whatWaitsKeepsItsMemory(t *testing.T) {
	r := New()
	call(r, "open", 0, strings.Replace(openOptions, `"mode":"memory"`, `"host":"http://h"`, 1))
	wantStatus(t, "get_flag", call(r, "get_flag", 1, `{"key":"waits","distinct_id":"u"}`), 1)
	wantStatus(t, "get_flag", call(r, "get_flag", 1, `{"key":"other","distinct_id":"u","only_evaluate_locally":true}`), 0)
	wantStatus(t, "poll", call(r, "poll", 1, ""), 0)
	wantStatus(t, "complete", call(r, "complete", 1, `{"id":1,"status":200,"body":"{\"flags\":{\"waits\":{\"key\":\"waits\",\"enabled\":true}}}"}`), 0)
	if done := call(r, "poll", 1, ""); !strings.Contains(done, `"key":"waits","value":true`) {
		t.Errorf("poll: %s, want the answer about the flag waits", done)
	}
}
