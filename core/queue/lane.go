package queue

import "slices"

// lane is one queue of its own: analytics and AI never wait for each other.
type lane struct {
	waiting []item
	// room is the memory that waiting lies in, from its start: events leave at the front.
	room  []item
	bytes int
	// held are batches that wait for their next attempt.
	held     []*Batch
	inFlight []*Batch
	// most is how many batches may be in flight at once.
	most int
	// pausedMs is until when the server asked for silence.
	pausedMs int64
}

// keptRoom is for how many waiting events a lane keeps the memory while none is there.
const keptRoom = 256

// add adds an event to those that wait.
func (l *lane) add(i item) {
	l.bytes += len(i.event.Body)
	switch {
	case len(l.waiting) < cap(l.waiting):
		l.waiting = append(l.waiting, i)
	case len(l.waiting) > 0 && cap(l.room) >= 2*len(l.waiting):
		// As many have left as are there: these move to the front.
		l.waiting = append(append(l.room[:0], l.waiting...), i)
		clear(l.room[len(l.waiting):cap(l.room)])
	default:
		l.waiting = append(l.waiting, i)
		l.room = l.waiting
	}
}

// heldDue takes the first held batch whose time has come.
func (l *lane) heldDue(nowMs int64) *Batch {
	for i, b := range l.held {
		if b.dueMs <= nowMs {
			l.held = slices.Delete(l.held, i, i+1)
			return b
		}
	}
	return nil
}

// land takes a batch out of flight.
func (l *lane) land(b *Batch) {
	if i := slices.Index(l.inFlight, b); i >= 0 {
		l.inFlight = slices.Delete(l.inFlight, i, i+1)
	}
}

// take cuts the next batch off the waiting events.
func (l *lane) take(maxEvents, maxBytes int) []item {
	n, size := 0, 0
	for n < len(l.waiting) && n < maxEvents {
		size += len(l.waiting[n].event.Body) + 1
		if n > 0 && size > maxBytes {
			break
		}
		n++
	}
	items := make([]item, n)
	copy(items, l.waiting)
	clear(l.waiting[:n])
	l.waiting = l.waiting[n:]
	if len(l.waiting) == 0 {
		if cap(l.room) > keptRoom {
			l.room = nil
		}
		l.waiting = l.room[:0]
	}
	for i := range items {
		l.bytes -= len(items[i].event.Body)
	}
	return items
}
