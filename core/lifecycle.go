package core

import (
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/queue"
)

// Counts is the reply of flush and shutdown: what became of the events they cover.
type Counts struct {
	Delivered, Dropped, Pending int64
}

// WriteMembers writes the reply of flush and shutdown.
func (n Counts) WriteMembers(w *codec.Writer) {
	w.IntMember("delivered", n.Delivered)
	w.IntMember("dropped", n.Dropped)
	w.IntMember("pending", n.Pending)
}

// Flush sends everything that was captured before it and waits until each event is delivered or dropped. After
// timeoutMs it answers with what is still pending; the events stay in the queue.
func (c *Client) Flush(nowMs, timeoutMs int64) Outcome {
	nowMs = c.advance(nowMs)
	if c.phase != open {
		return closedOutcome()
	}
	return c.tickets.wait(nowMs, timeoutMs, &coverWaiter{c: c, cover: c.queue.Cover()})
}

type coverWaiter struct {
	c     *Client
	cover *queue.Cover
}

func (w *coverWaiter) step(nowMs int64) (Outcome, bool) {
	if w.cover.Pending > 0 {
		return Outcome{}, false
	}
	return w.expire(nowMs), true
}

func (w *coverWaiter) expire(int64) Outcome {
	w.c.queue.Release(w.cover)
	return succeed(Counts{w.cover.Delivered, w.cover.Dropped, w.cover.Pending})
}

// Shutdown refuses new events, sends what is left and releases the client. What is not delivered after timeoutMs is
// dropped and counted; a timeout of 0 sends nothing. Calling it again is harmless.
func (c *Client) Shutdown(nowMs, timeoutMs int64) Outcome {
	nowMs = c.advance(nowMs)
	if c.phase == closed {
		return succeed(Counts{})
	}
	c.phase = closing
	c.queue.Close(nowMs)
	return c.tickets.wait(nowMs, timeoutMs, &shutdownWaiter{coverWaiter{c: c, cover: c.queue.Cover()}})
}

type shutdownWaiter struct{ coverWaiter }

func (w *shutdownWaiter) step(nowMs int64) (Outcome, bool) {
	if w.cover.Pending > 0 {
		return Outcome{}, false
	}
	return w.expire(nowMs), true
}

func (w *shutdownWaiter) expire(nowMs int64) Outcome {
	w.c.release()
	return w.coverWaiter.expire(nowMs)
}

// release drops what is left, forgets what only a living client needs and keeps the counts and the records.
func (c *Client) release() {
	c.queue.Abandon()
	c.recordDrops()
	c.phase = closed
	c.exchanges.open = nil
	c.remote = newRemote(0)
	c.configs, c.hooks = nil, hooks{}
	c.exposures = newExposures(1)
	c.captured = nil
	c.view = &View{}
}

func closedOutcome() Outcome { return fail(Closed, "the client is shut down") }

// SetEnabled opts out of sending events, or in again. Events captured while opted out are counted and dropped.
func (c *Client) SetEnabled(nowMs int64, enabled bool) Outcome {
	c.advance(nowMs)
	if c.phase != open {
		return closedOutcome()
	}
	c.optedOut = !enabled
	return succeed(nil)
}

// Captured is the reply of captured: the events of a client in memory mode.
type Captured struct {
	Events []event.Event
}

// WriteMembers writes the reply of captured.
func (e Captured) WriteMembers(w *codec.Writer) {
	w.Key("events")
	w.BeginArray()
	for i := range e.Events {
		w.Value(e.Events[i].Body)
	}
	w.EndArray()
}

// Captured returns the events that a client in memory mode kept, and forgets them with clear.
func (c *Client) Captured(nowMs int64, clear bool) Outcome {
	c.advance(nowMs)
	switch {
	case c.phase != open:
		return closedOutcome()
	case c.options.Mode != ModeMemory:
		return fail(WrongMode, "captured needs a client with mode memory")
	}
	reply := Captured{c.captured}
	if clear {
		c.captured = nil
	}
	return succeed(reply)
}

// ShutdownTimeoutMs is the option shutdown_timeout_ms, the default time for flush and shutdown.
func (c *Client) ShutdownTimeoutMs() int64 { return c.options.ShutdownTimeoutMs }
