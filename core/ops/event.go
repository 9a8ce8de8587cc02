package ops

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
)

// eventCall is an event operation whose event is encoded.
type eventCall struct {
	message event.Message
	draft   event.Draft
	finish  func(c *core.Client, nowMs int64, call *eventCall) core.Outcome
}

func (call *eventCall) run(c *core.Client, nowMs int64) core.Outcome {
	return call.finish(c, nowMs, call)
}

func (call *eventCall) forget() {
	call.message, call.finish = event.Message{}, nil
	call.draft.Forget()
}

// eventOperation makes the reader of an operation that encodes an event; finish does the rest on the client.
func eventOperation(read event.Read, finish func(c *core.Client, nowMs int64, call *eventCall) core.Outcome) reader {
	return func(m *Memory, in codec.Value, v *core.View, nowMs int64) (action, error) {
		call := &m.event
		call.finish = finish
		if err := read(in, &call.message); err != nil {
			return nil, err
		}
		v.Encode(nowMs, &call.message, &call.draft)
		return call, nil
	}
}

// captureEvent queues the event, or sends it at once where the input says immediate.
func captureEvent(c *core.Client, nowMs int64, call *eventCall) core.Outcome {
	if call.message.Immediate {
		return c.EnqueueNow(nowMs, &call.draft, call.message.TimeoutMs)
	}
	return c.Enqueue(nowMs, &call.draft)
}

// Left is an event that was captured before the client is told, and what it was given then.
type Left struct {
	UUID event.UUID
	AtMs int64
	event.Parts
}

func captureLeft(c *core.Client, nowMs int64, call *eventCall) core.Outcome {
	return c.EnqueueLeft(nowMs, &call.draft)
}

// Prepare encodes the event, with memory to use.
func (l *Left) Prepare(m *Memory, view *core.View) Prepared {
	call := &m.event
	call.finish = captureLeft
	l.Read(&call.message)
	view.Encode(l.AtMs, &call.message, &call.draft)
	call.draft.UUID, call.draft.AtMs = l.UUID, l.AtMs
	return Prepared{operation: capture, action: call, memory: m}
}

var capture = Lookup("capture")

func buildEvent(c *core.Client, nowMs int64, call *eventCall) core.Outcome {
	return c.Build(nowMs, &call.draft)
}

func register(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	properties := f.Object("properties", in.Get("properties"))
	f.Require(properties != nil, "properties", "an object")
	return do(func(c *core.Client, nowMs int64) core.Outcome { return c.Register(nowMs, properties) }), f.Err
}

func unregister(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	keys := f.Texts("keys", in.Get("keys"))
	f.Require(in.Get("keys").IsSet(), "keys", "an array of strings")
	return do(func(c *core.Client, nowMs int64) core.Outcome { return c.Unregister(nowMs, keys) }), f.Err
}

func setEnabled(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	enabled := f.Bool("enabled", in.Get("enabled"), false)
	f.Require(in.Get("enabled").IsSet(), "enabled", "a boolean")
	return do(func(c *core.Client, nowMs int64) core.Outcome { return c.SetEnabled(nowMs, enabled) }), f.Err
}

func captured(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	clear := f.Bool("clear", in.Get("clear"), false)
	return do(func(c *core.Client, nowMs int64) core.Outcome { return c.Captured(nowMs, clear) }), f.Err
}
