package core

import "github.com/libposthog/libposthog/core/codec"

var valueNull = codec.Value("null")

// FlagValue is GetFlag with a timeout of 0 for callers who want the value alone: true, false, a variant as a JSON
// string, or null where the flag cannot be decided. The exposure is recorded as GetFlag does it. changed is false where
// there was nothing new to record, so that the client is as it was.
//
// It answers WouldWait, and did nothing, where that cannot be all: where GetFlag would, where a hook has to see the
// exposure, and where the value takes more than room bytes.
func (c *Client) FlagValue(
	nowMs int64, q *FlagQuery, evaluated *Evaluated, room int,
) (status Status, value codec.Value, changed bool) {
	nowMs = c.advance(nowMs)
	if c.phase != open {
		return Closed, nil, false
	}
	call := &c.asking
	*call = flagCall{c: c, query: q, evaluated: evaluated, single: true}
	defer func() { *call = flagCall{} }()
	if call.mustWait(nowMs) {
		return WouldWait, nil, false
	}
	r := &call.local(nowMs)[0]
	if value = r.Value; value == nil {
		value = valueNull
	}
	switch {
	case len(value) > room:
		return WouldWait, nil, false
	case !call.reports(r) || !c.isNew(call.exposure(r)):
		return OK, value, false
	case c.options.BeforeSend:
		return WouldWait, nil, false
	}
	call.evaluated.complete(nowMs, q)
	o, _ := call.step(nowMs)
	return o.Status, value, true
}
