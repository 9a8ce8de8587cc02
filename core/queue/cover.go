package queue

import "slices"

// Cover follows the events that were in the queue at one moment until each is delivered or dropped: what a flush
// waits for.
type Cover struct {
	Pending   int64
	Delivered int64
	Dropped   int64
	// Fate is what became of the event that was settled last.
	Fate Fate
	// first and last are the oldest and the newest event covered.
	first, last uint64
}

// Fate is the end of an event in one word, as an immediate capture replies it.
type Fate string

// The fates.
const (
	FateOK      Fate = "ok"
	FateWarning Fate = "warning"
	FateDrop    Fate = "drop"
	FateLimited Fate = "limited"
	FateFailed  Fate = "failed"
)

func fateOf(reason string) Fate {
	switch reason {
	case ResultDrop:
		return FateDrop
	case ResultLimited, Quota:
		return FateLimited
	}
	return FateFailed
}

// Cover starts to follow every event that is in the queue now and makes all of them due. Release ends it.
func (q *Queue) Cover() *Cover {
	c := &Cover{Pending: q.ledger.Queued + q.ledger.InFlight, last: q.order}
	q.covers = append(q.covers, c)
	q.flushed = q.order
	return c
}

// Release stops following.
func (q *Queue) Release(c *Cover) {
	if i := slices.Index(q.covers, c); i >= 0 {
		q.covers = slices.Delete(q.covers, i, i+1)
	}
}

// tell tells every cover what became of events.
func (q *Queue) tell(items []item, fate Fate) {
	for _, c := range q.covers {
		for i := range items {
			if items[i].order < c.first || items[i].order > c.last {
				continue
			}
			c.Pending--
			c.Fate = fate
			if fate == FateOK || fate == FateWarning {
				c.Delivered++
			} else {
				c.Dropped++
			}
		}
	}
}
