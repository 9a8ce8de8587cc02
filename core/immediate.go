package core

import (
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/queue"
)

// Sent is the reply of an event operation that was to send at once.
type Sent struct {
	Accepted
	Fate queue.Fate
}

// WriteMembers writes the reply of an immediate event operation.
func (s Sent) WriteMembers(w *codec.Writer) {
	s.Accepted.WriteMembers(w)
	w.StringMember("result", string(s.Fate))
}

// EnqueueNow sends one event at once, in a request of its own, and waits for its fate. After timeoutMs it answers
// TIMEOUT, and the event goes on being retried like any other. timeoutMs is the option shutdown_timeout_ms where it is
// negative.
func (c *Client) EnqueueNow(nowMs int64, d *event.Draft, timeoutMs int64) Outcome {
	nowMs = c.advance(nowMs)
	if timeoutMs < 0 {
		timeoutMs = c.options.ShutdownTimeoutMs
	}
	if o, off := c.unwilling(&d.UUID); off {
		return sent(o, queue.FateDrop)
	}
	e := c.finish(nowMs, d)
	o, queued := c.screen(&e)
	if !queued {
		return sent(o, queue.FateOK)
	}
	w := &fateWaiter{coverWaiter{c, c.queue.AddNow(e, nowMs)}, *e.UUID()}
	return c.tickets.wait(nowMs, timeoutMs, w)
}

// sent adds a fate to the outcome of an event that was not queued.
func sent(o Outcome, fate queue.Fate) Outcome {
	if a, ok := o.Result.(Accepted); ok {
		o.Result = Sent{a, fate}
	}
	return o
}

// fateWaiter waits for the end of one event.
type fateWaiter struct {
	coverWaiter
	uuid event.UUID
}

func (w *fateWaiter) step(int64) (Outcome, bool) {
	if w.cover.Pending > 0 {
		return Outcome{}, false
	}
	w.c.queue.Release(w.cover)
	return succeed(Sent{Accepted{&w.uuid}, w.cover.Fate}), true
}

func (w *fateWaiter) expire(int64) Outcome {
	w.c.queue.Release(w.cover)
	return fail(Timeout, "the event was not delivered in time and stays in the queue")
}
