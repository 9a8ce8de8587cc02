package delivery

import (
	"testing"
	"time"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/delivery/sink"
)

// A burst that fits into the queue costs no event and few connections, whether the server is fast or takes its time.
func TestBurst_losesNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		delay  time.Duration
		events int
	}{
		{"at a server that answers at once", 0, 50_000},
		{"at a server that answers after 50 ms", 50 * time.Millisecond, 60_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := startSink(t, sink.Options{Delay: c.delay})
			client := open(t, object{"host": server.URL})
			event := object{"distinct_id": "user", "event": "burst", "properties": object{"plan": "pro", "n": 1}}
			start := time.Now()
			for range c.events {
				client.call("capture", event, core.OK, nil)
			}
			captured := time.Since(start)
			client.flushAll()
			took := time.Since(start)
			client.wantLedger(int64(c.events), nil)
			got := server.Count()
			if got.Distinct != int64(c.events) || got.Events != got.Distinct {
				t.Errorf("the server got %+v, want %d events once", got, c.events)
			}
			// 32 uploads at once; a connection that was being made when another became free stays beside them.
			if got.Connections > 64 {
				t.Errorf("%d connections for %d requests: they are not used again", got.Connections, got.Requests)
			}
			t.Logf("%v a capture, %.0f events a second to the last answer, %d requests on %d connections",
				captured/time.Duration(c.events), float64(c.events)/took.Seconds(), got.Requests, got.Connections)
		})
	}
}
