package flags

import "github.com/libposthog/libposthog/core/codec"

// isOrdinary reports whether the flag's conditions alone decide it, and are all about persons.
func (f *flag) isOrdinary() bool {
	if !f.active || f.undecided.unknown() || f.enrollment != none || f.holdout.name != "" || f.byDevice {
		return false
	}
	for i := range f.conditions {
		if c := &f.conditions[i]; c.base != yes || c.scope.kind != ofPerson {
			return false
		}
	}
	return true
}

// ordinaryValue is the value of an ordinary flag: what [Evaluation.conditions] comes to, without the words for it.
func (e *Evaluation) ordinaryValue(f *flag) codec.Value {
	undecided := false
	for i := range f.conditions {
		c := &f.conditions[i]
		verdict := e.filters(c)
		switch {
		case verdict == no:
			continue
		case verdict.static():
			return nil
		case verdict.unknown():
			undecided = true
			continue
		}
		id := e.distinctID()
		if c.rollout.admits(e, f, id) {
			return f.value(f.pick(e, c, id))
		}
		if f.earlyExit {
			break
		}
	}
	if undecided {
		return nil
	}
	return jsonFalse
}
