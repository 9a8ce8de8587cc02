package delivery

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/delivery/sink"
	"github.com/libposthog/libposthog/tests/standin"
)

const (
	maxRetries = 2
	// The pauses before the two retries are 500 and 1000 ms, or up to a quarter more.
	leastPauses = 1500 * time.Millisecond
	// One retry more would have to wait 2000 ms first.
	lessThanOneMore = leastPauses + 2000*time.Millisecond
	// lateness is what a wait may take beyond its deadline.
	lateness = 500 * time.Millisecond
	// batchSize is both flush_at and max_batch_size: batches are full, and there are as many as it takes.
	batchSize = 40
	sent      = 3 * batchSize
)

// impatient is a client whose requests do not take long to fail.
func impatient(t *testing.T, url string, more object) *client {
	t.Helper()
	options := object{"host": url, "max_retries": maxRetries, "request_timeout_ms": 300, "flush_at": batchSize,
		"max_batch_size": batchSize, "compression": "none"}
	maps.Copy(options, more)
	return open(t, options)
}

// A server that fails for good costs the events, after every attempt they were promised and not one more, and each of
// them is named.
func TestServer_thatFailsCostsCountedEvents(t *testing.T) {
	t.Parallel()
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			server := f.start(t)
			c := impatient(t, server.url, nil)
			stop := c.watch()
			start := time.Now()
			uuids := c.capturePadded(sent, f.pad)
			if got, want := c.flush(), (counts{Dropped: sent}); got != want {
				t.Errorf("flush: %+v, want %+v", got, want)
			}
			took := time.Since(start)
			stop()
			want := map[string]int64{"retries_exhausted": sent}
			c.wantLedger(0, want)
			c.wantDrops(want, uuids)
			if took < leastPauses || server.attempts == nil && took >= lessThanOneMore {
				t.Errorf("given up after %v, want %v or a little more", took, leastPauses)
			}
			if server.attempts != nil {
				if got := server.attempts(); got != 3*(maxRetries+1) {
					t.Errorf("%d attempts at 3 batches, want %d at each", got, maxRetries+1)
				}
			}
			if server.standin != nil {
				wantReceived(t, server.standin, uuids, f.accepts, maxRetries+1)
			}
		})
	}
}

// wantDrops fails unless drain tells of these drops and names these events.
func (c *client) wantDrops(want map[string]int64, uuids []string) {
	c.t.Helper()
	got, named := c.drain().dropped()
	if !maps.Equal(got, want) {
		c.t.Errorf("drain tells of %v, want %v", got, want)
	}
	if slices.Sort(named); !slices.Equal(named, slices.Sorted(slices.Values(uuids))) {
		c.t.Errorf("drain names %d events, want the %d dropped", len(named), len(uuids))
	}
}

// wantReceived fails unless the server received every one of the events so many times, or none of them.
func wantReceived(t *testing.T, server *standin.Server, uuids []string, received bool, times int64) {
	t.Helper()
	want := standin.Count{}
	if n := int64(len(uuids)); received {
		want = standin.Count{Events: n * times, Distinct: n, Duplicates: n * (times - 1)}
	}
	if got := server.Summary("").Count; got != want {
		t.Errorf("the server received %+v, want %+v", got, want)
	}
	for _, e := range server.Events(standin.Filter{}) {
		if !slices.Contains(uuids, e.UUID) {
			t.Fatalf("the server received %s, which was never captured", e.UUID)
		}
	}
}

// Whatever the server does, a shutdown takes its deadline and hardly more, and leaves no event uncounted.
func TestShutdown_keepsItsDeadline(t *testing.T) {
	t.Parallel()
	silent := failure{name: "says nothing, not even to TLS", start: func(t *testing.T) target {
		s := absent(sink.Silent)(t)
		s.url = "https" + s.url[len("http"):]
		return s
	}}
	for _, f := range append(slices.Clone(failures), silent) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			const deadline = time.Second
			server := f.start(t)
			// As patient as clients are: neither their requests nor their retries end before the deadline.
			c := impatient(t, server.url, object{"request_timeout_ms": 10_000, "max_retries": 10})
			stop := c.watch()
			c.capturePadded(sent, f.pad)
			got, took := c.shutDown(deadline)
			stop()
			if want := (counts{Dropped: sent}); got != want {
				t.Errorf("shutdown: %+v, want %+v", got, want)
			}
			if took > deadline+lateness {
				t.Errorf("shutdown took %v, want %v and at most %v more", took, deadline, lateness)
			}
			c.wantLedger(0, map[string]int64{"shutdown": sent})
			if named, _ := c.drain().dropped(); named["shutdown"] != sent {
				t.Errorf("drain tells of %v", named)
			}
			c.call("capture", object{"event": "late"}, core.Closed, nil)
		})
	}
}

// underWay stands for however many events a server had accepted on connections that it then cut.
const underWay = -1

// A server that fails once costs nothing. Where it had accepted the events they come twice, with the same uuids.
func TestServer_thatRecoversGetsEverything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		step  standin.Step
		twice int64
	}{
		{"refused for a moment", standin.Step{Action: standin.ActionRefuse, ForMS: 400}, underWay},
		{"did not answer", standin.Step{Action: standin.ActionHang}, 0},
		{"reset", standin.Step{Action: standin.ActionReset}, 0},
		{"reset in the middle of its answer", standin.Step{Action: standin.ActionResetBody}, batchSize},
		{"reset after it accepted", standin.Step{Action: standin.ActionResetAfter}, batchSize},
		{"answered 503", standin.Step{Status: 503}, 0},
		{"answered 503 with Retry-After", standin.Step{Status: 503, Headers: map[string]string{"Retry-After": "1"}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := startStandin(t)
			fault(t, server, standin.Fault{Sequence: []standin.Step{c.step}})
			client := impatient(t, server.URL, nil)
			stop := client.watch()
			uuids := client.capture(sent)
			client.flushAll()
			stop()
			client.wantLedger(sent, nil)
			want := standin.Count{Events: sent + c.twice, Distinct: sent, Duplicates: c.twice}
			got := server.Summary("").Count
			if c.twice == underWay {
				want.Events, want.Duplicates = got.Events, got.Duplicates
			}
			if got != want {
				t.Errorf("the server received %+v, want %+v", got, want)
			}
			for _, e := range server.Events(standin.Filter{}) {
				if !slices.Contains(uuids, e.UUID) {
					t.Fatalf("the server received %s, which was never captured", e.UUID)
				}
			}
		})
	}
}

// While the server has asked for silence nothing is sent to it, what was captured later included.
func TestServer_thatAsksForSilenceGetsIt(t *testing.T) {
	t.Parallel()
	server := startStandin(t)
	fault(t, server, standin.Fault{Sequence: []standin.Step{{Status: 503, Headers: map[string]string{"Retry-After": "1"}}}})
	c := impatient(t, server.URL, nil)
	c.capture(batchSize)
	until(t, "the first batch is back in the queue", func() bool {
		l := c.stats()
		return len(batches(server)) == 1 && l.InFlight == 0
	})
	c.capture(2 * batchSize)
	if got, want := c.flush(), (counts{Delivered: sent}); got != want {
		t.Errorf("flush: %+v, want %+v", got, want)
	}
	requests := batches(server)
	for i, r := range requests[1:] {
		// The driver's clock has whole milliseconds.
		if after := r.ReceivedAtMS - requests[0].ReceivedAtMS; after < 999 {
			t.Errorf("request %d came %d ms after the answer that asked for 1000 ms", i+2, after)
		}
	}
	if len(requests) != 4 {
		t.Errorf("%d requests, want 3 batches and one retry", len(requests))
	}
}
