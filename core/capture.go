package core

import (
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/flags"
	"github.com/libposthog/libposthog/core/queue"
)

var nameUUID = codec.Quote("uuid")

// Accepted is the reply of an event operation. UUID is nil where a client that is off took the event and sent nothing.
type Accepted struct {
	UUID *event.UUID
}

// WriteMembers writes the reply of an event operation.
func (a Accepted) WriteMembers(w *codec.Writer) {
	if a.UUID == nil {
		w.QuotedMember(nameUUID, nil)
	} else {
		var room [40]byte
		w.QuotedMember(nameUUID, a.UUID.AppendQuoted(room[:0]))
	}
}

// Encode does the part of an event operation that needs no client, and leaves it in d.
func (v *View) Encode(nowMs int64, m *event.Message, d *event.Draft) {
	if m.SendFeatureFlags && m.Flags == nil {
		m.Flags = v.localFlags(nowMs, m)
	}
	d.Encode(m, &v.settings)
}

// localFlags are the values that can be decided without the service, for an event that asked to carry its flags. A
// capture makes no request: flags the service would have to decide are left out.
func (v *View) localFlags(nowMs int64, m *event.Message) codec.Value {
	distinctID, identified := m.DistinctID.Text()
	q := &FlagQuery{User: flags.User{
		DistinctID: distinctID, Groups: m.Groups, PersonProperties: m.FlagOptions.Get("person_properties"),
		GroupProperties: m.FlagOptions.Get("group_properties"),
	}}
	for key := range m.FlagOptions.Get("flag_keys_filter").Elements() {
		if text, ok := key.Text(); ok {
			q.Keys = append(q.Keys, text)
		}
	}
	w := codec.NewWriter(256)
	w.BeginObject()
	for _, r := range v.Evaluate(nowMs, q).records {
		if r.Value != nil && identified {
			w.ValueMember(r.Key, r.Value)
		}
	}
	w.EndObject()
	return w.Bytes()
}

// Enqueue queues an event. Its uuid is in the reply; OK means accepted, not delivered.
func (c *Client) Enqueue(nowMs int64, d *event.Draft) Outcome {
	nowMs = c.advance(nowMs)
	if o, off := c.unwilling(&d.UUID); off {
		return o
	}
	return c.admit(nowMs, c.finish(nowMs, d))
}

// EnqueueLeft is Enqueue for an event that waited for others before the client was told.
func (c *Client) EnqueueLeft(nowMs int64, d *event.Draft) Outcome {
	nowMs = c.advance(nowMs)
	e := c.finish(nowMs, d)
	o, queued := c.screen(&e)
	if queued {
		c.queue.AddLeft(e, nowMs)
	}
	return o
}

// unwilling answers for a client that takes no events: off is false where it does.
func (c *Client) unwilling(uuid *event.UUID) (o Outcome, off bool) {
	switch {
	case c.phase != open:
		c.refuse(queue.Closed, uuid)
		return closedOutcome(), true
	case c.inert:
		c.refuse(queue.Disabled, uuid)
		return succeed(Accepted{}), true
	case c.optedOut:
		c.refuse(queue.OptedOut, uuid)
		return succeed(Accepted{}), true
	}
	return Outcome{}, false
}

// finish gives a draft its time and ids, and says what had to be replaced.
func (c *Client) finish(nowMs int64, d *event.Draft) event.Event {
	for _, warning := range d.Warnings {
		c.records.add(warningRecord(nowMs, warning))
	}
	return d.Finish(nowMs, c.newUUID)
}

// admit puts a finished event where it belongs, or refuses it.
func (c *Client) admit(nowMs int64, e event.Event) Outcome {
	o, queued := c.screen(&e)
	if queued {
		c.queue.Add(e, nowMs)
	}
	return o
}

// screen gives an event the form of its protocol. It is to be queued unless something settles it already; the outcome
// holds in both cases.
func (c *Client) screen(e *event.Event) (o Outcome, queued bool) {
	if o, off := c.unwilling(e.UUID()); off {
		return o, false
	}
	if c.isV1(e.Lane) {
		*e = event.ToAnalytics(*e)
	} else {
		*e = event.ToBatch(*e)
	}
	switch {
	case len(e.Body) > e.Lane.MaxBytes():
		c.refuse(queue.TooLarge, e.UUID())
		return fail(TooLarge, "the event is larger than the queue takes"), false
	case c.options.Mode == ModeMemory:
		c.captured = append(c.captured, e.Clone())
		c.queue.Keep()
		return succeed(Accepted{e.UUID()}), false
	case !c.queue.Room(len(e.Body)):
		c.refuse(queue.QueueFull, e.UUID())
		return fail(QueueFull, "the queue is full, the event was dropped"), false
	}
	return succeed(Accepted{e.UUID()}), true
}

// Room is how many events, and bytes of their inputs, the client is certain to queue one after the other. Each of them
// costs Overhead besides its input. Nothing of it holds once anything else was done with the client.
type Room struct {
	Events, Bytes, Overhead int64
}

// Room returns what the client has room for; none where events meet anything but a queue that waits so long for more.
func (c *Client) Room(waitMs int64) Room {
	if c.phase != open || c.inert || c.optedOut || c.options.Mode != ModeLive {
		return Room{}
	}
	events, bytes := c.queue.Space(waitMs)
	return Room{events, bytes, int64(c.view.settings.Overhead())}
}

// Invalid counts an event operation whose input could not be used.
func (c *Client) Invalid() { c.queue.Invalid() }

func (c *Client) refuse(reason string, uuid *event.UUID) {
	c.queue.Refuse(reason, uuid.String())
	c.recordDrops()
}

func warningRecord(nowMs int64, code string) Record {
	message := "the event's uuid is not a uuid and was replaced"
	if code == "bad_timestamp" {
		message = "the event's timestamp is not RFC 3339 with a time and was replaced by the current time"
	}
	return Record{Kind: "log", AtMs: nowMs, Level: "warning", Code: code, Message: message}
}

// recordDrops turns what the queue dropped into records. Drops of one reason that follow each other become one.
func (c *Client) recordDrops() {
	for _, d := range c.queue.Drops() {
		if c.records.join(d) {
			continue
		}
		c.records.add(Record{
			Kind: "drop", AtMs: c.nowMs, Level: "warning", Code: "dropped",
			Message: "events were dropped", Reason: d.Reason, Count: d.Count, UUIDs: d.UUIDs,
		})
	}
}
