package core

import (
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/queue"
)

// maxBuilt bounds the events that were built and not enqueued; the oldest of more counts as dropped by its hook.
const maxBuilt = 1000

// hooks keeps the events that are with a before_send hook.
type hooks struct {
	last  int64
	built map[int64]*built
	// oldest is the first token that may still be with a hook.
	oldest int64
}

type built struct {
	event event.Event
	// mark is what to remember as reported once the event is queued, or empty.
	mark string
}

// Built is the reply of build, and of get_flag under exposure: an event for a hook to see. The zero value means that
// there is none.
type Built struct {
	Event event.Event
	Token int64
}

// WriteMembers writes the reply of build.
func (b *Built) WriteMembers(w *codec.Writer) {
	w.ValueMember("event", b.Event.Body)
	w.StringMember("lane", b.Event.Lane.String())
	w.IntMember("token", b.Token)
}

// Build makes an event ready for the wire and keeps it until Enqueue brings it back: a hook sees it in between.
func (c *Client) Build(nowMs int64, d *event.Draft) Outcome {
	nowMs = c.advance(nowMs)
	if c.phase != open {
		c.refuse(queue.Closed, &d.UUID)
		return closedOutcome()
	}
	return succeed(c.build(nowMs, d, ""))
}

func (c *Client) build(nowMs int64, d *event.Draft, mark string) *Built {
	h := &c.hooks
	if h.built == nil {
		h.built = map[int64]*built{}
	}
	h.last++
	h.built[h.last] = &built{event: c.finish(nowMs, d).Clone(), mark: mark}
	for ; len(h.built) > maxBuilt; h.oldest++ {
		if b := h.built[h.oldest]; b != nil {
			delete(h.built, h.oldest)
			c.refuse(queue.BeforeSend, b.event.UUID())
		}
	}
	return &Built{h.built[h.last].event, h.last}
}

// EnqueueBuilt queues an event that Build made, as its hook returned it; null means that the hook dropped it. The
// original is never sent in its place: it may hold what the hook was to remove.
func (c *Client) EnqueueBuilt(nowMs, token int64, changed codec.Value) Outcome {
	nowMs = c.advance(nowMs)
	b := c.hooks.built[token]
	switch {
	case c.phase != open:
		delete(c.hooks.built, token)
		c.refuse(queue.Closed, &event.UUID{})
		return closedOutcome()
	case b == nil:
		return fail(InvalidArgument, "token must be one that build gave and that was not used yet")
	}
	delete(c.hooks.built, token)
	if !changed.IsSet() {
		c.refuse(queue.BeforeSend, b.event.UUID())
		return succeed(Accepted{})
	}
	e, kept, err := event.Reread(changed, b.event.Lane, *b.event.UUID())
	if err != nil {
		c.refuse(queue.BeforeSend, b.event.UUID())
		return fail(InvalidArgument, err.Error())
	}
	if !kept {
		c.records.add(warningRecord(nowMs, "bad_uuid"))
	}
	o := c.admit(nowMs, e)
	if o.Status == OK && b.mark != "" {
		c.exposures.seen.add(b.mark)
	}
	return o
}
