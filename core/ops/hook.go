package ops

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
)

// builders are the operations that build can do half of, by the word in its op.
var builders = map[string]reader{
	"capture":           eventOperation(event.Capture, buildEvent),
	"identify":          eventOperation(event.Identify, buildEvent),
	"alias":             eventOperation(event.Alias, buildEvent),
	"group_identify":    eventOperation(event.GroupIdentify, buildEvent),
	"set":               eventOperation(event.Set, buildEvent),
	"capture_exception": eventOperation(event.CaptureException, buildEvent),
	"capture_ai":        eventOperation(event.CaptureAI, buildEvent),
	"flag_called":       calledOperation((*core.Client).BuildFlagCalled),
}

func build(m *Memory, in codec.Value, v *core.View, nowMs int64) (action, error) {
	name, _ := in.Get("op").Text()
	read := builders[name]
	if read == nil {
		return nil, &codec.FieldError{Name: "op", Want: "the name of an operation that makes an event"}
	}
	return read(m, in, v, nowMs)
}

func enqueue(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	token := f.Int("token", in.Get("token"), 0)
	changed := f.Object("event", in.Get("event"))
	return do(func(c *core.Client, nowMs int64) core.Outcome { return c.EnqueueBuilt(nowMs, token, changed) }), f.Err
}

// calledOperation makes the reader of an operation that reports a record of a snapshot as seen.
func calledOperation(run func(c *core.Client, nowMs int64, x *core.Called) core.Outcome) reader {
	return func(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
		x, err := readCalled(in)
		if err != nil {
			return nil, err
		}
		return do(func(c *core.Client, nowMs int64) core.Outcome { return run(c, nowMs, x) }), nil
	}
}

// readCalled reads a record as evaluate_flags replied it, with distinct_id, groups and device_id of the user and
// request_id, evaluated_at, definitions_loaded_at and minimal of the snapshot beside it.
func readCalled(in codec.Value) (*core.Called, error) {
	x := &core.Called{}
	r := &x.Record
	var f codec.Fields
	for name, v := range in.Members() {
		switch name {
		case "distinct_id":
			x.User.DistinctID = f.Text(name, v)
		case "device_id":
			x.User.DeviceID = f.Text(name, v)
		case "groups":
			x.User.Groups = f.Object(name, v)
		case "disable_geoip":
			x.DisableGeoIP = optionalBool(&f, name, v)
		case "minimal":
			x.Minimal = f.Bool(name, v, false)
		case "request_id":
			x.RequestID = f.Text(name, v)
		case "evaluated_at":
			x.EvaluatedAt = v
		case "definitions_loaded_at":
			x.LoadedAtMs = f.Int(name, v, 0)
		case "key":
			r.Key = f.Text(name, v)
		case "value":
			r.Value = set(v)
		case "payload":
			r.Payload = set(v)
		case "reason":
			r.Reason = f.Text(name, v)
		case "id":
			r.ID = set(v)
		case "version":
			r.Version = set(v)
		case "has_experiment":
			r.HasExperiment = set(v)
		case "locally_evaluated":
			r.Local = f.Bool(name, v, false)
		case "errors":
			r.Errors = f.Texts(name, v)
		}
	}
	f.Require(x.User.DistinctID != "", "distinct_id", "a non-empty string")
	f.Require(r.Key != "", "key", "a non-empty string")
	if r.Local {
		// What the service said about another flag of the snapshot is no part of a local answer, and the reverse.
		x.RequestID, x.EvaluatedAt = "", nil
	} else {
		x.LoadedAtMs = 0
	}
	return x, f.Err
}

// set returns v, or nil where it is null.
func set(v codec.Value) codec.Value {
	if !v.IsSet() {
		return nil
	}
	return v
}

var flagCalled = calledOperation((*core.Client).FlagCalled)
