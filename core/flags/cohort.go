package flags

import "github.com/libposthog/libposthog/core/codec"

// propertyGroup is a cohort, or a group within one.
type propertyGroup struct {
	cause   truth // yes, or why the group is unknown
	any     bool  // OR instead of AND
	entries []cohortEntry
}

// cohortEntry is a group or, where that is nil, a leaf.
type cohortEntry struct {
	group *propertyGroup
	leaf  filter
}

// member answers whether the user belongs to a cohort.
func (e *Evaluation) member(cohort int32) truth {
	d := e.definitions
	memo := e.share(int32(len(d.flags)) + cohort)
	if memo.run != e.run {
		*memo = outcome{run: e.run, verdict: e.propertyGroup(&d.cohorts[cohort])}
	}
	return memo.verdict
}

func (e *Evaluation) propertyGroup(g *propertyGroup) truth {
	if g.cause.unknown() {
		return g.cause
	}
	result := truthOf(!g.any)
	for i := range g.entries {
		entry := &g.entries[i]
		var t truth
		if entry.group != nil {
			t = e.propertyGroup(entry.group)
		} else {
			t = e.filter(&entry.leaf)
		}
		if g.any {
			result = result.or(t)
		} else {
			result = result.and(t)
		}
		if result == truthOf(g.any) {
			return result
		}
	}
	return result
}

// cohorts compiles the document's cohorts.
func (p *parser) cohorts(cohorts codec.Value) {
	for id, v := range cohorts.Members() {
		compiled := *p.propertyGroup(v)
		if i, repeated := p.cohortIDs[id]; repeated {
			p.d.cohorts[i] = compiled
			continue
		}
		p.cohortIDs[id] = int32(len(p.d.cohorts))
		p.d.cohorts = append(p.d.cohorts, compiled)
	}
}

// propertyGroup compiles a group. {} is the group that everybody belongs to.
func (p *parser) propertyGroup(v codec.Value) *propertyGroup {
	g := &propertyGroup{cause: yes}
	if v.Kind() != codec.Object {
		g.cause = malformedCohort
		return g
	}
	if isEmpty(v) {
		return g
	}
	values := v.Get("values")
	switch kind, _ := v.Get("type").Text(); kind {
	case "OR":
		g.any = true
	case "AND", "property":
	default:
		g.cause = malformedCohort
	}
	if values.Kind() != codec.Array {
		g.cause = malformedCohort
	}
	for value := range values.Elements() {
		g.entries = append(g.entries, p.cohortEntry(value))
	}
	return g
}

func (p *parser) cohortEntry(v codec.Value) cohortEntry {
	if v.Kind() != codec.Object {
		return cohortEntry{leaf: unanswerable(malformedCohort)}
	}
	if isEmpty(v) || v.Get("values") != nil {
		return cohortEntry{group: p.propertyGroup(v)}
	}
	return cohortEntry{leaf: p.cohortLeaf(v)}
}

// cohortLeaf compiles a leaf. Whatever condition the cohort stands in, its leaves are about the person.
func (p *parser) cohortLeaf(v codec.Value) filter {
	fields := readFilter(v)
	negated, isBool := fields.negation.Bool()
	if fields.negation.IsSet() && !isBool {
		return unanswerable(malformedCondition)
	}
	var f filter
	switch kind, isText := fields.kind.Text(); {
	case !fields.kind.IsSet() || isText && kind == "person":
		f = p.propertyFilter(&fields, scope{kind: ofPerson}, true)
	case kind == "cohort":
		f = p.cohortFilter(&fields)
	case kind == "flag":
		f = p.flagFilter(&fields)
	default:
		return unanswerable(unsupportedPropertyType)
	}
	f.negated = f.negated != negated
	return f
}

// cohortFilter compiles a filter about membership in a cohort.
func (p *parser) cohortFilter(fields *filterFields) filter {
	negated := false
	if fields.operator.IsSet() {
		switch operator, _ := fields.operator.Text(); operator {
		case "in", "exact":
		case "not_in":
			negated = true
		default:
			return unanswerable(unknownOperator)
		}
	}
	if !fields.value.IsSet() {
		return unanswerable(unknownCohort)
	}
	id := string(appendText(nil, fields.value))
	return filter{kind: byCohort, target: p.refer(id), negated: negated}
}

// isEmpty reports whether an object has no members.
func isEmpty(object codec.Value) bool {
	for range object.Members() {
		return false
	}
	return true
}
