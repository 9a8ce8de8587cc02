package compare

import (
	"maps"
	"slices"
	"strconv"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/flags"
	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

// answer is what a filter can be made to answer for everybody.
type answer uint8

const (
	always answer = iota
	never
	unknown
	// whollyUnknown leaves the whole flag undecided.
	whollyUnknown
)

// members are what makes a filter of any kind give an answer. Nobody lacks a distinct id.
func (a answer) members() object {
	switch a {
	case whollyUnknown:
		return object{"type": "cohort", "operator": "in", "value": "none has this id"}
	case unknown:
		return object{"type": "person", "key": "distinct_id", "operator": "no_such_operator"}
	case never:
		return object{"type": "person", "key": "distinct_id", "operator": "is_not_set"}
	}
	return object{"type": "person", "key": "distinct_id", "operator": "is_set"}
}

// struck is filters that an SDK answers otherwise, all in the same way.
type struck struct {
	filters []*filter
	effect  effect
}

// maxStruck bounds how much is varied: each multiplies the combinations by up to four.
const maxStruck = 5

// outcomes is a set of answers to a call; nil is undecided.
type outcomes map[any]bool

// outcomes returns what libposthog would answer if some of the filters answered otherwise, in any combination. Of many
// filters, those of one effect answer alike.
func (s *subject) outcomes(all []struck) outcomes {
	if len(all) > maxStruck {
		var bundles [len(effects)]struck
		for _, one := range all {
			bundles[one.effect].effect = one.effect
			bundles[one.effect].filters = append(bundles[one.effect].filters, one.filters...)
		}
		all = slices.DeleteFunc(bundles[:], func(b struck) bool { return b.filters == nil })
	}
	found := outcomes{}
	if len(all) > 0 {
		s.vary(all, found)
	}
	return found
}

func (s *subject) vary(all []struck, found outcomes) {
	if len(all) == 0 {
		found[s.evaluate(s.call.Key)] = true
		return
	}
	first, rest := all[0], all[1:]
	s.vary(rest, found)
	for _, a := range effects[first.effect].answers {
		s.answering(first.filters, a, func() { s.vary(rest, found) })
	}
}

// answering does something while filters give an answer.
func (s *subject) answering(filters []*filter, a answer, do func()) {
	if len(filters) == 0 {
		do()
		return
	}
	s.while(filters[0].object, a.members(), func() { s.answering(filters[1:], a, do) })
}

// while does something with members of an object set to other values.
func (s *subject) while(o, members object, do func()) {
	original := maps.Clone(o)
	maps.Copy(o, members)
	do()
	clear(o)
	maps.Copy(o, original)
}

// changes reports whether libposthog would answer the call otherwise with members of an object set to other values.
func (s *subject) changes(o, members object) (changes bool) {
	s.while(o, members, func() { changes = s.evaluate(s.call.Key) != s.value })
	return changes
}

// dependsOn reports whether libposthog would answer the call otherwise for others, all else equal: who sets who asks.
// It tries so many that a rollout of 1 % does not escape.
func (s *subject) dependsOn(who func(call *corpus.Call, name string)) bool {
	compiled, err := flags.Parse(codec.Value(s.excerpt()))
	if err != nil {
		return false
	}
	for i := range 1_000 {
		other := *s.call
		who(&other, "other-"+strconv.Itoa(i))
		if s.answer(compiled, &other, other.Key) != s.value {
			return true
		}
	}
	return false
}
