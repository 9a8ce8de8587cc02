package flags

import (
	"fmt"
	"strings"
	"testing"
)

func TestCohort(t *testing.T) {
	in := func(operator string) string {
		return document(simple("f", groups(properties(`{"key":"id","type":"cohort","value":1`+operator+`}`))))
	}
	with := func(document string, cohorts ...string) string {
		return strings.TrimSuffix(document, "}") + `,"cohorts":{` + strings.Join(cohorts, ",") + `}}`
	}
	and := func(entries ...string) string { return `{"type":"AND","values":[` + strings.Join(entries, ",") + `]}` }
	or := func(entries ...string) string { return `{"type":"OR","values":[` + strings.Join(entries, ",") + `]}` }
	c := call{person: person}
	negated := func(leaf string) string { return strings.Replace(leaf, `{`, `{"negation":true,`, 1) }
	nested := func(id int) string { return fmt.Sprintf(`{"type":"cohort","key":"id","value":%d}`, id) }
	one := func(group string) string { return with(in(``), `"1":`+group) }

	runFlagCases(t, []flagCase{
		{"member", one(and(fT)), c, "T", ""},
		{"no member", one(and(fF)), c, "F", ""},
		{"operator in", with(in(`,"operator":"in"`), `"1":`+and(fT)), c, "T", ""},
		{"operator exact", with(in(`,"operator":"exact"`), `"1":`+and(fT)), c, "T", ""},
		{"operator null", with(in(`,"operator":null`), `"1":`+and(fT)), c, "T", ""},
		{"not_in, member", with(in(`,"operator":"not_in"`), `"1":`+and(fT)), c, "F", ""},
		{"not_in, no member", with(in(`,"operator":"not_in"`), `"1":`+and(fF)), c, "T", ""},
		{"not_in, unknown", with(in(`,"operator":"not_in"`), `"1":`+and(fU)), c, "U", ReasonMissingProperty},
		{"another operator", with(in(`,"operator":"is_not"`), `"1":`+and(fT)), c, "U", ReasonUnknownOperator},
		{"negation is not for a flag's own filters", with(in(`,"negation":true`), `"1":`+and(fT)), c, "T", ""},
		{"not among the cohorts", with(in(``), `"2":`+and(fT)), c, "U", ReasonUnknownCohort},
		{"no cohorts", in(``), c, "U", ReasonUnknownCohort},
		{"not among the cohorts, not_in", with(in(`,"operator":"not_in"`), `"2":`+and(fT)), c, "U", ReasonUnknownCohort},
		{"the id as text", with(strings.Replace(in(``), `"value":1`, `"value":"1"`, 1), `"1":`+and(fT)), c, "T", ""},
		{"no id", with(strings.Replace(in(``), `"value":1`, `"value":null`, 1), `"null":`+and(fT)), c, "U", ReasonUnknownCohort},
		{"static even where another condition matches",
			document(simple("f", groups(properties(`{"type":"cohort","value":1}`), ``))), c, "U", ReasonUnknownCohort},

		{"{} is everybody", one(`{}`), c, "T", ""},
		{"AND of nothing", one(and()), c, "T", ""},
		{"OR of nothing", one(or()), c, "F", ""},
		{"property is AND", one(`{"type":"property","values":[` + fT + `,` + fF + `]}`), c, "F", ""},
		{"types are case-sensitive", one(`{"type":"and","values":[` + fT + `]}`), c, "U", ReasonMalformedCohort},
		{"no type", one(`{"values":[` + fT + `]}`), c, "U", ReasonMalformedCohort},
		{"no values", one(`{"type":"AND"}`), c, "U", ReasonMalformedCohort},
		{"null values", one(`{"type":"OR","values":null}`), c, "U", ReasonMalformedCohort},
		{"no object", one(`[]`), c, "U", ReasonMalformedCohort},
		{"null", one(`null`), c, "U", ReasonMalformedCohort},
		{"an entry that is no object", one(and(`5`)), c, "U", ReasonMalformedCohort},
		{"a malformed group beside a no", one(and(`{"values":5}`, fF)), c, "F", ""},
		{"a malformed group makes the flag unknown",
			with(document(simple("f", groups(properties(nested(1)), ``))), `"1":`+and(`{"values":5}`)), c, "U", ReasonMalformedCohort},

		{"AND", one(and(fT, fT)), c, "T", ""},
		{"AND with a no", one(and(fT, fF)), c, "F", ""},
		{"AND with an unknown", one(and(fT, fU)), c, "U", ReasonMissingProperty},
		{"a no settles AND behind an unknown", one(and(fU, fF)), c, "F", ""},
		{"a no settles AND behind a static unknown", one(and(nested(404), fF)), c, "F", ""},
		{"a no settles AND behind a kind that is unknown", one(and(`{"type":"behavioral","key":"x"}`, fF)), c, "F", ""},
		{"OR", one(or(fF, fT)), c, "T", ""},
		{"OR without a yes", one(or(fF, fF)), c, "F", ""},
		{"OR with an unknown", one(or(fF, fU)), c, "U", ReasonMissingProperty},
		{"a yes settles OR behind an unknown", one(or(fU, fT)), c, "T", ""},
		{"a yes settles OR behind a static unknown", one(or(nested(404), fT)), c, "T", ""},
		{"a static unknown is the stronger one", one(or(fU, nested(404))), c, "U", ReasonUnknownCohort},
		{"an unknown is not static", with(document(simple("f", groups(properties(nested(1)), ``))), `"1":`+and(fU)), c, "T", ""},
		{"groups and leaves side by side", one(or(fF, and(fT, fT))), c, "T", ""},
		{"a leaf first, then a group", one(and(fT, or(fF))), c, "F", ""},
		{"{} among entries", one(and(`{}`, fT)), c, "T", ""},
		{"deeply nested", one(or(and(or(and(or(fT)))))), c, "T", ""},

		{"a negated leaf that matches", one(and(negated(fT))), c, "F", ""},
		{"a negated leaf that does not", one(or(negated(fF))), c, "T", ""},
		{"a negated leaf that is unknown", one(or(negated(fU))), c, "U", ReasonMissingProperty},
		{"a negated leaf in a false AND", one(and(negated(fU), fF)), c, "F", ""},
		{"negation that is no boolean", one(and(strings.Replace(fT, `{`, `{"negation":"yes",`, 1))), c, "U", ReasonMalformedCondition},
		{"negation false", one(and(strings.Replace(fT, `{`, `{"negation":false,`, 1))), c, "T", ""},

		{"a cohort within", with(in(``), `"1":`+and(nested(2)), `"2":`+and(fT)), c, "T", ""},
		{"a negated cohort within", with(in(``), `"1":`+and(negated(nested(2))), `"2":`+and(fT)), c, "F", ""},
		{"not_in a cohort within", with(in(``), `"1":`+or(`{"type":"cohort","value":2,"operator":"not_in"}`), `"2":`+and(fF)), c, "T", ""},
		{"not_in and negated", with(in(``), `"1":`+or(`{"type":"cohort","value":2,"operator":"not_in","negation":true}`), `"2":`+and(fF)), c, "F", ""},
		{"a cohort within itself", with(in(``), `"1":`+and(nested(1))), c, "U", ReasonCohortCycle},
		{"a cohort within itself beside a yes", with(in(``), `"1":`+or(nested(1), fT)), c, "T", ""},
		{"cohorts within each other", with(in(``), `"1":`+and(nested(2)), `"2":`+and(fT, nested(1))), c, "U", ReasonCohortCycle},
		{"a circle further in", with(in(``), `"1":`+and(nested(2)), `"2":`+and(nested(3)), `"3":`+and(nested(2))), c, "U", ReasonCohortCycle},

		{"leaves are about the person in a group condition",
			with(document(simple("f", groups(properties(nested(1)))+`,"aggregation_group_type_index":0`)), `"1":`+and(fT)),
			call{groups: `{"company":"a"}`, group: `{"company":{"yes":"2"}}`, person: person}, "T", ""},
		{"a leaf of type person", one(and(`{"type":"person","key":"yes","value":"1"}`)), c, "T", ""},
		{"a leaf about a group", one(and(`{"type":"group","key":"yes","value":"1","group_type_index":0}`)), c, "U", ReasonUnsupportedPropertyType},
		{"a behavioural leaf", one(and(`{"type":"behavioral","key":"yes","value":"performed_event"}`)), c, "U", ReasonUnsupportedPropertyType},
		{"in on a property", one(and(`{"key":"yes","value":"1","operator":"in"}`)), c, "U", ReasonUnknownOperator},
		{"a leaf about a flag has no chain",
			with(document(simple("on", groups(``)), simple("f", groups(properties(nested(1))))),
				`"1":`+and(`{"type":"flag","key":"on","operator":"flag_evaluates_to","value":true}`)), c, "U", ReasonUnknownDependency},
		{"a leaf about a flag with a chain", with(document(simple("on", groups(``)), simple("f", groups(properties(nested(1))))),
			`"1":`+and(depends("on", `true`))), c, "T", ""},
		{"a negated leaf about a flag", with(document(simple("on", groups(``)), simple("f", groups(properties(nested(1))))),
			`"1":`+and(negated(depends("on", `true`)))), c, "F", ""},
		{"a circle through a flag", with(document(simple("f", groups(properties(nested(1))))), `"1":`+and(depends("f", `true`))), c, "U", ReasonDependencyCycle},
		{"a circle through a flag is not static",
			with(document(simple("f", groups(properties(nested(1)), ``))), `"1":`+and(depends("f", `true`))), c, "T", ""},
		{"a repeated cohort counts as the last", with(in(``), `"1":`+and(fF), `"1":`+and(fT)), c, "T", ""},
	})
}

func TestCohort_longChainsAreCut(t *testing.T) {
	cohorts := []string{`"0":{}`}
	for i := 1; i <= 50_000; i++ {
		below := fmt.Sprintf(`{"type":"cohort","value":%d}`, i-1)
		cohorts = append(cohorts, fmt.Sprintf(`"%d":{"type":"AND","values":[%s,%s]}`, i, below, below))
	}
	filter := func(id int) string { return groups(properties(fmt.Sprintf(`{"type":"cohort","value":%d}`, id))) }
	d := mustParse(t, strings.TrimSuffix(document(simple("near", filter(99)), simple("far", filter(30_000))), "}")+
		`,"cohorts":{`+strings.Join(cohorts, ",")+`}}`)
	if got := (call{id: "a"}).flag(t, d, "near"); answer(got) != "T" {
		t.Errorf("near: %s (%s)", answer(got), got.Reason)
	}
	if got := (call{id: "a"}).flag(t, d, "far"); got.Value != nil || got.Reason != ReasonNestedTooDeeply {
		t.Errorf("far: %s (%s)", answer(got), got.Reason)
	}
}
