package flags

import "github.com/libposthog/libposthog/core/codec"

// presence is is_set and is_not_set. It is only asked about properties that are there, be they null.
type presence struct {
	negated bool
}

func (m presence) match(*Evaluation, codec.Value) truth { return truthOf(!m.negated) }
