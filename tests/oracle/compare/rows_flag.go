package compare

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

// groupWithoutKey: an empty key names no group in the service. The SDKs take it for one.
func groupWithoutKey(s *subject) bool {
	return slices.ContainsFunc(s.emptyGroups(), func(name string) bool {
		return s.dependsOn(func(call *corpus.Call, key string) {
			groups := maps.Clone(s.user.groups)
			groups[name] = key
			call.Groups = marshal(groups)
		})
	})
}

func mayLackGroupKey(s *subject, f *filter) bool { return f == nil && len(s.emptyGroups()) > 0 }

// emptyGroups returns the group types that the flag is about and whose group has an empty key.
func (s *subject) emptyGroups() (names []string) {
	for _, index := range s.groupIndexes() {
		if name := s.groupType(index); s.user.groups[name] == "" {
			names = append(names, name)
		}
	}
	return names
}

// personFilterInGroup: a filter reads the properties its own type names. The SDKs give every filter of a condition the
// properties that the condition is about.
func personFilterInGroup(_ *subject, f *filter) bool {
	return f.condition != nil && f.condition.aggregation() != nil && (f.kind() == "person" || f.kind() == "cohort")
}

// personConditionInGroupFlag: null means persons, so the distinct id is rolled out. The SDKs keep the group's key and,
// for the filters, the group's properties.
func personConditionInGroupFlag(s *subject) bool {
	return s.differsByGroup(slices.DeleteFunc(slices.Clone(s.conditions), func(c condition) bool {
		return !c.isOfPersonsInGroupFlag()
	}))
}

// differsByGroup reports whether libposthog would answer otherwise if the conditions went by their flag's group.
func (s *subject) differsByGroup(conditions []condition) (differs bool) {
	if len(conditions) == 0 {
		return s.evaluate(s.call.Key) != s.value
	}
	first := conditions[0]
	index := member(first.flag, "filters")["aggregation_group_type_index"]
	s.while(first.object, object{"aggregation_group_type_index": index}, func() {
		differs = s.differsByGroup(conditions[1:])
	})
	return differs
}

func filterOfPersonsInGroupFlag(_ *subject, f *filter) bool {
	return f.condition != nil && f.condition.isOfPersonsInGroupFlag()
}

func mayBePersonsInGroupFlag(s *subject, f *filter) bool {
	if f != nil {
		return filterOfPersonsInGroupFlag(s, f)
	}
	return slices.ContainsFunc(s.conditions, condition.isOfPersonsInGroupFlag)
}

func (c condition) isOfPersonsInGroupFlag() bool {
	return c.aggregation() == nil && member(c.flag, "filters")["aggregation_group_type_index"] != nil
}

// unknownGroupType: the group type may be newer than the definitions, so that nobody knows whom the condition is about;
// its filters may settle it all the same. The SDKs pass over such a condition, and ask for a flag that is altogether
// about such a group.
func unknownGroupType(s *subject) bool {
	if s.value != nil && s.isUnknownGroup(s.definitions.flags[s.call.Key]) {
		return true
	}
	passedOver := object{"aggregation_group_type_index": nil, "properties": []object{never.members()}}
	return slices.ContainsFunc(s.conditions, func(c condition) bool {
		return s.isOfUnknownGroup(c) && s.changes(c.object, passedOver)
	})
}

func dependencyOnUnknownGroup(s *subject, f *filter) bool {
	return f.kind() == "flag" && slices.ContainsFunc(texts(f.object["dependency_chain"]), func(key string) bool {
		return s.isUnknownGroup(s.definitions.flags[key])
	})
}

func mayBeUnknownGroupType(s *subject, f *filter) bool {
	if f != nil {
		return dependencyOnUnknownGroup(s, f)
	}
	return slices.ContainsFunc(s.conditions, s.isOfUnknownGroup)
}

// isUnknownGroup reports whether an active flag is about groups of a type that the document does not name.
func (s *subject) isUnknownGroup(flag object) bool {
	index := member(flag, "filters")["aggregation_group_type_index"]
	return isTrue(flag["active"]) && index != nil && s.groupType(index) == ""
}

func (s *subject) isOfUnknownGroup(c condition) bool {
	own := c.object["aggregation_group_type_index"]
	return own != nil && s.groupType(own) == ""
}

// dependencyOnGroups: a flag that others depend on is evaluated as if it were asked for. Python evaluates it with the
// identity and the properties of the condition that depends on it, and without groups; and what one condition made of
// it, the next ones take over.
func dependencyOnGroups(s *subject, f *filter) bool {
	return f.kind() == "flag" && slices.ContainsFunc(texts(f.object["dependency_chain"]), func(key string) bool {
		return s.isRolledOutByGroup(key) || s.isAskedForByGroup(key)
	})
}

// isAskedForByGroup reports whether a condition about groups depends on a flag.
func (s *subject) isAskedForByGroup(key string) bool {
	return slices.ContainsFunc(s.filters, func(f *filter) bool {
		return f.kind() == "flag" && f.condition.aggregation() != nil &&
			slices.Contains(texts(f.object["dependency_chain"]), key)
	})
}

func (s *subject) isRolledOutByGroup(key string) bool {
	return slices.ContainsFunc(s.conditions, func(c condition) bool {
		return textOf(c.flag, "key") == key && c.aggregation() != nil
	})
}

// undecidedInChain: only the flag depended on must be decided. The SDKs want every flag of its chain decided.
func undecidedInChain(s *subject, f *filter) bool {
	return f.kind() == "flag" && slices.ContainsFunc(texts(f.object["dependency_chain"]), func(key string) bool {
		return s.evaluate(key) == nil
	})
}

// mayBeUndecidedInChain: what another row strikes may leave undecided a flag that the answer does not hang on.
func mayBeUndecidedInChain(_ *subject, f *filter) bool {
	return f != nil && f.kind() == "flag" && len(texts(f.object["dependency_chain"])) > 1
}

// unknownCohortWithin: a cohort that is settled whatever the unknown one is, is settled. In the SDKs an unknown cohort
// leaves the flag undecided wherever it is met, also in a flag depended on.
func unknownCohortWithin(s *subject, f *filter) bool {
	isUnknown := func(group object) bool { return group == nil }
	return s.meets(f, isUnknown) && (f.kind() == "flag" || s.cohort(f.object) != nil)
}

// unknownCohortLater: an unknown cohort leaves the whole flag undecided. In the SDKs it does so only as the first
// unknown of its condition.
func unknownCohortLater(s *subject, f *filter) bool {
	isUnknown := func(group object) bool { return group == nil }
	return f.kind() == "cohort" && f.condition != nil && !f.first && s.meets(f, isUnknown)
}

// mixedCohort: each entry of a cohort is what it is. Node takes all for what the first one is.
func mixedCohort(s *subject, f *filter) bool {
	return s.meets(f, func(group object) bool {
		entries := objects(group["values"])
		groups := 0
		for _, entry := range entries {
			if isGroup(entry) {
				groups++
			}
		}
		return groups > 0 && groups < len(entries)
	})
}

// meets reports whether evaluating a filter may come to a cohort, or a group in one, of which the test is true: nil
// stands for a cohort that the document does not have.
func (s *subject) meets(f *filter, test func(group object) bool) bool {
	switch f.kind() {
	case "cohort":
		return s.contains(s.cohort(f.object), test)
	case "flag":
		return slices.ContainsFunc(s.filters, func(f *filter) bool { return f.kind() == "cohort" && s.meets(f, test) })
	}
	return false
}

func (s *subject) contains(group object, test func(group object) bool) bool {
	return test(group) || slices.ContainsFunc(objects(group["values"]), func(entry object) bool {
		return isGroup(entry) && s.contains(entry, test) ||
			textOf(entry, "type") == "cohort" && s.contains(s.cohort(entry), test)
	})
}

// enrollment: who chose an early-access feature has it, who left it has not. Node looks at the conditions only.
func enrollment(s *subject) bool {
	return slices.ContainsFunc(s.flags, isEnrollment)
}

// enrollmentOfGroupFlag: the choice is the person's, also in a group flag. Python asks there, or answers no where the
// group is not given.
func enrollmentOfGroupFlag(s *subject) bool {
	return slices.ContainsFunc(s.flags, func(f object) bool {
		return isEnrollment(f) && member(f, "filters")["aggregation_group_type_index"] != nil
	})
}

func isEnrollment(f object) bool {
	return isTrue(f["active"]) && isTrue(member(f, "filters")["feature_enrollment"])
}

// longDistinctID: the service cuts ids of more than 200 bytes down to 200 characters. The SDKs hash all of it.
func longDistinctID(s *subject) bool {
	return len(s.distinctID) > 200 && s.dependsOn(func(call *corpus.Call, id string) { call.DistinctID = id })
}

func mayBeLong(s *subject, f *filter) bool { return f == nil && len(s.distinctID) > 200 }

// payloadOfFalse: what is off has no payload. Python returns the one stored under "false".
func payloadOfFalse(s *subject) bool { return s.value == false && s.payload("false") != nil }

// payloadNoJSON: what is no JSON is no payload. Node returns the text.
func payloadNoJSON(s *subject) bool {
	name, isVariant := s.value.(string)
	if !isVariant {
		name = "true"
	}
	text, _ := s.payload(name).(string)
	return s.value != nil && s.value != false && text != "" && !json.Valid([]byte(text))
}

func (s *subject) payload(value string) any {
	return member(member(s.definitions.flags[s.call.Key], "filters"), "payloads")[value]
}
