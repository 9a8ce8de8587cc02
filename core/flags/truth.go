package flags

// truth is a value of three-valued logic. Everything beyond yes means "unknown" and says why.
type truth uint8

const (
	no truth = iota
	yes

	// Unknown because of the context of the call: another condition may still answer.

	missingProperty
	missingDeviceID
	unknownOperator
	unsupportedPropertyType
	malformedCondition
	invalidFilterValue
	ambiguousValue
	unsupportedPattern
	unknownGroupType
	unknownDependency
	undecidedDependency
	dependencyCycle
	dependencyTooDeep
	experienceContinuity
	unsupportedVersion
	malformedFlag
	unknownFlag
	otherContext

	// Unknown because of the definitions themselves: these make the whole flag undecided.

	unknownCohort
	malformedCohort
	cohortCycle
	cohortTooDeep

	truths
)

// truthOf lifts a boolean.
func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) unknown() bool { return t > yes }

// static reports whether t is unknown for every user.
func (t truth) static() bool { return t >= unknownCohort }

// not inverts a definite answer and keeps an unknown one.
func (t truth) not() truth {
	if t.unknown() {
		return t
	}
	return yes - t
}

// invertedIf inverts a definite answer if negated holds, for operators that come in pairs.
func (t truth) invertedIf(negated bool) truth {
	if negated {
		return t.not()
	}
	return t
}

// and is Kleene's conjunction. Of two unknown operands the static one remains, else the first.
func (t truth) and(u truth) truth {
	switch {
	case t == no || u == no:
		return no
	case t == yes || u.static() && !t.static():
		return u
	}
	return t
}

// or is Kleene's disjunction, with the same preference.
func (t truth) or(u truth) truth {
	switch {
	case t == yes || u == yes:
		return yes
	case t == no && u.unknown() || u.static() && !t.static():
		return u
	}
	return t
}
