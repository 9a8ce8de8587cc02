package corpus

import (
	"slices"
	"strconv"
)

// groupTypes are the types of groups by their index.
var groupTypes = []string{"company", "project"}

// unknownGroup is a group type index that no document has.
const unknownGroup = 7

// made is what later flags need to know of an earlier one to depend on it.
type made struct {
	key      string
	variants []string
	chain    []string // the flags it depends on, dependencies first, itself last
}

// flag draws one flag, which may depend on earlier ones. Many are about nothing but one filter, so that what the filter
// says is the answer.
func (r random) flag(key string, earlier []made) (object, made) {
	m := made{key: key}
	if r.chance(35) {
		m.chain = []string{key}
		f := r.filter(personProperties)
		f["type"] = "person"
		only := object{"properties": []any{f}, "rollout_percentage": 100}
		return object{"key": key, "active": true, "filters": object{"groups": []any{only}}}, m
	}
	filters := object{}
	if r.chance(35) {
		filters["multivariate"], m.variants = r.variants()
	}
	if r.chance(18) {
		filters["aggregation_group_type_index"] = r.groupType()
	}
	var conditions []any
	for range draw(r, []weighted[int]{{50, 1}, {30, 2}, {20, 3}}) {
		conditions = append(conditions, r.condition(filters, &m, earlier))
	}
	filters["groups"] = conditions
	m.chain = append(m.chain, key)
	if r.chance(35) {
		filters["payloads"] = r.payloads(m.variants)
	}
	if r.chance(12) {
		filters["early_exit"] = true
	}
	if r.chance(4) {
		filters["holdout"] = object{"id": 1 + r.IntN(9), "exclusion_percentage": oneOf(r, 10, 50, 100)}
	}
	if r.chance(3) {
		filters["feature_enrollment"] = true
	}
	return object{
		"key": key, "active": !r.chance(6), "ensure_experience_continuity": r.chance(2), "filters": filters,
	}, m
}

// groupType draws a group type index, rarely one that does not exist.
func (r random) groupType() int {
	if r.chance(4) {
		return unknownGroup
	}
	return r.IntN(len(groupTypes))
}

// variants draws a split: even, uneven, with decimals, or one that does not reach 100.
func (r random) variants() (multivariate object, keys []string) {
	split := oneOf(r, []any{50, 50}, []any{33.33, 33.33, 33.34}, []any{12.5, 87.5}, []any{10, 20, 30}, []any{0, 100})
	var variants []any
	for i, percentage := range split {
		key := oneOf(r, "control", "test", "größer") + "-" + strconv.Itoa(i)
		keys = append(keys, key)
		variants = append(variants, object{"key": key, "rollout_percentage": percentage})
	}
	return object{"variants": variants}, keys
}

// payloads draws payloads for what the flag can answer, some of them for what it cannot.
func (r random) payloads(variants []string) object {
	payloads := object{}
	for _, value := range append([]string{"true"}, variants...) {
		payloads[value] = draw(r, []weighted[string]{
			{4, `{"color":"blue","sizes":[1,2.5],"ünï":null}`}, {2, `"text"`}, {2, "42"}, {1, "0"}, {1, "false"},
			{1, "[]"}, {1, `""`}, {1, ""}, {1, "plain text"},
		})
	}
	if r.chance(15) {
		payloads["false"] = `"off"`
	}
	return payloads
}

// condition draws one condition set of a flag.
func (r random) condition(filters object, m *made, earlier []made) object {
	c := object{}
	switch r.IntN(5) {
	case 0:
		c["rollout_percentage"] = nil
	case 1, 2:
		c["rollout_percentage"] = 100
	default:
		c["rollout_percentage"] = oneOf[any](r, 0, 1, 20, 50, 80, 99, 12.5, 33.33, 66.67)
	}
	if m.variants != nil && r.chance(20) {
		c["variant"] = oneOf(r, append([]string{"gone"}, m.variants...)...)
	}
	aggregation, isGroupFlag := filters["aggregation_group_type_index"]
	switch {
	case isGroupFlag && r.chance(5):
		aggregation = nil
		c["aggregation_group_type_index"] = nil
	case !isGroupFlag && r.chance(10):
		aggregation = r.groupType()
		c["aggregation_group_type_index"] = aggregation
	}
	properties := []any{}
	for range draw(r, []weighted[int]{{20, 0}, {45, 1}, {25, 2}, {10, 3}}) {
		properties = append(properties, r.conditionFilter(aggregation, m, earlier))
	}
	c["properties"] = properties
	return c
}

// conditionFilter draws a filter of a condition about persons, where aggregation is nil, or about groups.
func (r random) conditionFilter(aggregation any, m *made, earlier []made) object {
	cohorts := 4
	if aggregation == nil {
		cohorts = 15
	}
	switch {
	case len(earlier) > 0 && r.chance(10):
		return r.dependency(m, earlier)
	case r.chance(cohorts):
		return r.cohortFilter()
	case aggregation == nil || r.chance(6):
		f := r.filter(personProperties)
		f["type"] = "person"
		return f
	}
	f := r.filter(groupProperties)
	f["type"], f["group_type_index"] = "group", aggregation
	return f
}

// dependency draws a filter on the value of an earlier flag.
func (r random) dependency(m *made, earlier []made) object {
	target := oneOf(r, earlier...)
	for _, key := range target.chain {
		if !slices.Contains(m.chain, key) {
			m.chain = append(m.chain, key)
		}
	}
	values := []any{true, true, false}
	for _, variant := range target.variants {
		values = append(values, variant)
	}
	return object{
		"key": target.key, "type": "flag", "operator": "flag_evaluates_to", "value": oneOf(r, values...),
		"dependency_chain": target.chain,
	}
}
