package queue

import "github.com/libposthog/libposthog/core/event"

// item is an event in the queue.
type item struct {
	event event.Event
	// order counts events as they arrive, over all lanes.
	order uint64
	atMs  int64
	// lingered says that it waited for others before it was queued.
	lingered bool
}

// Batch is the events of one upload. It keeps its events, their order and its identity over every attempt.
type Batch struct {
	Lane event.Lane
	// Attempts counts how often the batch was handed out.
	Attempts int
	// ID and CreatedMs are for the sender to set at the first attempt.
	ID        string
	CreatedMs int64
	items     []item
	// dueMs is when a held batch may be sent again.
	dueMs int64
}

// Events returns the encoded events of the batch, in order.
func (b *Batch) Events() [][]byte {
	bodies := make([][]byte, len(b.items))
	for i := range b.items {
		bodies[i] = b.items[i].event.Body
	}
	return bodies
}

// split cuts the batch into two new ones that have not been attempted.
func (b *Batch) split(nowMs int64) (first, second *Batch) {
	middle := len(b.items) / 2
	return &Batch{Lane: b.Lane, items: b.items[:middle:middle], dueMs: nowMs},
		&Batch{Lane: b.Lane, items: b.items[middle:], dueMs: nowMs}
}
