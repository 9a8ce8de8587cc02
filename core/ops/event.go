package ops

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
)

// eventOperation makes the reader of an operation that queues one event, or sends it at once where the input says
// immediate.
func eventOperation(message func(codec.Value) (*event.Message, error)) reader {
	return draftOperation(message, func(c *core.Client, nowMs int64, m *event.Message, d *event.Draft) core.Outcome {
		if m.Immediate {
			return c.EnqueueNow(nowMs, d, m.TimeoutMs)
		}
		return c.Enqueue(nowMs, d)
	})
}

// draftOperation makes the reader of an operation that encodes an event and gives it to the client.
func draftOperation(
	message func(codec.Value) (*event.Message, error),
	run func(c *core.Client, nowMs int64, m *event.Message, d *event.Draft) core.Outcome,
) reader {
	return func(in codec.Value, v *core.View, nowMs int64) (action, error) {
		m, err := message(in)
		if err != nil {
			return nil, err
		}
		draft := v.Encode(nowMs, m)
		return func(c *core.Client, nowMs int64) core.Outcome { return run(c, nowMs, m, draft) }, nil
	}
}

func register(in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	properties := f.Object("properties", in.Get("properties"))
	f.Require(properties != nil, "properties", "an object")
	return func(c *core.Client, nowMs int64) core.Outcome { return c.Register(nowMs, properties) }, f.Err
}

func unregister(in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	keys := f.Texts("keys", in.Get("keys"))
	f.Require(in.Get("keys").IsSet(), "keys", "an array of strings")
	return func(c *core.Client, nowMs int64) core.Outcome { return c.Unregister(nowMs, keys) }, f.Err
}

func setEnabled(in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	enabled := f.Bool("enabled", in.Get("enabled"), false)
	f.Require(in.Get("enabled").IsSet(), "enabled", "a boolean")
	return func(c *core.Client, nowMs int64) core.Outcome { return c.SetEnabled(nowMs, enabled) }, f.Err
}

func captured(in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	clear := f.Bool("clear", in.Get("clear"), false)
	return func(c *core.Client, nowMs int64) core.Outcome { return c.Captured(nowMs, clear) }, f.Err
}
