package compare

import (
	"encoding/json"
	"maps"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/flags"
	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

// subject is one call as predicates see it: the flag asked for, all that its answer may depend on, and the user.
type subject struct {
	*user
	*definitions
	call  *corpus.Call
	nowMs int64
	// value is libposthog's answer.
	value any

	flags      []object // the flag, and those it depends on
	conditions []condition
	cohorts    object   // by id
	nested     []object // cohorts and the groups inside them
	filters    []*filter
}

// condition is a condition set and the flag it belongs to.
type condition struct {
	object
	flag object
}

// filter is a filter of a condition, or a leaf of a cohort.
type filter struct {
	object
	// condition is what the filter stands in; nil in a cohort. first is true of a condition's first filter.
	condition *condition
	first     bool
	// property is the user's property, if given, for a filter on one.
	property any
	given    bool
}

func newSubject(d *definitions, call *corpus.Call, nowMs int64, ours *corpus.Answer) (*subject, error) {
	u, err := parseUser(call)
	if err != nil {
		return nil, err
	}
	s := &subject{user: u, definitions: d, call: call, nowMs: nowMs, value: decided(ours), cohorts: object{}}
	v := visitor{subject: s, seen: map[string]bool{}}
	v.flag(call.Key)
	return s, nil
}

// visitor collects what a flag's answer may depend on.
type visitor struct {
	*subject
	seen map[string]bool // flags
}

func (v visitor) flag(key string) {
	f := v.definitions.flags[key]
	if f == nil || v.seen[key] {
		return
	}
	v.seen[key] = true
	v.subject.flags = append(v.subject.flags, f)
	for _, c := range objects(member(f, "filters")["groups"]) {
		at := condition{c, f}
		v.conditions = append(v.conditions, at)
		for i, properties := range objects(c["properties"]) {
			v.filter(&filter{object: properties, condition: &at, first: i == 0})
		}
	}
}

func (v visitor) filter(f *filter) {
	v.filters = append(v.filters, f)
	switch f.kind() {
	case "flag":
		for _, key := range texts(f.object["dependency_chain"]) {
			v.flag(key)
		}
	case "cohort":
		id, _ := f.object["value"].(json.Number)
		if c := v.cohort(f.object); c != nil && v.cohorts[string(id)] == nil {
			v.cohorts[string(id)] = c
			v.group(c)
		}
	default:
		f.property, f.given = v.properties(f.object)[textOf(f.object, "key")]
	}
}

func (v visitor) group(g object) {
	v.nested = append(v.nested, g)
	for _, entry := range objects(g["values"]) {
		if isGroup(entry) {
			v.group(entry)
		} else {
			v.filter(&filter{object: entry})
		}
	}
}

// isGroup tells the groups in a cohort from its leaves.
func isGroup(entry object) bool { return entry["values"] != nil }

// properties returns the properties that a filter is about by its own type.
func (s *subject) properties(f object) object {
	if textOf(f, "type") == "group" {
		return member(s.ofType, s.groupType(f["group_type_index"]))
	}
	return s.person
}

func (f *filter) kind() string     { return textOf(f.object, "type") }
func (f *filter) operator() string { return textOf(f.object, "operator") }
func (f *filter) value() any       { return f.object["value"] }

// aggregation returns the group type index that a condition goes by, nil for persons. Its own counts where it is
// present, also as null.
func (c condition) aggregation() any {
	if own, present := c.object["aggregation_group_type_index"]; present {
		return own
	}
	return member(c.flag, "filters")["aggregation_group_type_index"]
}

// groupIndexes returns the group types that the flag, or one it depends on, is rolled out by.
func (s *subject) groupIndexes() (indexes []any) {
	for _, f := range s.flags {
		indexes = append(indexes, member(f, "filters")["aggregation_group_type_index"])
	}
	for i := range s.conditions {
		indexes = append(indexes, s.conditions[i].aggregation())
	}
	return indexes
}

// evaluate returns libposthog's answer to a flag of the document, as the document stands while something in it is
// changed: nil for undecided.
func (s *subject) evaluate(key string) any {
	compiled, err := flags.Parse(codec.Value(s.excerpt()))
	if err != nil {
		return nil
	}
	return s.answer(compiled, s.call, key)
}

func (s *subject) answer(compiled *flags.Definitions, call *corpus.Call, key string) any {
	u := flags.User{
		DistinctID: call.DistinctID, Groups: codec.Value(call.Groups),
		PersonProperties: codec.Value(call.PersonProperties), GroupProperties: codec.Value(call.GroupProperties),
	}
	return plain(json.RawMessage(compiled.Evaluate(&u, s.nowMs).Flag(key).Value))
}

// excerpt writes the document without the flags and cohorts that this one does not depend on.
func (s *subject) excerpt() json.RawMessage {
	document := maps.Clone(s.document)
	document["flags"] = s.flags
	document["cohorts"] = s.cohorts
	return marshal(document)
}
