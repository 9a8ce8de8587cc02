package flags

import (
	"strings"
	"testing"
)

// TestRulings holds one case or more for each question on which PostHog's own libraries give different answers.
func TestRulings(t *testing.T) {
	where := func(operator, value string) string {
		return document(simple("f", groups(properties(`{"key":"p","type":"person","operator":"`+operator+`","value":`+value+`}`))))
	}
	p := func(value string) call { return call{person: `{"p":` + value + `}`} }
	cohort := func(operator, group string) string {
		return strings.TrimSuffix(document(simple("f", groups(properties(`{"type":"cohort","value":1,"operator":"`+operator+`"}`)))), "}") +
			`,"cohorts":{"1":` + group + `}}`
	}
	explicit := func(document string) string {
		return strings.Replace(document, `{`, `{"property_matching_version":2,`, 1)
	}
	runFlagCases(t, []flagCase{
		{"gt on texts is numeric", where("gt", `"10"`), p(`"9"`), "F", ""},
		{"gt, property no number", where("gt", `"10"`), p(`"nine"`), "F", ""},
		{"gt, filter no number", where("gt", `"ten"`), p(`"9"`), "U", ""},
		{"exact ignores case", where("exact", `"Pro"`), p(`"pRO"`), "T", ""},
		{"exact ignores type", where("exact", `"5"`), p(`5`), "T", ""},
		{"exact with a boolean filter, legacy", where("exact", `false`), p(`"banana"`), "T", ""},
		{"exact with a boolean filter, explicit", explicit(where("exact", `false`)), p(`"banana"`), "F", ""},
		{"sharp s is not double s", where("exact", `"STRASSE"`), p(`"straße"`), "F", ""},
		{"final sigma is a letter of its own", where("exact", `"ΟΔΟΣ"`), p(`"οδος"`), "T", ""},
		{"icontains ignores case for ASCII alone", where("icontains", `"Ä"`), p(`"ä"`), "F", ""},
		{"not_in a cohort", cohort("not_in", `{}`), call{}, "F", ""},
		{"not_in a cohort of nobody", cohort("not_in", `{"type":"OR","values":[]}`), call{}, "T", ""},
		{"an undecidable cohort leaf", cohort("in", `{"type":"AND","values":[`+fU+`]}`), call{}, "U", ""},
		{"an undecidable negated cohort leaf", cohort("in", `{"type":"OR","values":[`+strings.Replace(fU, `{`, `{"negation":true,`, 1)+`]}`), call{}, "U", ""},
		{"an empty AND", cohort("in", `{"type":"AND","values":[]}`), call{}, "T", ""},
		{"an empty OR", cohort("in", `{"type":"OR","values":[]}`), call{}, "F", ""},
		{"an empty cohort", cohort("in", `{}`), call{}, "T", ""},
		{"no behind unknown within a condition", document(simple("f", groups(properties(fU, fF)))), call{person: person}, "F", ""},
		{"early exit behind an unknown condition", document(simple("f", groups(properties(fU), `"rollout_percentage":0`)+`,"early_exit":true`)), call{}, "U", ""},
		{"overrides do not come first", document(simple("f", groups(``, `"variant":"b"`)+
			`,"multivariate":{"variants":[{"key":"a","rollout_percentage":100},{"key":"b","rollout_percentage":0}]}`)), call{}, `"a"`, ""},
		{"$ is the end of the text", where("regex", `"^pro$"`), p(`"pro\n"`), "F", ""},
		{"what the engines read differently", where("regex", `"(?<=a)b"`), p(`"ab"`), "U", ""},
		{"an invalid pattern matches nothing", where("regex", `"["`), p(`"a"`), "F", ""},
		{"an invalid pattern does not fail to match either", where("not_regex", `"["`), p(`"a"`), "F", ""},
		{"an invalid version", where("semver_gt", `"1.0.0"`), p(`"new"`), "F", ""},
		{"an invalid version is not unequal", where("semver_neq", `"1.0.0"`), p(`"new"`), "F", ""},
		{"a prerelease counts", where("semver_lt", `"1.2.3"`), p(`"1.2.3-beta"`), "T", ""},
		{"four parts are invalid", where("semver_neq", `"1.2.3"`), p(`"1.2.3.4"`), "F", ""},
		{"a wildcard without a wildcard is a caret", where("semver_wildcard", `"1.2"`), p(`"1.9.0"`), "T", ""},
		{"~1 is ~1.0.0", where("semver_tilde", `"1"`), p(`"1.1.0"`), "F", ""},
		{"^0 is 0.0.0", where("semver_caret", `"0"`), p(`"0.1.0"`), "F", ""},
		{"months back from a month's end", where("is_date_exact", `"2m"`), p(`"2025-01-28T12:34:56.789Z"`), "T", ""},
		{"numbers are seconds", where("is_date_exact", `"2025-03-31T12:34:56Z"`), p(`1743424496`), "T", ""},
		{"no date at all", where("is_date_before", `"2025-01-01"`), p(`"not-a-date"`), "F", ""},
		{"the empty text is no date", where("is_date_before", `"2025-01-01"`), p(`""`), "F", ""},
		{"digits might be a date", where("is_date_before", `"2025-01-01"`), p(`"1st of May"`), "U", ""},
		{"is_not_set, missing", where("is_not_set", `""`), call{}, "U", ""},
		{"is_not_set, present", where("is_not_set", `""`), p(`null`), "F", ""},
		{"null is a text", where("exact", `"null"`), p(`null`), "T", ""},
		{"null is no number", where("lt", `5`), p(`null`), "F", ""},
		{"null is no date", where("is_date_before", `"2025-01-01"`), p(`null`), "F", ""},
		{"null is no version", where("semver_lt", `"2"`), p(`null`), "F", ""},
		{"no operator is exact", document(simple("f", groups(properties(`{"key":"p","value":"A"}`)))), p(`"a"`), "T", ""},
		{"an unknown operator", where("sounds_like", `"a"`), p(`"a"`), "U", ReasonUnknownOperator},
		{"the empty operator", where("", `"a"`), p(`"a"`), "U", ReasonUnknownOperator},
		{"the empty operator on null", where("", `"a"`), p(`null`), "U", ReasonUnknownOperator},
		{"a holdout", document(simple("f", groups(``)+`,"holdout":{"id":1,"exclusion_percentage":100}`)), call{}, `"holdout-1"`, ""},
		{"an enrollment", document(simple("f", `"groups":[],"feature_enrollment":true`)), call{person: `{"$feature_enrollment/f":true}`}, "T", ""},
		{"another version of filters", document(simple("f", `"version":2`)), call{}, "U", ""},
		{"inactive with continuity", document(`"key":"f","active":false,"ensure_experience_continuity":true`), call{}, "F", ""},
		{"a group flag without its group", document(simple("f", groups(``)+`,"aggregation_group_type_index":0`)), call{}, "F", ReasonMissingGroup},
		{"the empty group key", document(simple("f", groups(``)+`,"aggregation_group_type_index":0`)), call{groups: `{"company":""}`}, "F", ReasonMissingGroup},
		{"a person filter in a group condition", document(simple("f", groups(properties(fT[:len(fT)-1]+`,"type":"person"}`))+`,"aggregation_group_type_index":0`)),
			call{groups: `{"company":"a"}`, group: `{"company":{"yes":"2"}}`, person: person}, "T", ""},
		{"null aggregation under a group flag", document(simple("f", groups(properties(fT)+`,"aggregation_group_type_index":null`)+`,"aggregation_group_type_index":0`)),
			call{groups: `{"company":"a"}`, group: `{"company":{"yes":"2"}}`, person: person}, "T", ""},
		{"no device id", document(`"key":"f","active":true,"bucketing_identifier":"device_id","filters":{"groups":[{}]}`), call{}, "U", ReasonMissingDeviceID},
		{"a dependency on false", document(simple("g", `"groups":[]`), simple("f", groups(properties(depends("g", `false`))))), call{}, "T", ""},
		{"a dependency with a wrong operator", document(simple("g", groups(``)), simple("f", groups(properties(strings.Replace(depends("g", `true`), "flag_evaluates_to", "exact", 1))))), call{}, "U", ""},
		{"a dependency's own continuity", document(`"key":"g","active":true,"ensure_experience_continuity":true,"filters":{"groups":[{}]}`,
			simple("f", groups(properties(depends("g", `true`))))), call{}, "U", ""},
		{"a dependency's own group", document(simple("g", groups(``)+`,"aggregation_group_type_index":0`), simple("f", groups(properties(depends("g", `true`))))),
			call{groups: `{"company":"a"}`}, "T", ""},
		{"a distinct id of 250 characters", document(`"key":"f","active":true,"filters":{"groups":[{"properties":[`+depends("long", `true`)+`]}]}`,
			`"key":"long","active":true,"filters":{"groups":[{"rollout_percentage":15.31}]}`), call{id: strings.Repeat("x", 250)}, "T", ""},
	})
}

// TestTraps holds what a translation into Go gets wrong most easily.
func TestTraps(t *testing.T) {
	where := func(operator, value string) string {
		return document(simple("f", groups(properties(`{"key":"p","operator":"`+operator+`","value":`+value+`}`))))
	}
	p := func(value string) call { return call{person: `{"p":` + value + `}`} }
	runFlagCases(t, []flagCase{
		{"lower case is not rune by rune", where("exact", `"ΟΔΟΣ"`), p(`"ΟΔΟΣ"`), "T", ""},
		{"the dotted I becomes two", where("exact", "\"\u0130\""), p("\"i\u0307\""), "T", ""},
		{"icontains leaves other letters alone", where("icontains", `"é"`), p(`"É"`), "F", ""},
		{"a float is not an integer", where("exact", `"323"`), p(`323.0`), "F", ""},
		{"nor in the definitions", where("exact", `323.0`), p(`"323"`), "F", ""},
		{"exponents are not padded", where("exact", `"1e-7"`), p(`0.0000001`), "T", ""},
		{"exponents start late", where("exact", `"0.00001"`), p(`1e-5`), "T", ""},
		{"large floats", where("exact", `"1e+16"`), p(`10000000000000000.0`), "T", ""},
		{"objects and lists compare without panic", where("exact", `{"a":[1]}`), p(`{ "a" : [ 1 ] }`), "T", ""},
		{"keys are sorted by bytes", where("icontains", `"{\"B\":1,\"a\":2}"`), p(`{"a":2,"B":1}`), "T", ""},
		{"no HTML escapes", where("exact", `"[\"<&>\u2028\"]"`), p(`["<&>\u2028"]`), "T", ""},
		{"quoting in patterns", where("regex", `"\\Qa\\E"`), p(`"a"`), "U", ""},
		{"octal in patterns", where("regex", `"\\101"`), p(`"A"`), "U", ""},
		{"ungreedy in patterns", where("regex", `"(?U)a+"`), p(`"a"`), "U", ""},
		{"names in patterns", where("regex", `"(?<n>a)"`), p(`"a"`), "T", ""},
		{"dates do not overflow", where("is_date_exact", `"1m"`), p(`"2025-02-28T12:34:56.789Z"`), "T", ""},
		{"absent aggregation inherits", document(simple("f", groups(``)+`,"aggregation_group_type_index":0`)), call{}, "F", ""},
		{"null aggregation does not", document(simple("f", groups(`"aggregation_group_type_index":null`)+`,"aggregation_group_type_index":0`)), call{}, "T", ""},
	})
}

func TestTruth_tables(t *testing.T) {
	const context, static = missingProperty, unknownCohort
	for _, tc := range []struct{ a, b, and, or truth }{
		{no, no, no, no}, {no, yes, no, yes}, {yes, yes, yes, yes},
		{no, context, no, context}, {yes, context, context, yes},
		{no, static, no, static}, {yes, static, static, yes},
		{context, context, context, context}, {context, static, static, static}, {static, static, static, static},
	} {
		if tc.a.and(tc.b) != tc.and || tc.b.and(tc.a) != tc.and {
			t.Errorf("%d and %d: %d, %d, want %d", tc.a, tc.b, tc.a.and(tc.b), tc.b.and(tc.a), tc.and)
		}
		if tc.a.or(tc.b) != tc.or || tc.b.or(tc.a) != tc.or {
			t.Errorf("%d or %d: %d, %d, want %d", tc.a, tc.b, tc.a.or(tc.b), tc.b.or(tc.a), tc.or)
		}
	}
	if got := missingProperty.and(unknownOperator); got != missingProperty {
		t.Errorf("of two causes the first must remain, got %d", got)
	}
	for cause := yes + 1; cause < truths; cause++ {
		if unknownReasons[cause] == "" {
			t.Errorf("cause %d has no reason", cause)
		}
		if cause.not() != cause || !cause.unknown() {
			t.Errorf("cause %d is not unknown", cause)
		}
	}
}
