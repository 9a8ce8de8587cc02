package ops

import (
	"unicode/utf8"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
)

// FlagValue is get_flag by plain arguments and with the value alone as its answer, for callers to whom the JSON of a
// record costs more than the flag. It is not in the Table: what it cannot answer, get_flag does.
type FlagValue struct {
	query     *core.FlagQuery
	evaluated *core.Evaluated
	failure   core.Outcome
}

// PrepareFlagValue reads the arguments and evaluates the flag, without the client; in holds the other members of
// get_flag's input. Nothing of the arguments is kept.
func PrepareFlagValue(key, distinctID string, in []byte, view *core.View, nowMs int64) *FlagValue {
	q, err := readFlagValue(key, distinctID, in)
	if err != nil {
		return &FlagValue{failure: failed(err)}
	}
	return &FlagValue{query: q, evaluated: view.Evaluate(nowMs, q)}
}

func readFlagValue(key, distinctID string, in []byte) (*core.FlagQuery, error) {
	object, err := parseObject(in, inputLimit-len(key)-len(distinctID))
	if err != nil {
		return nil, err
	}
	if !utf8.ValidString(key) || !utf8.ValidString(distinctID) {
		return nil, &core.Error{Status: core.InvalidJSON, Message: "key and distinct_id must be UTF-8"}
	}
	q, err := readFlagQuery(object)
	q.Keys, q.User.DistinctID, q.TimeoutMs = []string{key}, distinctID, 0
	if err == nil {
		err = requireFlag(q)
	}
	return q, err
}

// Run answers, under whatever lock guards the client: OK and a value of at most room bytes, or a status without one.
func (v *FlagValue) Run(c *core.Client, nowMs int64, room int) (core.Status, codec.Value) {
	if v.query == nil {
		return v.failure.Status, nil
	}
	value, o := c.FlagValue(nowMs, v.query, v.evaluated, room)
	return o.Status, value
}
