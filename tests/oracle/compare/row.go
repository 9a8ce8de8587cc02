package compare

import "slices"

// Row is one known difference.
type Row struct {
	Number   int
	Question string
	// Python and Node say where that SDK answers otherwise; nil where it does not.
	Python, Node *claim
}

// claim is what a row says about one SDK: what happens there, and where. Where is a test of filters, or of the whole
// call, or either.
type claim struct {
	effect  effect
	filters func(s *subject, f *filter) bool
	calls   func(s *subject) bool
	// May relaxes the tests for calls that several rows strike at once: where it is set it stands for those above. f is
	// nil for the call.
	may func(s *subject, f *filter) bool
}

// effect is what the difference does where it strikes. It bounds what a row may claim, because later conditions of a
// flag can turn one difference into another but not into every other.
type effect uint8

const (
	// theyAsk: the SDK does not know what libposthog knows. A later condition may then give another value.
	theyAsk effect = iota
	// theyGiveUp: the same, but the SDK may leave the whole flag undecided, whatever later conditions say.
	theyGiveUp
	// weAsk: libposthog does not know what the SDK knows.
	weAsk
	// weGiveUp: neither knows, but only libposthog leaves the whole flag undecided.
	weGiveUp
	// otherAnswer: the SDK decides otherwise, or sometimes not at all. What else is unknown in the flag may then leave
	// either undecided.
	otherAnswer
	// otherPayload: the values are equal, the payloads differ.
	otherPayload
)

// effects says how each shows: the answers a filter may have in the SDK, and the differences that may follow.
var effects = [...]struct {
	answers []answer
	shows   []difference
}{
	theyAsk:      {[]answer{unknown}, []difference{theyUndecided, values}},
	theyGiveUp:   {[]answer{unknown, whollyUnknown}, []difference{theyUndecided, values}},
	weAsk:        {[]answer{always, never}, []difference{weUndecided, values}},
	weGiveUp:     {[]answer{unknown}, []difference{weUndecided}},
	otherAnswer:  {[]answer{always, never, unknown}, []difference{theyUndecided, weUndecided, values}},
	otherPayload: {nil, []difference{payloads}},
}

// difference is how two answers differ.
type difference uint8

const (
	same difference = iota
	theyUndecided
	weUndecided
	values
	payloads
)

// explains reports whether an effect can show as a difference.
func (e effect) explains(d difference) bool { return slices.Contains(effects[e].shows, d) }

// matches reports whether the SDK answers otherwise somewhere, and whether the flag's answer hangs on it. For a claim
// about filters it also says what the SDK's answer may then be; otherwise may is nil.
func (c *claim) matches(s *subject) (matches bool, may outcomes) {
	switch {
	case c.calls != nil && c.calls(s):
		return true, nil
	case s.value == nil && (c.effect == theyAsk || c.effect == theyGiveUp), s.value != nil && c.effect == weGiveUp:
		return false, nil
	}
	may = s.outcomes(c.struck(s, c.filters))
	delete(may, s.value)
	return len(may) > 0, may
}

// strikes returns the filters that the SDK may answer otherwise, and whether it may answer the call otherwise for
// another reason.
func (c *claim) strikes(s *subject) (filters []struck, call bool) {
	if c.may != nil {
		return c.struck(s, c.may), c.may(s, nil)
	}
	return c.struck(s, c.filters), c.calls != nil && c.calls(s)
}

func (c *claim) struck(s *subject, test func(s *subject, f *filter) bool) (all []struck) {
	if test == nil {
		return nil
	}
	for _, f := range s.filters {
		if test(s, f) {
			all = append(all, struck{[]*filter{f}, c.effect})
		}
	}
	return all
}
