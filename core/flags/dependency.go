package flags

import "github.com/libposthog/libposthog/core/codec"

// wanted is what a flag must evaluate to for another one that depends on it.
type wanted struct {
	kind    wantedKind
	variant string
}

type wantedKind uint8

const (
	wantNothing wantedKind = iota // a value no flag can have
	wantOff
	wantOn // any variant will do
	wantVariant
)

// dependency answers whether another flag evaluates to what a filter wants. The other flag is evaluated in full, for
// the same user.
func (e *Evaluation) dependency(f *filter) truth {
	o := e.target(f.target)
	if o.verdict.unknown() {
		return undecidedDependency
	}
	switch f.wanted.kind {
	case wantOff:
		return o.verdict.not()
	case wantOn:
		return o.verdict
	case wantVariant:
		return truthOf(o.verdict == yes && e.definitions.flags[f.target].isNamed(o.variant, f.wanted.variant))
	}
	return no
}

// target evaluates a flag that others depend on. One that is out of sight counts as false.
func (e *Evaluation) target(node int32) outcome {
	if !e.definitions.sees(node, inOtherContext|inOtherRuntime) {
		return outcome{verdict: no}
	}
	memo := e.share(node)
	if memo.run != e.run {
		o := e.decide(&e.definitions.flags[node])
		o.run = e.run
		*memo = o
	}
	return *memo
}

// isNamed reports whether a yes stands for the variant or holdout of that name.
func (f *flag) isNamed(variant int32, name string) bool {
	switch variant {
	case plainTrue:
		return false
	case heldOut:
		return f.holdout.name == name
	}
	return f.variants[variant].key == name
}

// flagFilter compiles a filter about another flag. Without a chain the service did not resolve the reference, or found
// a cycle.
func (p *parser) flagFilter(fields *filterFields) filter {
	if operator, _ := fields.operator.Text(); operator != "flag_evaluates_to" {
		return unanswerable(unknownOperator)
	}
	key, ok := keyText(fields.key)
	if !ok || key == "" || fields.chain.IsSet() && fields.chain.Kind() != codec.Array {
		return unanswerable(malformedCondition)
	}
	if !fields.value.IsSet() {
		return unanswerable(invalidFilterValue)
	}
	chained := false
	for range fields.chain.Elements() {
		chained = true
		break
	}
	if !chained {
		return unanswerable(unknownDependency)
	}
	f := filter{kind: byFlag, target: p.refer(key)}
	switch fields.value.Kind() {
	case codec.Bool:
		f.wanted.kind = wantOff
		if isTrue(fields.value) {
			f.wanted.kind = wantOn
		}
	case codec.String:
		f.wanted.kind = wantVariant
		f.wanted.variant, _ = fields.value.Text()
	}
	return f
}
