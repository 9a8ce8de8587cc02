package delivery

import (
	"maps"
	"testing"
	"time"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/standin"
)

// fates are ends that one event can come to, and what the ledger has to say of it.
var fates = []struct {
	reason string // empty for delivered
	step   standin.Step
	meet   func(c *client)
}{
	{reason: "", meet: (*client).captureOne},
	{reason: "rejected_400", step: standin.Step{Status: 400}, meet: (*client).captureOne},
	{reason: "rejected_401", step: standin.Step{Status: 401}, meet: (*client).captureOne},
	{reason: "rejected_413", step: standin.Step{Status: 413}, meet: (*client).captureOne},
	{reason: "retries_exhausted", step: standin.Step{Status: 503}, meet: (*client).captureOne},
	{reason: "retries_exhausted", step: standin.Step{Action: standin.ActionReset}, meet: (*client).captureOne},
	{reason: "retries_exhausted", step: standin.Step{Action: standin.ActionHang}, meet: (*client).captureOne},
	{reason: "quota", step: standin.Step{Body: &quotaLimited, Accept: new(bool)}, meet: (*client).captureOne},
	{reason: "before_send", meet: (*client).captureHooked},
	{reason: "opted_out", meet: (*client).captureOptedOut},
	{reason: "too_large", meet: func(c *client) { c.captureLarge(1_000_000, core.TooLarge) }},
	{reason: "queue_full", meet: (*client).captureTooMany},
}

var quotaLimited = `{"status":1,"quota_limited":["events"]}`

func (c *client) captureOne() { c.capture(1) }

// captureHooked is an event that its hook drops.
func (c *client) captureHooked() {
	var built struct{ Token int64 }
	c.call("build", object{"op": "capture", "distinct_id": "user", "event": "hooked"}, core.OK, &built)
	c.call("enqueue", object{"token": built.Token, "event": nil}, core.OK, nil)
}

func (c *client) captureOptedOut() {
	c.call("set_enabled", object{"enabled": false}, core.OK, nil)
	c.capture(1)
	c.call("set_enabled", object{"enabled": true}, core.OK, nil)
}

// captureTooMany is one event more than the queue has bytes for; the others are delivered.
func (c *client) captureTooMany() {
	for range queueBytes / largeBytes {
		c.captureLarge(largeBytes, core.OK)
	}
	c.captureLarge(largeBytes, core.QueueFull)
}

const (
	queueBytes = 1_800_000
	largeBytes = 850_000
)

// The ledger balances at every instant, whatever becomes of the events, and in the end says of each what did.
func TestLedger_knowsTheFateOfEveryEvent(t *testing.T) {
	t.Parallel()
	duration := time.Duration(0) // once is enough
	if *soak {
		duration = 30 * time.Second
	}
	server := startStandin(t)
	c := open(t, object{"host": server.URL, "max_retries": 0, "request_timeout_ms": 2000,
		"max_queue_bytes": queueBytes, "compression": "none"})
	stop := c.watch()
	delivered, dropped := int64(0), map[string]int64{}
	for start := time.Now(); delivered == 0 || time.Since(start) < duration; {
		for _, f := range fates {
			if f.step.Status != 0 || f.step.Action != "" || f.step.Body != nil {
				fault(t, server, standin.Fault{Sequence: []standin.Step{f.step}})
			}
			f.meet(c)
			delivered += c.flush().Delivered
			if f.reason != "" {
				dropped[f.reason]++
			}
		}
	}
	c.call("capture", object{"properties": object{}}, core.InvalidArgument, nil)
	stop()
	t.Logf("%d events", c.stats().Accepted)
	c.wantLedger(delivered, dropped)
	if n := c.stats().Invalid; n != 1 {
		t.Errorf("%d events are invalid, want the one without a name", n)
	}
	if got := server.Summary("").Count.Distinct; got != delivered {
		t.Errorf("the server received %d events, want the %d delivered", got, delivered)
	}
	if told, _ := c.drain().dropped(); !maps.Equal(told, dropped) {
		t.Errorf("drain tells of %v, want %v", told, dropped)
	}
}
