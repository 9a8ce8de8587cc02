package delivery

import (
	"slices"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/delivery/sink"
	"github.com/libposthog/libposthog/tests/standin"
)

// hundreds is a client that sends a hundred events in a request, as soon as it has them.
func hundreds(t *testing.T, url string) *client {
	t.Helper()
	return open(t, object{"host": url, "flush_at": 100, "max_batch_size": 100})
}

func (c *client) captureLarge(bytes int, want core.Status) (uuid string) {
	c.t.Helper()
	var reply struct{ UUID string }
	large := object{"text": strings.Repeat("x", bytes)}
	c.call("capture", object{"distinct_id": "user", "event": "large", "properties": large}, want, &reply)
	return reply.UUID
}

// An event that nothing could deliver is refused on the spot, and a batch that is too large for the server goes in
// halves. Neither costs another event, nor the next batch its size.
func TestSize_refusedBatchGoesInHalves(t *testing.T) {
	t.Parallel()
	server := startStandin(t)
	fault(t, server, standin.Fault{Sequence: []standin.Step{{Status: 413}}})
	c := hundreds(t, server.URL)
	stop := c.watch()
	c.capture(50)
	c.captureLarge(1_100_000, core.TooLarge)
	c.capture(49)
	c.flushAll()
	if n := len(batches(server)); n != 3 {
		t.Errorf("%d requests, want the batch and its halves", n)
	}
	c.capture(100)
	c.flushAll()
	stop()
	if n := len(batches(server)); n != 4 {
		t.Errorf("%d requests, want one more for the next hundred", n)
	}
	c.wantLedger(199, map[string]int64{"too_large": 1})
	if got, want := server.Summary("").Count, (standin.Count{Events: 199, Distinct: 199}); got != want {
		t.Errorf("the server received %+v, want %+v", got, want)
	}
}

// A server that takes less than the library does gets everything but the one event that is too large for it.
func TestSize_costsOnlyTheLargeEvent(t *testing.T) {
	t.Parallel()
	server := startSink(t, sink.Options{Limit: 100_000})
	c := hundreds(t, server.URL)
	stop := c.watch()
	c.capture(33)
	large := c.captureLarge(200_000, core.OK)
	c.capture(66)
	c.flushAll()
	stop()
	// 100 events are halved seven times on the way to a single one; each time the other half arrives.
	got := server.Count()
	if got.Requests > 1+2*7 || got.Events != 99 || got.Distinct != 99 {
		t.Errorf("the server got %+v, want 99 events in 15 requests at most", got)
	}
	c.wantLedger(99, map[string]int64{"rejected_413": 1})
	if _, named := c.drain().dropped(); !slices.Equal(named, []string{large}) {
		t.Errorf("drain names %v, want the large event %s", named, large)
	}
	c.capture(100)
	c.flushAll()
	if n := server.Count().Requests - got.Requests; n != 1 {
		t.Errorf("the next hundred went in %d requests, want 1", n)
	}
}

func startSink(t *testing.T, options sink.Options) *sink.Sink {
	t.Helper()
	s, err := sink.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
