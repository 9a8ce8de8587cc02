package queue

import (
	"strconv"

	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/wire"
)

// Limits are the client's options for the queue.
type Limits struct {
	// FlushAt events make a batch due; FlushIntervalMs after its capture an event is due in any case.
	FlushAt         int64
	FlushIntervalMs int64
	// LingerMs is how long a batch that FlushAt events made due waits for more, while it is not full.
	LingerMs     int64
	MaxBatchSize int64
	// MaxQueueSize and MaxQueueBytes bound all events that are neither delivered nor dropped.
	MaxQueueSize  int64
	MaxQueueBytes int64
	MaxRetries    int64
}

const (
	// maxBatchBytes are the uncompressed bytes of events that one upload carries.
	maxBatchBytes = 5 << 20
	// A server that answers after 50 ms takes 64,000 events a second from 32 uploads at once.
	maxInFlight   = 32
	maxInFlightAI = 4
	// MaxRecordedIDs is how many uuids a drop names.
	MaxRecordedIDs = 100
)

// Drop tells of events that were dropped together.
type Drop struct {
	Reason string
	Count  int
	// UUIDs names at most 100 of them.
	UUIDs []string
}

// Queue holds the events of one client. It is not safe for concurrent use.
type Queue struct {
	limits Limits
	// jitter returns numbers in [0, 1).
	jitter func() float64
	lanes  [2]lane
	// slab is where the bodies of the events are.
	slab  slab
	order uint64
	// flushed is the newest event that a flush made due.
	flushed uint64
	closing bool
	// crowded leaves one upload at a time to each lane.
	crowded bool
	covers  []*Cover
	drops   []Drop
	ledger  Ledger
}

// New returns an empty queue.
func New(limits Limits, jitter func() float64) *Queue {
	q := &Queue{limits: limits, jitter: jitter}
	q.lanes[event.Analytics] = lane{most: maxInFlight}
	q.lanes[event.AI] = lane{most: maxInFlightAI}
	return q
}

// Room reports whether an event of that size fits. Where it does not, the newest event is the one to go: those that
// were accepted earlier keep their place.
func (q *Queue) Room(size int) bool {
	held := q.ledger.Queued + q.ledger.InFlight
	return held < q.limits.MaxQueueSize && q.ledger.Bytes+int64(size) <= q.limits.MaxQueueBytes
}

// Space returns how many events and bytes have room, none where an event does not wait so long for others.
func (q *Queue) Space(waitMs int64) (events, bytes int64) {
	if min(q.limits.LingerMs, q.limits.FlushIntervalMs) < waitMs {
		return 0, 0
	}
	return q.limits.MaxQueueSize - q.ledger.Queued - q.ledger.InFlight, q.limits.MaxQueueBytes - q.ledger.Bytes
}

// Add accepts an event that has room.
func (q *Queue) Add(e event.Event, nowMs int64) { q.add(e, nowMs, false) }

// AddLeft accepts an event that has room and has waited for others as long as a batch lingers.
func (q *Queue) AddLeft(e event.Event, nowMs int64) { q.add(e, nowMs, true) }

func (q *Queue) add(e event.Event, nowMs int64, lingered bool) {
	q.order++
	q.ledger.Accepted++
	q.ledger.Queued++
	q.ledger.Bytes += int64(len(e.Body))
	q.lanes[e.Lane].add(item{event: e.In(q.slab.keep(e.Body)), order: q.order, atMs: nowMs, lingered: lingered})
}

// AddNow accepts an event that has room as a batch of its own, due at once, and follows it.
func (q *Queue) AddNow(e event.Event, nowMs int64) *Cover {
	q.Add(e, nowMs)
	l := &q.lanes[e.Lane]
	last := len(l.waiting) - 1
	b := &Batch{Lane: e.Lane, items: []item{l.waiting[last]}, dueMs: nowMs}
	l.waiting = l.waiting[:last]
	l.bytes -= len(e.Body)
	l.held = append([]*Batch{b}, l.held...)
	c := &Cover{Pending: 1, first: q.order, last: q.order}
	q.covers = append(q.covers, c)
	return c
}

// Keep counts an event that is kept in memory instead of being sent: it is where it was meant to go.
func (q *Queue) Keep() {
	q.ledger.Accepted++
	q.ledger.Delivered++
}

// Refuse counts an event that never enters the queue. uuid may be empty.
func (q *Queue) Refuse(reason, uuid string) {
	q.ledger.Refuse(reason)
	d := Drop{Reason: reason, Count: 1}
	if uuid != "" {
		d.UUIDs = []string{uuid}
	}
	q.drops = append(q.drops, d)
}

// Invalid counts an event operation whose input was refused.
func (q *Queue) Invalid() { q.ledger.Invalid++ }

// Next hands out a batch that is due, or nil. The caller answers with Resolve.
func (q *Queue) Next(nowMs int64) *Batch {
	for i := range q.lanes {
		l := &q.lanes[i]
		if q.full(l) || l.pausedMs > nowMs {
			continue
		}
		b := l.heldDue(nowMs)
		if b == nil && q.due(l, nowMs) {
			b = &Batch{Lane: event.Lane(i), items: l.take(int(q.limits.MaxBatchSize), maxBatchBytes)}
		}
		if b == nil {
			continue
		}
		b.Attempts++
		l.inFlight = append(l.inFlight, b)
		q.move(b, 1)
		return b
	}
	return nil
}

// Crowd says whether the process has so many requests out that each lane is to make do with one upload at a time.
func (q *Queue) Crowd(crowded bool) { q.crowded = crowded }

// full reports whether a lane has as many batches in flight as it may have.
func (q *Queue) full(l *lane) bool {
	return len(l.inFlight) >= l.most || q.crowded && len(l.inFlight) > 0
}

// due reports whether a new batch should be cut.
func (q *Queue) due(l *lane, nowMs int64) bool {
	if len(l.waiting) == 0 {
		return false
	}
	return q.waitingDue(l) <= nowMs
}

// move counts a batch into flight (direction 1) or back among the queued (direction -1).
func (q *Queue) move(b *Batch, direction int64) {
	n := int64(len(b.items)) * direction
	q.ledger.InFlight += n
	q.ledger.Queued -= n
}

// Resolve takes the verdict on a batch in flight. status is the HTTP status, for the reason of a rejection;
// retryAfterMs is the least wait before a retry.
func (q *Queue) Resolve(b *Batch, nowMs int64, verdict wire.Verdict, status int, retryAfterMs int64) {
	q.land(b)
	switch {
	case verdict == wire.Retry:
		q.retry(b, nowMs, retryAfterMs)
		if retryAfterMs > 0 {
			l := &q.lanes[b.Lane]
			l.pausedMs = max(l.pausedMs, nowMs+retryAfterMs)
		}
	case verdict == wire.Split && len(b.items) > 1:
		first, second := b.split(nowMs)
		l := &q.lanes[b.Lane]
		l.held = append([]*Batch{first, second}, l.held...)
	default:
		q.settle(b.items, verdict, status)
	}
}

// ResolveEach takes a verdict on every event of a batch in flight, by its uuid. Those to be retried stay the batch.
func (q *Queue) ResolveEach(b *Batch, nowMs int64, verdictOn func(uuid []byte) wire.Verdict, retryAfterMs int64) {
	q.land(b)
	byVerdict := map[wire.Verdict][]item{}
	for _, i := range b.items {
		verdict := verdictOn(i.event.UUID()[:])
		byVerdict[verdict] = append(byVerdict[verdict], i)
	}
	for verdict := range wire.Verdicts {
		if items := byVerdict[verdict]; len(items) > 0 && verdict != wire.Retry {
			q.settle(items, verdict, 0)
		}
	}
	if b.items = byVerdict[wire.Retry]; len(b.items) > 0 {
		q.retry(b, nowMs, retryAfterMs)
	}
}

// land takes a batch out of flight.
func (q *Queue) land(b *Batch) {
	q.lanes[b.Lane].land(b)
	q.move(b, -1)
}

func (q *Queue) retry(b *Batch, nowMs, retryAfterMs int64) {
	if int64(b.Attempts) > q.limits.MaxRetries {
		q.drop(b.items, RetriesExhausted)
		return
	}
	b.dueMs = nowMs + backoff(b.Attempts, q.jitter(), retryAfterMs)
	l := &q.lanes[b.Lane]
	l.held = append(l.held, b)
}

// settle ends the way of events: delivered, or dropped for what the server said.
func (q *Queue) settle(items []item, verdict wire.Verdict, status int) {
	switch verdict {
	case wire.Delivered, wire.Warned:
		q.remove(items)
		q.ledger.Delivered += int64(len(items))
		fate := FateOK
		if verdict == wire.Warned {
			fate = FateWarning
		}
		q.tell(items, fate)
	case wire.Quota:
		q.drop(items, Quota)
	case wire.Dropped:
		q.drop(items, ResultDrop)
	case wire.Limited:
		q.drop(items, ResultLimited)
	default:
		q.drop(items, Rejected+strconv.Itoa(status))
	}
}

// Again puts a batch back as if it had not been handed out.
func (q *Queue) Again(b *Batch, nowMs int64) {
	q.land(b)
	b.Attempts--
	b.dueMs = nowMs
	l := &q.lanes[b.Lane]
	l.held = append([]*Batch{b}, l.held...)
}

func (q *Queue) remove(items []item) {
	q.ledger.Queued -= int64(len(items))
	for i := range items {
		q.ledger.Bytes -= int64(len(items[i].event.Body))
	}
}

func (q *Queue) drop(items []item, reason string) {
	q.remove(items)
	q.ledger.drop(reason, len(items))
	q.tell(items, fateOf(reason))
	d := Drop{Reason: reason, Count: len(items)}
	for i := range items[:min(len(items), MaxRecordedIDs)] {
		d.UUIDs = append(d.UUIDs, items[i].event.UUID().String())
	}
	q.drops = append(q.drops, d)
}

// Close makes everything due at once and ends the waits that are under way: no event is added after it.
func (q *Queue) Close(nowMs int64) {
	q.closing = true
	for i := range q.lanes {
		q.lanes[i].pausedMs = 0
		for _, b := range q.lanes[i].held {
			b.dueMs = nowMs
		}
	}
}

// Abandon drops every event that is left, those in flight included.
func (q *Queue) Abandon() {
	for i := range q.lanes {
		l := &q.lanes[i]
		var rest []item
		for _, b := range l.inFlight {
			q.move(b, -1)
			rest = append(rest, b.items...)
		}
		for _, b := range l.held {
			rest = append(rest, b.items...)
		}
		rest = append(rest, l.waiting...)
		l.waiting, l.room, l.held, l.inFlight, l.bytes = nil, nil, nil, nil, 0
		if len(rest) > 0 {
			q.drop(rest, Shutdown)
		}
	}
}

// Wake returns when something will be due without further calls; ok is false if nothing will.
func (q *Queue) Wake() (atMs int64, ok bool) {
	for i := range q.lanes {
		l := &q.lanes[i]
		if q.full(l) {
			continue
		}
		for _, b := range l.held {
			atMs, ok = earliest(atMs, ok, max(b.dueMs, l.pausedMs))
		}
		if len(l.waiting) > 0 {
			atMs, ok = earliest(atMs, ok, max(q.waitingDue(l), l.pausedMs))
		}
	}
	return atMs, ok
}

// waitingDue is when the waiting events of a lane are due.
func (q *Queue) waitingDue(l *lane) int64 {
	oldest, n := &l.waiting[0], int64(len(l.waiting))
	if q.closing || oldest.order <= q.flushed || l.bytes >= maxBatchBytes || n >= q.limits.MaxBatchSize {
		return oldest.atMs
	}
	atMs := oldest.atMs + q.limits.FlushIntervalMs
	if n >= q.limits.FlushAt {
		last := &l.waiting[q.limits.FlushAt-1]
		if last.lingered {
			return min(atMs, last.atMs)
		}
		atMs = min(atMs, last.atMs+q.limits.LingerMs)
	}
	return atMs
}

func earliest(at int64, ok bool, other int64) (int64, bool) {
	if ok {
		return min(at, other), true
	}
	return other, true
}

// Drops returns what was dropped since the last call.
func (q *Queue) Drops() []Drop {
	drops := q.drops
	q.drops = nil
	return drops
}

// Ledger returns the counts as they stand.
func (q *Queue) Ledger() Ledger { return q.ledger.copy() }
