package ops

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
)

// flagCall is a flag operation whose flags are evaluated.
type flagCall struct {
	query     core.FlagQuery
	evaluated core.Evaluated
	finish    func(c *core.Client, nowMs int64, q *core.FlagQuery, evaluated *core.Evaluated) core.Outcome
}

func (call *flagCall) run(c *core.Client, nowMs int64) core.Outcome {
	return call.finish(c, nowMs, &call.query, &call.evaluated)
}

func (call *flagCall) forget() {
	call.query, call.finish = core.FlagQuery{}, nil
	call.evaluated.Forget()
}

func getFlag(m *Memory, in codec.Value, v *core.View, nowMs int64) (action, error) {
	call := &m.flags
	err := readFlagQuery(in, &call.query)
	if err == nil {
		err = requireFlag(&call.query)
	}
	if err != nil {
		return nil, err
	}
	call.evaluated.Evaluate(v, nowMs, &call.query)
	call.finish = (*core.Client).GetFlag
	return call, nil
}

// requireFlag complains unless one flag is asked for, for somebody.
func requireFlag(q *core.FlagQuery) error {
	var f codec.Fields
	f.Require(len(q.Keys) == 1 && q.Keys[0] != "", "key", "a non-empty string")
	f.Require(q.User.DistinctID != "", "distinct_id", "a non-empty string")
	return f.Err
}

func evaluateFlags(m *Memory, in codec.Value, v *core.View, nowMs int64) (action, error) {
	call := &m.flags
	if err := readFlagQuery(in, &call.query); err != nil {
		return nil, err
	}
	call.evaluated.Evaluate(v, nowMs, &call.query)
	call.finish = (*core.Client).EvaluateFlags
	return call, nil
}

// readFlagQuery reads the input of get_flag, whose key becomes the only one, and of evaluate_flags.
func readFlagQuery(in codec.Value, q *core.FlagQuery) error {
	q.TimeoutMs = -1
	var f codec.Fields
	cursor := in.Cursor()
	for name, start, end, ok := cursor.Next(); ok; name, start, end, ok = cursor.Next() {
		v := in[start:end:end]
		switch string(name.Unquote()) {
		case "key":
			q.Keys = []string{f.Text("key", v)}
		case "flag_keys":
			q.Keys = f.Texts("flag_keys", v)
		case "distinct_id":
			q.User.DistinctID = f.Text("distinct_id", v)
		case "device_id":
			q.User.DeviceID = f.Text("device_id", v)
		case "groups":
			q.User.Groups = f.Object("groups", v)
		case "person_properties":
			q.User.PersonProperties = f.Object("person_properties", v)
		case "group_properties":
			q.User.GroupProperties = f.Object("group_properties", v)
		case "only_evaluate_locally":
			q.OnlyLocal = optionalBool(&f, "only_evaluate_locally", v)
		case "send_feature_flag_events":
			q.SendEvents = optionalBool(&f, "send_feature_flag_events", v)
		case "disable_geoip":
			q.DisableGeoIP = optionalBool(&f, "disable_geoip", v)
		case "match_value":
			q.MatchValue = v
		case "timeout_ms":
			q.TimeoutMs = timeout(&f, v, -1)
		case "fields":
			q.Fields = readFields(&f, "fields", v)
		}
	}
	return f.Err
}

func optionalBool(f *codec.Fields, name string, v codec.Value) *bool {
	if !v.IsSet() {
		return nil
	}
	value := f.Bool(name, v, false)
	return &value
}

var flagFields = map[string]core.FlagFields{
	"value": core.FieldValue, "payload": core.FieldPayload, "reason": core.FieldReason, "meta": core.FieldMeta,
}

func readFields(f *codec.Fields, name string, v codec.Value) core.FlagFields {
	var fields core.FlagFields
	for _, text := range f.Texts(name, v) {
		field, known := flagFields[text]
		f.Require(known, name, "an array of value, payload, reason and meta")
		fields |= field
	}
	return fields
}

// timeout reads timeout_ms, where a negative one is refused.
func timeout(f *codec.Fields, v codec.Value, fallback int64) int64 {
	ms := f.Int("timeout_ms", v, fallback)
	f.Require(ms >= 0 || !v.IsSet(), "timeout_ms", "0 or more")
	return ms
}

func overrideFlags(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	values, payloads := f.Object("flags", in.Get("flags")), f.Object("payloads", in.Get("payloads"))
	return do(func(c *core.Client, nowMs int64) core.Outcome { return c.OverrideFlags(nowMs, values, payloads) }), f.Err
}

func getRemoteConfig(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	key := f.Text("key", in.Get("key"))
	f.Require(key != "", "key", "a non-empty string")
	timeoutMs := timeout(&f, in.Get("timeout_ms"), -1)
	return do(func(c *core.Client, nowMs int64) core.Outcome { return c.GetRemoteConfig(nowMs, key, timeoutMs) }), f.Err
}
