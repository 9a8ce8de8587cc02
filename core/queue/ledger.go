package queue

import "maps"

// The reasons an event can be dropped for. A server's refusal is Rejected and its status.
const (
	QueueFull        = "queue_full"
	TooLarge         = "too_large"
	BeforeSend       = "before_send"
	OptedOut         = "opted_out"
	Disabled         = "disabled"
	Closed           = "closed"
	RetriesExhausted = "retries_exhausted"
	Rejected         = "rejected_"
	ResultDrop       = "result_drop"
	ResultLimited    = "result_limited"
	Quota            = "quota"
	Shutdown         = "shutdown"
)

// Ledger counts what became of every event: accepted = delivered + queued + in flight + spooled + all dropped.
type Ledger struct {
	Accepted  int64
	Invalid   int64
	Delivered int64
	Queued    int64
	InFlight  int64
	Bytes     int64
	Dropped   map[string]int64
}

// Refuse counts an event that is dropped before it enters the queue.
func (l *Ledger) Refuse(reason string) {
	l.Accepted++
	l.drop(reason, 1)
}

func (l *Ledger) drop(reason string, n int) {
	if l.Dropped == nil {
		l.Dropped = map[string]int64{}
	}
	l.Dropped[reason] += int64(n)
}

func (l *Ledger) copy() Ledger {
	c := *l
	c.Dropped = maps.Clone(l.Dropped)
	return c
}
