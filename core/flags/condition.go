package flags

import "github.com/libposthog/libposthog/core/codec"

// condition is one compiled condition set.
type condition struct {
	// base is yes, or why the condition cannot become true.
	base     truth
	scope    scope
	filters  []filter
	rollout  rollout
	override int32 // the variant that everybody in this condition gets, or none
}

// conditions goes through the conditions in stored order; the first that matches answers.
func (e *Evaluation) conditions(f *flag) outcome {
	unmatched := outcome{verdict: no, reason: ReasonNoConditionMatch, condition: none}
	undecided := outcome{verdict: no}
	groupless := 0
	for i := range f.conditions {
		c := &f.conditions[i]
		verdict, reason, id := e.condition(f, c)
		switch {
		case verdict == yes:
			return outcome{verdict: yes, reason: ReasonConditionMatch, variant: f.pick(e, c, id), condition: int32(i)}
		case verdict.static():
			return outcome{verdict: verdict, condition: int32(i)}
		case verdict.unknown():
			if undecided.verdict == no {
				undecided = outcome{verdict: verdict, condition: int32(i)}
			}
		case reason == ReasonMissingGroup:
			groupless++
		case reason == ReasonOutOfRollout && unmatched.condition == none:
			unmatched.reason, unmatched.condition = reason, int32(i)
		}
		if reason == ReasonOutOfRollout && f.earlyExit {
			break
		}
	}
	switch {
	case undecided.verdict != no:
		return undecided
	case groupless > 0 && groupless == len(f.conditions):
		unmatched.reason = ReasonMissingGroup
	}
	return unmatched
}

// condition evaluates one condition: all filters and the rollout. reason says what kind of no it is. Every filter is
// looked at, because a definite no behind an unknown one settles the condition.
func (e *Evaluation) condition(f *flag, c *condition) (verdict truth, reason string, id identity) {
	id, identified := e.identify(f, c.scope)
	if identified == no {
		return no, ReasonMissingGroup, id
	}
	if verdict = c.base.and(identified).and(e.filters(c)); verdict == no {
		return no, ReasonNoConditionMatch, id
	}
	if verdict == yes && !c.rollout.admits(e, f, id) {
		return no, ReasonOutOfRollout, id
	}
	return verdict, "", id
}

// filters is the conjunction of a condition's filters.
func (e *Evaluation) filters(c *condition) truth {
	verdict := yes
	for i := range c.filters {
		if verdict = verdict.and(e.filter(&c.filters[i])); verdict == no {
			return no
		}
	}
	return verdict
}

// conditions compiles filters.groups.
func (p *parser) conditions(f *flag, groups codec.Value) {
	if groups.IsSet() && groups.Kind() != codec.Array {
		f.undecide(malformedFlag)
		return
	}
	for v := range groups.Elements() {
		f.conditions = append(f.conditions, p.condition(f, v))
	}
}

func (p *parser) condition(f *flag, v codec.Value) condition {
	c := condition{base: yes, scope: f.scope, rollout: everybody, override: none}
	if v.Kind() != codec.Object {
		c.base = malformedCondition
		return c
	}
	var properties codec.Value
	for name, value := range v.Members() {
		switch name {
		case "properties":
			properties = value
		case "rollout_percentage":
			rollout, ok := readRollout(value)
			c.rollout = rollout
			if !ok {
				c.base = malformedCondition
			}
		case "variant":
			c.override = f.variantOf(value)
		case "aggregation_group_type_index":
			// Present but null is a person condition, also in a group flag; only absence inherits.
			c.scope = p.scope(value)
		}
	}
	if properties.IsSet() && properties.Kind() != codec.Array {
		c.base = malformedCondition
	}
	for property := range properties.Elements() {
		c.filters = append(c.filters, p.filter(property, c.scope))
	}
	return c
}
