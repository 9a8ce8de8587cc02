package delivery

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/libposthog/libposthog/capi/driver"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
	"github.com/libposthog/libposthog/tests/standin"
)

// patience is how long a test waits for what should happen soon; longer is a hang.
const patience = 30 * time.Second

// object is a JSON object, of options or of an operation.
type object map[string]any

// client is a client on real sockets, shut down when its test ends.
type client struct {
	t      *testing.T
	caller driver.Caller
}

func open(t *testing.T, options object) *client {
	t.Helper()
	all := object{"api_key": "phc_delivery"}
	maps.Copy(all, options)
	caller, reply := driver.Open(encode(t, all), "1.2.3")
	if caller == nil {
		text, _ := reply.Encode(false)
		t.Fatalf("open: %s", text)
	}
	c := &client{t, caller}
	t.Cleanup(func() { c.try("shutdown", object{"timeout_ms": 0}) })
	return c
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// try performs an operation, whatever its status. It may be called from any goroutine.
func (c *client) try(name string, in object) (core.Status, []byte) {
	text, err := json.Marshal(in)
	if err != nil {
		c.t.Error(err)
	}
	reply := c.caller.Call(ops.Lookup(name), text)
	out, _ := reply.Encode(false)
	return reply.Status, out
}

// call performs an operation that must answer with want, and reads its reply into reply unless that is nil.
func (c *client) call(name string, in object, want core.Status, reply any) {
	c.t.Helper()
	status, text := c.try(name, in)
	if status != want {
		c.t.Fatalf("%s: %v %s, want %v", name, status, text, want)
	}
	if reply == nil {
		return
	}
	if err := json.Unmarshal(text, reply); err != nil {
		c.t.Fatalf("%s: %v in %s", name, err, text)
	}
}

// capture queues events and returns their uuids.
func (c *client) capture(events int) []string {
	c.t.Helper()
	return c.capturePadded(events, 0)
}

// capturePadded queues events that are so many bytes longer than they need to be.
func (c *client) capturePadded(events, pad int) []string {
	c.t.Helper()
	uuids := make([]string, events)
	padding := strings.Repeat("x", pad)
	for i := range uuids {
		var reply struct{ UUID string }
		c.call("capture", object{"distinct_id": "user", "event": "test", "properties": object{"padding": padding}}, core.OK, &reply)
		uuids[i] = reply.UUID
	}
	return uuids
}

// counts is the reply of flush and shutdown.
type counts struct{ Delivered, Dropped, Pending int64 }

// flushAll flushes and fails if anything is left. It does not look at the other counts: what was delivered or dropped
// before the flush began is none of its business, and the ledger knows it all.
func (c *client) flushAll() {
	c.t.Helper()
	if got := c.flush(); got.Pending != 0 {
		c.t.Errorf("flush: %+v, want nothing pending", got)
	}
}

func (c *client) flush() (n counts) {
	c.t.Helper()
	c.call("flush", object{"timeout_ms": patience.Milliseconds()}, core.OK, &n)
	return n
}

// shutDown shuts down within timeout and tells how long that took.
func (c *client) shutDown(timeout time.Duration) (n counts, took time.Duration) {
	c.t.Helper()
	start := time.Now()
	c.call("shutdown", object{"timeout_ms": timeout.Milliseconds()}, core.OK, &n)
	return n, time.Since(start)
}

// records is the reply of drain.
type records struct {
	Records []struct {
		Kind, Code, Message, Reason string
		Count                       int64
		UUIDs                       []string
	}
	Missed int64
}

func (c *client) drain() (r records) {
	c.t.Helper()
	c.call("drain", nil, core.OK, &r)
	return r
}

// dropped sums up the drops, as stats counts them, and returns the uuids they name.
func (r records) dropped() (byReason map[string]int64, uuids []string) {
	byReason = map[string]int64{}
	for _, record := range r.Records {
		if record.Kind == "drop" {
			byReason[record.Reason] += record.Count
			uuids = append(uuids, record.UUIDs...)
		}
	}
	return byReason, uuids
}

func startStandin(t *testing.T) *standin.Server {
	t.Helper()
	server, err := standin.Start(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// until waits for something that happens on other goroutines.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("not within %v: %s", patience, what)
		case <-tick.C:
		}
	}
}
