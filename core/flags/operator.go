package flags

import "github.com/libposthog/libposthog/core/codec"

// matcher compiles an operator and what it compares with. If nobody's property can be compared with that, matcher is
// nil and cause says why. inCohort admits the operators that only cohorts have.
func (p *parser) matcher(operator, value codec.Value, inCohort bool) (m matcher, cause truth) {
	name := "exact"
	if operator.IsSet() {
		var ok bool
		if name, ok = operator.Text(); !ok {
			return nil, unknownOperator
		}
	}
	m, known := p.match(name, value, inCohort)
	switch {
	case !known:
		return nil, unknownOperator
	case m == nil:
		return nil, invalidFilterValue
	}
	return m, yes
}

// match is the table of operators. m is nil where the operator is known but the filter's value does not fit it.
func (p *parser) match(operator string, value codec.Value, inCohort bool) (m matcher, known bool) {
	switch operator {
	case "is_set":
		return presence{}, true
	case "is_not_set":
		return presence{negated: true}, true
	}
	m, known = p.compare(operator, value, inCohort)
	if !value.IsSet() {
		m = nil
	}
	return m, known
}

// compare is the part of the table whose operators need a value to compare with.
func (p *parser) compare(operator string, value codec.Value, inCohort bool) (m matcher, known bool) {
	switch operator {
	case "exact":
		return newExact(value, p.explicit, false), true
	case "is_not":
		return newExact(value, p.explicit, true), true
	case "icontains":
		return newContain(anywhere, value, false), true
	case "not_icontains":
		return newContain(anywhere, value, true), true
	case "starts_with":
		return newContain(atStart, value, false), true
	case "not_starts_with":
		return newContain(atStart, value, true), true
	case "ends_with":
		return newContain(atEnd, value, false), true
	case "not_ends_with":
		return newContain(atEnd, value, true), true
	case "icontains_multi":
		return newContainMulti(value, false), true
	case "not_icontains_multi":
		return newContainMulti(value, true), true
	case "regex":
		return p.newPattern(value, false), true
	case "not_regex":
		return p.newPattern(value, true), true
	case "gt":
		return newNumber(above, value), true
	case "gte", "min":
		return newNumber(atLeast, value), true
	case "lt":
		return newNumber(below, value), true
	case "lte", "max":
		return newNumber(atMost, value), true
	case "between":
		return newRange(value, false), inCohort
	case "not_between":
		return newRange(value, true), inCohort
	case "is_date_before":
		return newDate(below, value), true
	case "is_date_after":
		return newDate(above, value), true
	case "is_date_exact":
		return newDate(equal, value), true
	}
	return compareVersions(operator, value)
}

// compareVersions is the part of the table about semantic versions.
func compareVersions(operator string, value codec.Value) (m matcher, known bool) {
	switch operator {
	case "semver_eq":
		return newVersion(equal, value), true
	case "semver_neq":
		return newVersion(unequal, value), true
	case "semver_gt":
		return newVersion(above, value), true
	case "semver_gte":
		return newVersion(atLeast, value), true
	case "semver_lt":
		return newVersion(below, value), true
	case "semver_lte":
		return newVersion(atMost, value), true
	case "semver_tilde":
		return newRequirement(tilde, value), true
	case "semver_caret":
		return newRequirement(caret, value), true
	case "semver_wildcard":
		return newRequirement(wildcard, value), true
	}
	return nil, false
}

// order is what a comparison must find.
type order uint8

const (
	equal order = iota
	unequal
	below
	atMost
	above
	atLeast
)

// holds reports whether the outcome of a three-way comparison is what was asked for.
func (o order) holds(comparison int) truth {
	switch o {
	case equal:
		return truthOf(comparison == 0)
	case unequal:
		return truthOf(comparison != 0)
	case below:
		return truthOf(comparison < 0)
	case atMost:
		return truthOf(comparison <= 0)
	case above:
		return truthOf(comparison > 0)
	}
	return truthOf(comparison >= 0)
}
