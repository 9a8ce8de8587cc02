package ops

import (
	"unicode/utf8"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
)

// FlagValue is get_flag by plain arguments and with the value alone as its answer, for callers to whom the JSON of a
// record costs more than the flag. It is not in the Table: what it cannot answer, get_flag does. It can be used again
// and then keeps its memory.
type FlagValue struct {
	query     core.FlagQuery
	key       [1]string
	evaluated core.Evaluated
	err       error
}

// Prepare reads the arguments and evaluates the flag, without the client; in holds the other members of get_flag's
// input. Until Forget the arguments must not change.
func (v *FlagValue) Prepare(key, distinctID string, in []byte, view *core.View, nowMs int64) {
	if v.err = v.read(key, distinctID, in); v.err == nil {
		v.evaluated.EvaluateValue(view, nowMs, &v.query)
	}
}

func (v *FlagValue) read(key, distinctID string, in []byte) error {
	object, err := parseObject(in, inputLimit-len(key)-len(distinctID))
	if err != nil {
		return err
	}
	if !utf8.ValidString(key) || !utf8.ValidString(distinctID) {
		return &core.Error{Status: core.InvalidJSON, Message: "key and distinct_id must be UTF-8"}
	}
	err = readFlagQuery(object, &v.query)
	v.key[0] = key
	v.query.Keys, v.query.User.DistinctID, v.query.TimeoutMs = v.key[:], distinctID, 0
	if err == nil {
		err = requireFlag(&v.query)
	}
	return err
}

// Run answers, under whatever lock guards the client: OK and a value of at most room bytes, or a status without one.
// changed is false where the client is as it was.
func (v *FlagValue) Run(c *core.Client, nowMs int64, room int) (status core.Status, value codec.Value, changed bool) {
	if v.err != nil {
		return failed(v.err).Status, nil, false
	}
	return c.FlagValue(nowMs, &v.query, &v.evaluated, room)
}

// Forget lets go of the arguments.
func (v *FlagValue) Forget() {
	v.query, v.key[0], v.err = core.FlagQuery{}, "", nil
	v.evaluated.Forget()
}
