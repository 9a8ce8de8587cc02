package delivery

import (
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/libposthog/libposthog/core"
)

// ledger is the reply of stats.
type ledger struct {
	Accepted, Invalid, Delivered, Queued int64
	InFlight                             int64 `json:"in_flight"`
	Spooled                              int64
	Dropped                              map[string]int64
}

func (l ledger) droppedInAll() (sum int64) {
	for _, n := range l.Dropped {
		sum += n
	}
	return sum
}

func (l ledger) balanced() bool {
	return l.Accepted == l.Delivered+l.Queued+l.InFlight+l.Spooled+l.droppedInAll()
}

func (c *client) stats() (l ledger) {
	c.t.Helper()
	c.call("stats", nil, core.OK, &l)
	return l
}

// watch samples the ledger every 10 ms until the returned function is called, and fails the test when it does not
// balance or when something that is final goes back.
func (c *client) watch() (stop func()) {
	done := make(chan struct{})
	var sampling sync.WaitGroup
	sampling.Go(func() {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		var before ledger
		for {
			var now ledger
			if _, text := c.try("stats", nil); json.Unmarshal(text, &now) != nil || !now.balanced() {
				c.t.Errorf("the ledger does not balance: %s", text)
				return
			}
			if now.Accepted < before.Accepted || now.Delivered < before.Delivered || now.droppedInAll() < before.droppedInAll() {
				c.t.Errorf("the ledger went from %+v to %+v", before, now)
				return
			}
			before = now
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		close(done)
		sampling.Wait()
	}
}

// wantLedger fails unless exactly that became of the events accepted, and nothing is left over.
func (c *client) wantLedger(delivered int64, dropped map[string]int64) {
	c.t.Helper()
	got := c.stats()
	if got.Delivered != delivered || !maps.Equal(got.Dropped, dropped) || got.Queued+got.InFlight != 0 || !got.balanced() {
		c.t.Errorf("got %+v, want %d delivered and %v dropped", got, delivered, dropped)
	}
}
