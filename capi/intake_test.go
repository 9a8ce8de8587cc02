//go:build cgo

package main

import (
	"testing"

	"github.com/libposthog/libposthog/capi/driver"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
)

// openIntake opens a client that reaches nobody.
func openIntake(t *testing.T, options string) *intake {
	t.Helper()
	caller, reply := driver.Open([]byte(`{"api_key":"phc_intake","host":"http://127.0.0.1:1"`+options+`}`), "0")
	if caller == nil {
		t.Fatal(reply.Err())
	}
	table := newTable()
	i := table.clients[table.add(caller)].(*intake)
	t.Cleanup(func() { do(t, i, "shutdown", `{"timeout_ms":0}`) })
	return i
}

func do(t *testing.T, i *intake, op, in string) {
	t.Helper()
	if reply := i.Call(ops.Lookup(op), []byte(in)); reply.Status != core.OK {
		t.Fatalf("%s: %v", op, reply.Err())
	}
}

func capture(t *testing.T, i *intake, count int) {
	t.Helper()
	for range count {
		do(t, i, "capture", `{"event":"e","distinct_id":"u"}`)
	}
}

func TestIntake_opensWhileEventsComeOften(t *testing.T) {
	i := openIntake(t, "")
	if capture(t, i, 1); i.open {
		t.Error("a single event opens it")
	}
	if capture(t, i, 1); !i.open {
		t.Fatal("two events at once do not open it")
	}
	if i.tick(); i.open {
		t.Error("it stays open although nothing was left")
	}
	if capture(t, i, 2); !i.open {
		t.Error("it does not open again")
	}
}

func TestIntake_takesOnlyWhatIsSimplyQueued(t *testing.T) {
	for _, options := range []string{
		`,"flush_at":1`, `,"flush_interval_ms":0`, `,"linger_ms":0`, `,"linger_ms":99`, `,"flush_interval_ms":99`, `,"mode":"memory"`, `,"mode":"off"`, `,"disabled":true`,
		`,"api_key":""`, `,"max_queue_size":2`,
	} {
		i := openIntake(t, options)
		if capture(t, i, 2); i.open {
			t.Errorf("%s: it is open", options)
		}
	}
}

func TestIntake_shutsWithItsClient(t *testing.T) {
	i := openIntake(t, "")
	capture(t, i, 2)
	if do(t, i, "set_enabled", `{"enabled":false}`); i.open {
		t.Error("opted out, it is open")
	}
	do(t, i, "set_enabled", `{"enabled":true}`)
	capture(t, i, 2)
	if do(t, i, "shutdown", `{"timeout_ms":0}`); i.open || i.place >= 0 {
		t.Error("shut down, it is open or keeps its place")
	}
}
