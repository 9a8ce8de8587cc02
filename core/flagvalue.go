package core

import "github.com/libposthog/libposthog/core/codec"

var valueNull = codec.Value("null")

// FlagValue is GetFlag with a timeout of 0 for callers who want the value alone: true, false, a variant as a JSON
// string, or null where the flag cannot be decided. The exposure is recorded as GetFlag does it.
//
// It answers WouldWait, and did nothing, where that cannot be all: where GetFlag would, where a hook has to see the
// exposure, and where the value takes more than room bytes.
func (c *Client) FlagValue(nowMs int64, q *FlagQuery, evaluated *Evaluated, room int) (codec.Value, Outcome) {
	nowMs = c.advance(nowMs)
	if c.phase != open {
		return nil, closedOutcome()
	}
	call := &flagCall{c: c, query: q, evaluated: evaluated, single: true}
	if call.mustWait(nowMs) {
		return nil, Outcome{Status: WouldWait}
	}
	r := &call.local(nowMs)[0]
	value := r.Value
	if value == nil {
		value = valueNull
	}
	if len(value) > room || c.options.BeforeSend && call.reports(r) && c.isNew(call.exposure(r)) {
		return nil, Outcome{Status: WouldWait}
	}
	o, _ := call.step(nowMs)
	return value, o
}
