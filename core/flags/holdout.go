package flags

import (
	"math"

	"github.com/libposthog/libposthog/core/codec"
)

// holdout keeps a share of all users out of a flag, the same users in every flag with an equal percentage.
type holdout struct {
	name  string // "holdout-<id>", or empty where the flag has no holdout
	value codec.Value
	all   bool
	share float64
}

// held answers whether the flag's holdout holds the user. It is no for a group flag without its group.
func (e *Evaluation) held(f *flag) truth {
	if f.holdout.name == "" {
		return no
	}
	id, identified := e.identify(f, f.scope)
	if identified != yes || f.holdout.all {
		return identified
	}
	const prefix = "holdout-"
	text := append(e.places.room(len(prefix)+id.len()), prefix...)
	return truthOf(e.places.position(id.appendTo(text)) <= f.holdout.share)
}

// readHoldout compiles filters.holdout.
func (f *flag) readHoldout(v codec.Value) (ok bool) {
	if !v.IsSet() {
		return true
	}
	id, percentage := v.Get("id"), v.Get("exclusion_percentage")
	if v.Kind() != codec.Object {
		return false
	}
	if !id.IsSet() || !percentage.IsSet() {
		return true
	}
	_, isInteger := id.Int()
	share, isNumber := percentage.Float()
	if !isInteger || !isInteger64(id) || !isNumber {
		return false
	}
	share = math.Min(math.Max(share, 0), 100)
	name := "holdout-" + string(id)
	f.holdout = holdout{name: name, value: codec.Quote(name), all: share == 100, share: share / 100}
	return true
}
