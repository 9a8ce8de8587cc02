package driver

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
)

// A panic must reach neither the program the library lives in nor the other callers of a client. Its text may quote
// what the program passed in, so nobody is told it: the reply says PANIC and the records say where.

// panicPauseMs is how long a client rests whose core panicked while it was being driven.
const panicPauseMs = 1000

// PanicReply is what an operation answers that panicked.
func PanicReply() ops.Reply {
	return ops.Failure(core.Panic, "a defect in libposthog was contained; the operation may be half done")
}

// note records a panic, if the core is still able to.
func note(c *core.Client, nowMs int64, message string) {
	defer func() { _ = recover() }()
	c.Note(nowMs, "panic", message)
}

// contain turns a panic of an operation into its reply. To be deferred without the lock.
func (d *Client) contain(reply *ops.Reply) {
	if recover() == nil {
		return
	}
	*reply = PanicReply()
	d.noteOperation()
}

// Contain ends a panic of what is done for the client beside operations. To be deferred without the lock.
func (d *Client) Contain() {
	if recover() != nil {
		d.noteOperation()
	}
}

// containStatus is contain for an operation that answers with a status.
func (d *Client) containStatus(status *core.Status) {
	if recover() == nil {
		return
	}
	*status = core.Panic
	d.noteOperation()
}

func (d *Client) noteOperation() {
	d.mu.Lock()
	defer d.mu.Unlock()
	note(d.core, d.clock.nowMs(), "an operation panicked")
}

// containDriving ends a panic while the core was being driven: nobody may be left waiting, and the core is tried again
// after a pause. To be deferred with the lock.
func (d *Client) containDriving() {
	if recover() == nil {
		return
	}
	note(d.core, d.clock.nowMs(), "the client panicked between operations")
	for ticket := range d.waiters {
		d.deliver(ticket, PanicReply())
	}
	d.wakeAt(d.clock.nowMs() + panicPauseMs)
}

// contain turns a panic of an operation into its reply. To be deferred with the lock.
func (h *Host) contain(reply *ops.Reply) {
	if recover() == nil {
		return
	}
	*reply = PanicReply()
	note(h.core, h.nowMs, "an operation panicked")
}

// containStatus is contain for an operation that answers with a status. To be deferred with the lock.
func (h *Host) containStatus(status *core.Status) {
	if recover() == nil {
		return
	}
	*status = core.Panic
	note(h.core, h.nowMs, "an operation panicked")
}
