package flags

import (
	"github.com/libposthog/libposthog/core/codec"
)

// User is whom flags are evaluated for. The objects are JSON as the caller sent it; nil and null mean none.
type User struct {
	DistinctID string
	DeviceID   string
	// Groups holds a key for each group type, GroupProperties an object for each.
	Groups           codec.Value
	PersonProperties codec.Value
	GroupProperties  codec.Value
}

// Result is the answer to one flag. Its values share memory with the Definitions: read them, never change them.
type Result struct {
	// Value is true, false, or a JSON string: a variant, or "holdout-" and the holdout's id. It is nil when the flag is
	// undecided.
	Value codec.Value
	// Payload is the value's payload as JSON, or nil.
	Payload codec.Value
	// Reason is one of the Reason constants.
	Reason string
	// ConditionIndex tells which condition answered or left the flag undecided, or -1.
	ConditionIndex int
	// ID and Version are the definition's own integers, or nil where it has none.
	ID, Version codec.Value
	// HasExperiment is true, false, or nil where the definition does not say.
	HasExperiment codec.Value
	// ClientOnly marks a flag for client SDKs: the service does not return it to a server, so that asking for an
	// undecided one is in vain.
	ClientOnly bool
}

// Evaluation answers flags of one Definitions for one user at one instant; what flags and cohorts share is computed
// once. It is not safe for concurrent use. The zero value is ready for [Evaluation.Start], which also reuses the
// memory of an earlier evaluation. It refers to the memory of the User's values until the next Start.
type Evaluation struct {
	definitions *Definitions
	user        User
	nowMs       int64

	// run stamps what belongs to the current Start, so that nothing needs to be cleared in between.
	run  uint32
	memo []outcome // by node: the flags, then the cohorts; filled where flags or cohorts lean on each other

	person       propertySet
	groups       []group
	groupsLoaded bool
	deviceID     identity

	// matched remembers, by filter, what was found for this user: many flags ask for the same.
	matched []match
	places  positions

	// Scratch memory: a property's text, the same in lower case, and the quoted distinct id.
	text, folded, quoted []byte
}

// outcome is what became of a flag or cohort.
type outcome struct {
	run       uint32
	verdict   truth
	reason    string // of a definite verdict
	variant   int32  // the variant of a yes, or one of the constants below
	condition int32
}

// What a yes stands for if not for a variant.
const (
	plainTrue = -1 - iota
	heldOut
)

// Evaluate prepares the evaluation of flags for user at the instant nowMs, in Unix milliseconds.
func (d *Definitions) Evaluate(user *User, nowMs int64) *Evaluation {
	e := new(Evaluation)
	e.Start(d, user, nowMs)
	return e
}

// Start makes e answer for another user, instant or Definitions.
func (e *Evaluation) Start(d *Definitions, user *User, nowMs int64) {
	e.definitions, e.user, e.nowMs = d, *user, nowMs
	if e.run++; e.run == 0 {
		// The counter went round: old stamps could pass for new ones.
		*e = Evaluation{definitions: d, user: *user, nowMs: nowMs, run: 1}
	}
	if missing := d.matchers - len(e.matched); missing > 0 {
		e.matched = append(e.matched, make([]match, missing)...)
	}
	e.person.reset(user.PersonProperties)
	e.groupsLoaded = false
	e.deviceID = identity{}
	e.quoted = e.quoted[:0]
}

// Forget lets go of the user and the Definitions, and keeps the memory.
func (e *Evaluation) Forget() {
	e.definitions, e.user, e.deviceID = nil, User{}, identity{}
	e.person.reset(nil)
	for i := range e.groups {
		g := &e.groups[i]
		g.key, g.identity = nil, identity{}
		g.properties.reset(nil)
	}
}

// Flag evaluates one flag.
func (e *Evaluation) Flag(key string) Result {
	d := e.definitions
	i, ok := d.index[key]
	if !ok {
		return Result{Reason: ReasonUnknownFlag, ConditionIndex: none}
	}
	if !d.sees(i, inOtherContext) {
		return Result{Reason: ReasonOtherContext, ConditionIndex: none}
	}
	return e.At(int(i))
}

// At evaluates the flag at a place that [Definitions.All] gave.
func (e *Evaluation) At(place int) Result {
	f := &e.definitions.flags[place]
	o := e.settle(int32(place))
	result := Result{
		Reason: o.reason, ConditionIndex: int(o.condition),
		ID: f.id, Version: f.version,
		HasExperiment: f.hasExperiment, ClientOnly: f.runtime == runtimeClient,
	}
	switch {
	case o.verdict.unknown():
		result.Reason = unknownReasons[o.verdict]
	case o.verdict == no:
		result.Value = jsonFalse
	default:
		result.Value, result.Payload = f.answer(o.variant)
	}
	return result
}

// Value is the Value of Flag alone.
func (e *Evaluation) Value(key string) codec.Value {
	i, ok := e.definitions.index[key]
	if !ok || !e.definitions.sees(i, inOtherContext) {
		return nil
	}
	return e.ValueAt(int(i))
}

// ValueAt is the Value of At alone.
func (e *Evaluation) ValueAt(place int) codec.Value {
	if f := &e.definitions.flags[place]; f.ordinary {
		return e.ordinaryValue(f)
	}
	switch o := e.settle(int32(place)); {
	case o.verdict.unknown():
		return nil
	case o.verdict == no:
		return jsonFalse
	default:
		return e.definitions.flags[place].value(o.variant)
	}
}

// settle decides a flag, unless that was done already.
func (e *Evaluation) settle(place int32) outcome {
	if memo := e.recall(place); memo != nil && memo.run == e.run {
		return *memo
	}
	o := e.decide(&e.definitions.flags[place])
	e.remember(place, o)
	return o
}

var (
	jsonTrue  = codec.Value("true")
	jsonFalse = codec.Value("false")
)

// answer returns the value of a yes and its payload.
func (f *flag) answer(variant int32) (value, payload codec.Value) {
	value = f.value(variant)
	if len(f.payloads) == 0 {
		return value, nil
	}
	switch variant {
	case plainTrue:
		return value, f.payload(payloadOfTrue)
	case heldOut:
		return value, f.payload(f.holdout.name)
	}
	return value, f.payload(f.variants[variant].key)
}

func (f *flag) value(variant int32) codec.Value {
	switch variant {
	case plainTrue:
		return jsonTrue
	case heldOut:
		return f.holdout.value
	}
	return f.variants[variant].value
}

// recall returns the memory of a node, or nil while nothing of this evaluation is shared.
func (e *Evaluation) recall(node int32) *outcome {
	if int(node) < len(e.memo) {
		return &e.memo[node]
	}
	return nil
}

func (e *Evaluation) remember(node int32, o outcome) {
	if memo := e.recall(node); memo != nil {
		o.run = e.run
		*memo = o
	}
}

// share returns the memory of a node that something else leans on.
func (e *Evaluation) share(node int32) *outcome {
	if nodes := len(e.definitions.flags) + len(e.definitions.cohorts); len(e.memo) < nodes {
		e.memo = append(e.memo, make([]outcome, nodes-len(e.memo))...)
	}
	return &e.memo[node]
}

// decide goes through the steps of one flag in the service's order.
func (e *Evaluation) decide(f *flag) outcome {
	if !f.active {
		return outcome{verdict: no, reason: ReasonDisabled, condition: none}
	}
	if f.undecided.unknown() {
		return outcome{verdict: f.undecided, condition: none}
	}
	if f.enrollment != none {
		return e.enrolled(f)
	}
	if held := e.held(f); held != no {
		return outcome{verdict: held, reason: ReasonHoldout, variant: heldOut, condition: none}
	}
	return e.conditions(f)
}

// enrolled answers for an early-access feature from the user's own choice.
func (e *Evaluation) enrolled(f *flag) outcome {
	o := outcome{reason: ReasonFeatureEnrollment, variant: plainTrue, condition: none}
	choice := e.property(&e.person, f.enrollment)
	switch choice.Kind() {
	case codec.Absent:
		o.verdict = missingProperty
	case codec.Bool, codec.String:
		o.verdict = truthOf(string(e.textOf(choice)) == "true")
	}
	return o
}
