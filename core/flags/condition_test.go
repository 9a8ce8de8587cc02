package flags

import "testing"

// Filters for tests of how answers combine, given the person below.
const (
	fT      = `{"key":"yes","value":"1"}`
	fF      = `{"key":"no","value":"1"}`
	fU      = `{"key":"gone","value":"1"}`
	fStatic = `{"type":"cohort","value":404}`

	person = `{"yes":"1","no":"2"}`
)

func groups(conditions ...string) string {
	list := ""
	for i, c := range conditions {
		if i > 0 {
			list += ","
		}
		list += `{` + c + `}`
	}
	return `"groups":[` + list + `]`
}

func properties(filters ...string) string {
	list := ""
	for i, f := range filters {
		if i > 0 {
			list += ","
		}
		list += f
	}
	return `"properties":[` + list + `]`
}

func TestConditions(t *testing.T) {
	flagOf := func(filters string) string { return document(simple("f", filters)) }
	c := call{person: person}
	runFlagCases(t, []flagCase{
		{"no conditions", flagOf(`"groups":[]`), c, "F", ReasonNoConditionMatch},
		{"null conditions", flagOf(`"groups":null`), c, "F", ReasonNoConditionMatch},
		{"absent conditions", flagOf(``), c, "F", ReasonNoConditionMatch},
		{"conditions of another type", flagOf(`"groups":{}`), c, "U", ReasonMalformedFlag},
		{"a condition of another type", flagOf(`"groups":[1]`), c, "U", ReasonMalformedCondition},
		{"a condition of another type beside one that matches", flagOf(`"groups":[1,{}]`), c, "T", ""},
		{"no filters", flagOf(groups(`"properties":[]`)), c, "T", ReasonConditionMatch},
		{"null filters", flagOf(groups(`"properties":null`)), c, "T", ""},
		{"filters of another type", flagOf(groups(`"properties":{}`)), c, "U", ReasonMalformedCondition},
		{"a filter of another type", flagOf(groups(properties(`1`))), c, "U", ReasonMalformedCondition},
		{"unknown fields are ignored", flagOf(groups(`"sort_key":"x","users_affected":3,"description":null`)), c, "T", ""},

		{"all filters match", flagOf(groups(properties(fT, fT))), c, "T", ReasonConditionMatch},
		{"one does not", flagOf(groups(properties(fT, fF))), c, "F", ReasonNoConditionMatch},
		{"one is unknown", flagOf(groups(properties(fT, fU))), c, "U", ReasonMissingProperty},
		{"a no behind an unknown one is a no", flagOf(groups(properties(fU, fF))), c, "F", ReasonNoConditionMatch},
		{"a no before an unknown one is a no", flagOf(groups(properties(fF, fU))), c, "F", ""},
		{"a no behind a static unknown is a no", flagOf(groups(properties(fStatic, fF))), c, "F", ""},

		{"the next condition answers", flagOf(groups(properties(fF), properties(fT))), c, "T", ""},
		{"a later match wins over an unknown", flagOf(groups(properties(fU), properties(fT))), c, "T", ""},
		{"an unknown remains over a later no", flagOf(groups(properties(fU), properties(fF))), c, "U", ReasonMissingProperty},
		{"an unknown remains over an earlier no", flagOf(groups(properties(fF), properties(fU))), c, "U", ""},
		{"a static unknown makes the whole flag unknown", flagOf(groups(properties(fStatic), properties(fT))), c, "U", ReasonUnknownCohort},
		{"a static unknown beside an unknown", flagOf(groups(properties(fU, fStatic), properties(fT))), c, "U", ReasonUnknownCohort},
		{"a static unknown behind a match is not reached", flagOf(groups(properties(fT), properties(fStatic))), c, "T", ""},
		{"a static unknown in a condition that is a no", flagOf(groups(properties(fStatic, fF), properties(fT))), c, "T", ""},
		{"a static unknown in a condition without its group",
			flagOf(groups(properties(fStatic)+`,"aggregation_group_type_index":0`, properties(fT))), c, "T", ""},

		{"out of the rollout", flagOf(groups(properties(fT) + `,"rollout_percentage":0`)), c, "F", ReasonOutOfRollout},
		{"the next condition after a rollout", flagOf(groups(`"rollout_percentage":0`, properties(fT))), c, "T", ReasonConditionMatch},
		{"a bad percentage is unknown", flagOf(groups(`"rollout_percentage":"all"`)), c, "U", ReasonMalformedCondition},
		{"a bad percentage behind a no", flagOf(groups(`"rollout_percentage":"all",` + properties(fF))), c, "F", ""},
		{"conditions answer in stored order, overrides do not come first",
			flagOf(groups(``, `"variant":"b"`) + `,"multivariate":{"variants":[{"key":"a","rollout_percentage":100},{"key":"b","rollout_percentage":0}]}`),
			c, `"a"`, ""},

		{"early exit stops at a rollout", flagOf(groups(properties(fT)+`,"rollout_percentage":0`, ``) + `,"early_exit":true`), c, "F", ReasonOutOfRollout},
		{"early exit after an unknown is unknown", flagOf(groups(properties(fU), `"rollout_percentage":0`, ``) + `,"early_exit":true`), c, "U", ReasonMissingProperty},
		{"early exit does not stop at a mismatch", flagOf(groups(properties(fF), ``) + `,"early_exit":true`), c, "T", ""},
		{"early exit does not stop at a mismatch out of the rollout",
			flagOf(groups(properties(fF)+`,"rollout_percentage":0`, ``) + `,"early_exit":true`), c, "T", ""},
		{"early exit does not stop at an unknown out of the rollout",
			flagOf(groups(properties(fU)+`,"rollout_percentage":0`, ``) + `,"early_exit":true`), c, "T", ""},
		{"early exit does not stop at a missing group",
			flagOf(groups(`"aggregation_group_type_index":0,"rollout_percentage":0`, ``) + `,"early_exit":true`), c, "T", ""},
		{"early exit must be exactly true", flagOf(groups(`"rollout_percentage":0`, ``) + `,"early_exit":1`), c, "T", ""},
	})
}

func TestConditions_index(t *testing.T) {
	for _, tc := range []struct {
		name, filters string
		want          int
	}{
		{"match", groups(properties(fF), properties(fT)), 1},
		{"unknown", groups(properties(fF), properties(fU), properties(fU)), 1},
		{"static unknown", groups(properties(fU), properties(fStatic)), 1},
		{"out of the rollout", groups(properties(fF), `"rollout_percentage":0`, `"rollout_percentage":0`), 1},
		{"no match", groups(properties(fF), properties(fF)), -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := (call{id: "a", person: person}).flag(t, mustParse(t, document(simple("f", tc.filters))), "f")
			if got.ConditionIndex != tc.want {
				t.Errorf("got %d (%s), want %d", got.ConditionIndex, got.Reason, tc.want)
			}
		})
	}
}

func TestFlag_stepsInOrder(t *testing.T) {
	match := `"filters":{"groups":[{}]}`
	enrollment := `"filters":{"groups":[{}],"feature_enrollment":true}`
	heldOut := `"filters":{"groups":[{}],"holdout":{"id":7,"exclusion_percentage":100}}`
	doc := func(fields string) string { return document(`"key":"f",` + fields) }
	runFlagCases(t, []flagCase{
		{"unknown key", document(simple("other", `"groups":[{}]`)), call{}, "U", ReasonUnknownFlag},
		{"active", doc(`"active":true,` + match), call{}, "T", ""},
		{"not active", doc(`"active":false,` + match), call{}, "F", ReasonDisabled},
		{"active is missing", doc(match), call{}, "F", ReasonDisabled},
		{"active is null", doc(`"active":null,` + match), call{}, "F", ReasonDisabled},
		{"active is 0", doc(`"active":0,` + match), call{}, "F", ReasonDisabled},
		{"active is the empty text", doc(`"active":"",` + match), call{}, "F", ReasonDisabled},
		{"active is 1", doc(`"active":1,` + match), call{}, "T", ""},
		{"active is an object", doc(`"active":{},` + match), call{}, "T", ""},
		{"not active before continuity", doc(`"active":false,"ensure_experience_continuity":true,` + match), call{}, "F", ReasonDisabled},
		{"not active before a version", doc(`"active":false,"filters":{"version":2}`), call{}, "F", ReasonDisabled},
		{"continuity", doc(`"active":true,"ensure_experience_continuity":true,` + match), call{}, "U", ReasonExperienceContinuity},
		{"no continuity", doc(`"active":true,"ensure_experience_continuity":false,` + match), call{}, "T", ""},
		{"null continuity", doc(`"active":true,"ensure_experience_continuity":null,` + match), call{}, "T", ""},
		{"no filters at all", doc(`"active":true`), call{}, "F", ReasonNoConditionMatch},
		{"null filters", doc(`"active":true,"filters":null`), call{}, "F", ReasonNoConditionMatch},
		{"filters of another type", doc(`"active":true,"filters":[]`), call{}, "U", ReasonMalformedFlag},
		{"filters of version 1", doc(`"active":true,"filters":{"version":1,"groups":[{}]}`), call{}, "T", ""},
		{"filters of version 2", doc(`"active":true,"filters":{"version":2,"groups":[{}]}`), call{}, "U", ReasonUnsupportedVersion},
		{"version as text", doc(`"active":true,"filters":{"version":"1","groups":[{}]}`), call{}, "U", ReasonUnsupportedVersion},
		{"deleted is ignored", doc(`"active":true,"deleted":true,` + match), call{}, "T", ""},
		{"super groups and holdout groups are ignored",
			doc(`"active":true,"filters":{"groups":[{}],"super_groups":[{"properties":[` + fU + `]}],"holdout_groups":[{"variant":"x"}]}`), call{}, "T", ""},

		{"enrolled", doc(`"active":true,` + enrollment), call{person: `{"$feature_enrollment/f":true}`}, "T", ReasonFeatureEnrollment},
		{"enrolled by text", doc(`"active":true,` + enrollment), call{person: `{"$feature_enrollment/f":"true"}`}, "T", ""},
		{"enrolled by escaped text", doc(`"active":true,` + enrollment), call{person: `{"$feature_enrollment/f":"tru\u0065"}`}, "T", ""},
		{"enrollment is case-sensitive", doc(`"active":true,` + enrollment), call{person: `{"$feature_enrollment/f":"True"}`}, "F", ReasonFeatureEnrollment},
		{"opted out, conditions are not looked at", doc(`"active":true,` + enrollment), call{person: `{"$feature_enrollment/f":false}`}, "F", ""},
		{"enrollment by another value", doc(`"active":true,` + enrollment), call{person: `{"$feature_enrollment/f":1}`}, "F", ""},
		{"null enrollment", doc(`"active":true,` + enrollment), call{person: `{"$feature_enrollment/f":null}`}, "F", ""},
		{"enrollment unknown", doc(`"active":true,` + enrollment), call{}, "U", ReasonMissingProperty},
		{"enrollment must be exactly true", doc(`"active":true,"filters":{"groups":[{}],"feature_enrollment":"true"}`), call{}, "T", ReasonConditionMatch},
		{"enrollment before holdout",
			doc(`"active":true,"filters":{"feature_enrollment":true,"holdout":{"id":7,"exclusion_percentage":100}}`),
			call{person: `{"$feature_enrollment/f":true}`}, "T", ReasonFeatureEnrollment},
		{"continuity before enrollment",
			doc(`"active":true,"ensure_experience_continuity":true,` + enrollment), call{person: `{"$feature_enrollment/f":true}`}, "U", ReasonExperienceContinuity},
		{"holdout before conditions", doc(`"active":true,` + heldOut), call{}, `"holdout-7"`, ReasonHoldout},
	})
}
