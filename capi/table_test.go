package main

import (
	"math"
	"sync"
	"testing"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
)

// stub is a client that does as it is told.
type stub struct {
	mu       sync.Mutex
	released bool
	panics   bool
}

func (s *stub) Call(op *ops.Operation, _ []byte) ops.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panics {
		panic("a defect")
	}
	if op.Name == "shutdown" {
		s.released = true
	}
	return ops.Reply{}
}

func (s *stub) FlagValue(string, string, []byte, int) (core.Status, codec.Value) {
	if s.panics {
		panic("a defect")
	}
	return core.OK, codec.Value("true")
}

func (s *stub) Released() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.released
}

func status(t *table, op string, id uint32) core.Status {
	return t.call(ops.Lookup(op), id, nil).Status
}

func TestTable_answersForWhatIsNotThere(t *testing.T) {
	table := newTable()
	id := table.add(&stub{})
	if id != 1 {
		t.Errorf("the first client is %d, want 1", id)
	}
	for _, foreign := range []uint32{0, 2, math.MaxUint32} {
		if got := status(table, "stats", foreign); got != core.UnknownClient {
			t.Errorf("client %d: %v, want UNKNOWN_CLIENT", foreign, got)
		}
	}
}

func TestTable_keepsTheLastClosed(t *testing.T) {
	table := newTable()
	for range keptClosed + 10 {
		id := table.add(&stub{})
		status(table, "shutdown", id)
		status(table, "shutdown", id) // counts once
	}
	for id := uint32(1); id <= keptClosed+10; id++ {
		want := core.OK
		if id <= 10 {
			want = core.Closed
		}
		if got := status(table, "stats", id); got != want {
			t.Errorf("client %d: %v, want %v", id, got, want)
		}
	}
	if n := len(table.clients); n != keptClosed {
		t.Errorf("%d clients are kept, want %d", n, keptClosed)
	}
}

func TestTable_neverReusesANumber(t *testing.T) {
	table := newTable()
	table.last = math.MaxUint32 - 1
	if id := table.add(&stub{}); id != math.MaxUint32 {
		t.Errorf("got %d, want the last number", id)
	}
	if id := table.add(&stub{}); id != 0 {
		t.Errorf("got %d after the last number, want 0", id)
	}
}

func TestTable_hammer(t *testing.T) {
	table := newTable()
	var threads sync.WaitGroup
	for range 8 {
		threads.Go(func() {
			for range 500 {
				id := table.add(&stub{})
				if got := status(table, "stats", id); got != core.OK {
					t.Errorf("client %d: %v", id, got)
				}
				status(table, "shutdown", id)
			}
		})
	}
	threads.Wait()
	if table.last != 4000 || len(table.clients) != keptClosed {
		t.Errorf("%d clients were opened and %d kept, want 4000 and %d", table.last, len(table.clients), keptClosed)
	}
}

func TestPerform_containsPanics(t *testing.T) {
	table := newTable()
	id := table.add(&stub{panics: true})
	got := table.perform(ops.Lookup("capture").Index, id, nil, true)
	const text = `{"error":{"code":"PANIC","message":"a defect in libposthog was contained; the operation may be half done"}}`
	if got.status != core.Panic || string(got.text) != text {
		t.Errorf("got %v %s", got.status, got.text)
	}
	if got := table.perform(-1, id, nil, false); got.status != core.Panic || got.text != nil {
		t.Errorf("an operation that does not exist: %v %q", got.status, got.text)
	}
}

func TestWriteFlagValue_containsPanics(t *testing.T) {
	table := newTable()
	for _, tc := range []struct {
		client *stub
		status core.Status
		value  string
	}{
		{&stub{}, core.OK, "true\x00......"},
		{&stub{panics: true}, core.Panic, "..........."},
	} {
		value := []byte("...........")
		if got := table.writeFlagValue(table.add(tc.client), "f", "u", nil, value); got != tc.status || string(value) != tc.value {
			t.Errorf("got %v %q, want %v %q", got, value, tc.status, tc.value)
		}
	}
	for id, want := range map[uint32]core.Status{0: core.UnknownClient, 3: core.UnknownClient} {
		if got := table.writeFlagValue(id, "f", "u", nil, nil); got != want {
			t.Errorf("client %d: %v, want %v", id, got, want)
		}
	}
}

func TestOpen_answersWithTheNumber(t *testing.T) {
	table := newTable()
	id, got := table.open([]byte(`{"api_key":"phc_test","mode":"memory"}`), true)
	if id != 1 || got.status != core.OK || string(got.text) != `{"client":1}` {
		t.Errorf("got %d, %v %s", id, got.status, got.text)
	}
	status(table, "shutdown", id)
	if id, got := table.open([]byte(`{`), false); id != 0 || got.status != core.InvalidJSON || got.text != nil {
		t.Errorf("got %d, %v %q", id, got.status, got.text)
	}
}
