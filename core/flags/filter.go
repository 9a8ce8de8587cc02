package flags

import "github.com/libposthog/libposthog/core/codec"

// filter is one compiled property filter of a condition, or a leaf of a cohort.
type filter struct {
	kind    filterKind
	cause   truth // of undecidable
	negated bool

	// byProperty: whose property, which, and what it must be.
	scope   scope
	slot    int32
	implied implied
	matcher matcher
	// shared is the number that equal filters of person properties have in common, or none.
	shared int32

	// byCohort and byFlag: the node, and what the flag must evaluate to.
	target int32
	wanted wanted
}

type filterKind uint8

const (
	undecidable filterKind = iota
	byProperty
	byCohort
	byFlag
)

// implied names the properties that a user or group has without the caller saying so.
type implied uint8

const (
	nothingImplied implied = iota
	distinctIDImplied
	groupKeyImplied
)

// matcher compares a property that is present with what a filter asks for.
type matcher interface {
	match(e *Evaluation, v codec.Value) truth
}

// match is what a filter found for the user of a run.
type match struct {
	run     uint32
	verdict truth
}

func (e *Evaluation) filter(f *filter) truth {
	var t truth
	switch f.kind {
	case byProperty:
		if f.shared == none {
			t = e.match(f)
			break
		}
		known := &e.matched[f.shared]
		if known.run != e.run {
			*known = match{e.run, e.match(f)}
		}
		t = known.verdict
	case byCohort:
		t = e.member(f.target)
	case byFlag:
		t = e.dependency(f)
	default:
		t = f.cause
	}
	return t.invertedIf(f.negated)
}

// match compares the property that a filter is about. Absence says nothing: the service may know the property from the
// stored person or group.
func (e *Evaluation) match(f *filter) truth {
	if v := e.filtered(f); v != nil {
		return f.matcher.match(e, v)
	}
	return missingProperty
}

// filtered returns the property a filter is about, or nil.
func (e *Evaluation) filtered(f *filter) codec.Value {
	if f.scope.kind == ofPerson {
		v := e.property(&e.person, f.slot)
		if v == nil && f.implied == distinctIDImplied {
			v = e.quotedDistinctID()
		}
		return v
	}
	g := e.group(f.scope.group)
	if !g.given {
		return nil
	}
	v := e.property(&g.properties, f.slot)
	if v == nil && f.implied == groupKeyImplied {
		v = g.key
	}
	return v
}

// quotedDistinctID returns the distinct id as a JSON string.
func (e *Evaluation) quotedDistinctID() codec.Value {
	id := e.user.DistinctID
	if id == "" {
		return nil
	}
	if len(e.quoted) == 0 {
		e.quoted = appendQuoted(e.quoted, id)
	}
	return e.quoted
}

// filterFields are the members of a property filter as they stand in the document.
type filterFields struct {
	key, value, operator, kind, groupIndex, negation, chain codec.Value
}

func readFilter(v codec.Value) filterFields {
	var fields filterFields
	for name, value := range v.Members() {
		switch name {
		case "key":
			fields.key = value
		case "value":
			fields.value = value
		case "operator":
			fields.operator = value
		case "type":
			fields.kind = value
		case "group_type_index":
			fields.groupIndex = value
		case "negation":
			fields.negation = value
		case "dependency_chain":
			fields.chain = value
		}
	}
	return fields
}

// unanswerable is a filter that is unknown for everybody.
func unanswerable(cause truth) filter { return filter{kind: undecidable, cause: cause} }

// filter compiles a filter of a condition that is about scope.
func (p *parser) filter(v codec.Value, within scope) filter {
	if v.Kind() != codec.Object {
		return unanswerable(malformedCondition)
	}
	fields := readFilter(v)
	about := within
	if fields.kind.IsSet() {
		switch kind, _ := fields.kind.Text(); kind {
		case "person":
			about = scope{kind: ofPerson}
		case "group":
			// A group filter without an index of its own takes the condition's; under a person condition there is none.
			if fields.groupIndex.IsSet() {
				about = p.scope(fields.groupIndex)
			} else if within.kind == ofPerson {
				about = scope{kind: ofUnknownGroup}
			}
		case "cohort":
			return p.cohortFilter(&fields)
		case "flag":
			return p.flagFilter(&fields)
		default:
			return unanswerable(unsupportedPropertyType)
		}
	}
	return p.propertyFilter(&fields, about, false)
}

// propertyFilter compiles a filter that looks at a property. inCohort admits the operators that only cohorts have.
func (p *parser) propertyFilter(fields *filterFields, about scope, inCohort bool) filter {
	key, ok := keyText(fields.key)
	if !ok {
		return unanswerable(malformedCondition)
	}
	if about.kind == ofUnknownGroup {
		return unanswerable(unknownGroupType)
	}
	matcher, cause := p.matcher(fields.operator, fields.value, inCohort)
	if matcher == nil {
		return unanswerable(cause)
	}
	f := filter{kind: byProperty, scope: about, slot: p.slot(key), matcher: matcher, shared: none}
	if about.kind == ofPerson {
		f.shared = p.share(key, fields.operator, fields.value)
	}
	switch {
	case about.kind == ofPerson && key == "distinct_id":
		f.implied = distinctIDImplied
	case about.kind == ofGroup && key == "$group_key":
		f.implied = groupKeyImplied
	}
	return f
}

// share numbers what filters of person properties ask for, equal ones alike.
func (p *parser) share(key string, operator, value codec.Value) int32 {
	asked := key + "\x00" + string(operator) + "\x00" + string(value)
	number, known := p.shared[asked]
	if !known {
		number = int32(len(p.shared))
		p.shared[asked] = number
	}
	return number
}

// keyText reads a filter's key: a string, or the number of an older document.
func keyText(v codec.Value) (key string, ok bool) {
	if v.Kind() == codec.Number {
		return string(appendNumber(nil, v)), true
	}
	return v.Text()
}
