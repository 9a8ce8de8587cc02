//go:build cgo

package main

/*
#cgo noescape phgo_chunk_events
#cgo nocallback phgo_chunk_events
#cgo nocallback phgo_intake_settle
#cgo nocallback phgo_intake_take
#cgo nocallback phgo_intake_open
#include "intake.h"
*/
import "C"

import (
	"iter"
	"math"
	"sync"
	"time"
	"unsafe"

	"github.com/libposthog/libposthog/capi/driver"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/ops"
)

// comes is how long an event lies in an intake at most. It is no longer than a batch waits for more events, so that an
// event's batch leaves no later for it.
const comes = 100 * time.Millisecond

// intake is a client whose captures may leave events in C; see intake.c. They may while events keep coming: from the second
// capture within the time that an event may lie there, until none was left for so long.
type intake struct {
	*driver.Client

	// id is the client's number.
	id uint32

	// mu is held by who comes for events. It guards what follows.
	mu sync.Mutex
	// place is the intake's number in C once it has one; negative is none.
	place C.int
	// open says that events may be left and that the timer runs; ended, that they never may again.
	open, ended bool
	timer       *time.Timer
	// entered is when a capture last came by itself.
	entered time.Time
}

func newIntake(client *driver.Client, id uint32) *intake {
	i := &intake{Client: client, id: id, place: -1}
	i.timer = time.AfterFunc(time.Hour, i.tick)
	i.timer.Stop()
	return i
}

// Call performs an operation, after the events that it may depend on.
func (i *intake) Call(op *ops.Operation, in []byte) ops.Reply {
	switch op.Name {
	case "evaluate_flags", "get_flag", "get_remote_config", "flag_called", "load_flags", "wait_ready",
		"set_flag_definitions", "get_flag_definitions", "override_flags":
		return i.Client.Call(op, in)
	case "shutdown":
		i.end()
	default:
		i.come()
	}
	reply := i.Client.Call(op, in)
	i.adjust(op.Name == "capture")
	return reply
}

// come captures what was left.
func (i *intake) come() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.collect(all)
}

// tick comes, and stops coming when nothing was left since the last time.
func (i *intake) tick() {
	defer i.Contain()
	any := i.gather()
	i.mu.Lock()
	defer i.mu.Unlock()
	if !any {
		i.shut()
	}
	if i.open {
		i.timer.Reset(comes)
	}
}

// gather comes until nothing is left, and reports whether there was anything. It lets others in between.
func (i *intake) gather() (any bool) {
	defer i.Contain()
	for i.comeOnce() {
		any = true
	}
	return any
}

func (i *intake) comeOnce() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.collect(oldest)
}

// end comes for the last time. Events that are captured meanwhile find the intake shut.
func (i *intake) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended = true
	i.shut()
	if i.place >= 0 {
		C.phgo_intake_release(i.place)
		i.place = -1
	}
}

// adjust tells the intake what there is room for since an operation, and opens it if that was the second capture within
// a short time.
func (i *intake) adjust(captured bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if captured && !i.open && !i.ended {
		now := time.Now()
		often := now.Sub(i.entered) < comes
		i.entered = now
		if !often || !i.claim() {
			return
		}
		i.open = true
		i.timer.Reset(comes)
	}
	if i.open && !i.admit() {
		i.shut()
	}
}

// claim gets the intake a place. Needs the lock.
func (i *intake) claim() bool {
	if i.place < 0 {
		i.place = C.phgo_intake_claim(C.uint32_t(i.id), C.int64_t(i.ahead()))
	}
	return i.place >= 0
}

// ahead is what the client's clock is ahead of the monotonic one, in ns. Whatever comes between the two readings makes it
// seem more, never less: so no event that is left seems older than one before it, and the least of several is right.
func (i *intake) ahead() int64 {
	least := int64(math.MaxInt64)
	for range 3 {
		monotonic := int64(C.phgo_monotonic_ns())
		least = min(least, i.Clock().UnixNano()-monotonic)
	}
	return least
}

// admit lets an open intake take what the queue has room for; false where events are not simply queued. Needs the lock.
func (i *intake) admit() bool {
	room := i.Room(comes)
	if room.Events > 0 {
		C.phgo_intake_open(i.place, C.int64_t(room.Events), C.int64_t(room.Bytes), C.int64_t(room.Overhead))
	}
	return room.Events > 0
}

// shut lets no more events in, and captures those that were left. Needs the lock.
func (i *intake) shut() {
	if !i.open {
		return
	}
	i.open = false
	i.timer.Stop()
	C.phgo_intake_shut(i.place)
	i.collect(all)
}

// What is to be collected: the oldest chunk, or all that there are.
const (
	oldest = C.int(0)
	all    = C.int(1)
)

// collect captures what was left, and reports whether there was anything. Needs the lock.
func (i *intake) collect(which C.int) bool {
	if i.place < 0 {
		return false
	}
	first := C.phgo_intake_take(i.place, which)
	fits := true
	for chunk := first; chunk != nil; chunk = C.phgo_intake_settle(i.place, chunk) {
		i.CaptureAll(events(chunk))
		// What there is room for first, so that it is never reckoned too high.
		fits = !i.open || i.admit()
	}
	if !fits {
		i.shut()
	}
	return first != nil
}

// events ranges over the events in a chunk, in its memory.
func events(chunk *C.phgo_chunk) iter.Seq[ops.Left] {
	var size C.size_t
	first := C.phgo_chunk_events(chunk, &size)
	return func(yield func(ops.Left) bool) {
		for at := C.size_t(0); at < size; {
			left := (*C.phgo_left)(unsafe.Add(unsafe.Pointer(first), at))
			if !yield(eventOf(left)) {
				return
			}
			at += C.size_t(left.size)
		}
	}
}

func eventOf(left *C.phgo_left) ops.Left {
	in := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(left), C.sizeof_phgo_left)), left.length)
	member := func(span C.phgo_span) codec.Value {
		if span.end == 0 {
			return nil
		}
		return in[span.begin:span.end:span.end]
	}
	return ops.Left{
		UUID: *(*event.UUID)(unsafe.Pointer(&left.uuid)),
		AtMs: int64(left.at_ms),
		Parts: event.Parts{
			Event:        member(left.members.event),
			DistinctID:   member(left.members.distinct_id),
			Properties:   member(left.members.properties),
			Groups:       member(left.members.groups),
			DisableGeoIP: member(left.members.disable_geoip),
		},
	}
}
