package delivery

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/delivery/sink"
)

const (
	capturers = 16
	flushers  = 4
	closers   = 4
	perCaller = 40
)

// Clients that are captured to, flushed and shut down all at once, at another moment each round, account for every
// event. Run with the race detector.
func TestRounds_everythingAtOnce(t *testing.T) {
	rounds := 200
	var delivered, shutdown, closed int64
	for n := range rounds {
		r := playRound(t, int64(n)*capturers*perCaller/int64(rounds), n%4 == 3)
		delivered += r.Delivered
		shutdown += r.Dropped["shutdown"]
		closed += r.Dropped["closed"]
		if t.Failed() {
			t.Fatalf("in round %d", n)
		}
	}
	t.Logf("%d rounds: %d events delivered, %d dropped by shutdowns without time, %d too late", rounds, delivered, shutdown, closed)
	if delivered == 0 || shutdown == 0 || closed == 0 {
		t.Error("the rounds did not meet every case")
	}
}

// playRound shuts a client down after so many captures, at once or with time to deliver.
func playRound(t *testing.T, after int64, atOnce bool) ledger {
	t.Helper()
	server := startSink(t, sink.Options{})
	defer server.Close()
	c := open(t, object{"host": server.URL})
	stop := c.watch()
	timeout := patience.Milliseconds()
	if atOnce {
		timeout = 0
	}
	var captured, accepted, refused atomic.Int64
	enough := make(chan struct{})
	var callers sync.WaitGroup
	for range capturers {
		callers.Go(func() {
			for range perCaller {
				switch status, text := c.try("capture", object{"distinct_id": "user", "event": "round"}); status {
				case core.OK:
					accepted.Add(1)
				case core.Closed:
					refused.Add(1)
				default:
					t.Errorf("capture: %v %s", status, text)
				}
				if captured.Add(1) == after+1 {
					close(enough)
				}
			}
		})
	}
	for range flushers {
		callers.Go(func() {
			for status := core.OK; status == core.OK; {
				status, _ = c.try("flush", object{"timeout_ms": 5})
			}
		})
	}
	for range closers {
		callers.Go(func() {
			<-enough
			if status, text := c.try("shutdown", object{"timeout_ms": timeout}); status != core.OK {
				t.Errorf("shutdown: %v %s", status, text)
			}
		})
	}
	callers.Wait()
	stop()
	l := c.stats()
	if !l.balanced() || l.Accepted != capturers*perCaller || l.Dropped["closed"] != refused.Load() ||
		l.Delivered+l.Dropped["shutdown"] != accepted.Load() || !atOnce && l.Dropped["shutdown"] != 0 {
		t.Errorf("%+v, after %d captures that were accepted and %d that were not", l, accepted.Load(), refused.Load())
	}
	// What was in flight when a shutdown had no time may have arrived, and is counted as dropped.
	got := server.Count()
	if got.Events != got.Distinct || got.Distinct < l.Delivered || got.Distinct > l.Delivered+l.Dropped["shutdown"] {
		t.Errorf("the server received %+v, the client delivered %+v", got, l)
	}
	return l
}
