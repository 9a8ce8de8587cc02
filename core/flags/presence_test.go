package flags

import "testing"

// allOperators are those of a person's property.
var allOperators = []string{
	"exact", "is_not", "icontains", "not_icontains", "starts_with", "not_starts_with", "ends_with", "not_ends_with",
	"icontains_multi", "not_icontains_multi", "regex", "not_regex", "gt", "gte", "lt", "lte", "min", "max",
	"is_date_before", "is_date_after", "is_date_exact", "semver_eq", "semver_neq", "semver_gt", "semver_gte",
	"semver_lt", "semver_lte", "semver_tilde", "semver_caret", "semver_wildcard", "is_set", "is_not_set",
}

func TestPresence(t *testing.T) {
	cases := []filterCase{
		{"present", "is_set", ``, `"a"`, "T"},
		{"present null", "is_set", ``, `null`, "T"},
		{"the filter's value is ignored", "is_set", `"is_set"`, `0`, "T"},
		{"is_not_set present", "is_not_set", ``, `"a"`, "F"},
		{"is_not_set present null", "is_not_set", `null`, `null`, "F"},
		{"is_not_set ignores the value", "is_not_set", `"is_not_set"`, `false`, "F"},
	}
	for _, operator := range allOperators {
		cases = append(cases, filterCase{"a missing property is unknown to " + operator, operator, `"1"`, ``, "U"})
	}
	for _, operator := range allOperators[:len(allOperators)-2] {
		cases = append(cases,
			filterCase{"a null value is unknown to " + operator, operator, `null`, `"1"`, "U"},
			filterCase{"no value is unknown to " + operator, operator, ``, `"1"`, "U"})
	}
	for _, operator := range []string{"", "EXACT", "Exact", "contains", "is_cleaned_path_exact", "in", "not_in", "flag_evaluates_to", "between ", "=="} {
		cases = append(cases, filterCase{"unknown operator " + operator, operator, `"1"`, `"1"`, "U"})
	}
	runFilterCases(t, "1", cases)
}

func TestPresence_ofOddProperties(t *testing.T) {
	runFlagCases(t, []flagCase{
		{"the last of a repeated name counts", document(simple("f", `"groups":[{"properties":[{"key":"p","value":"b"}]}]`)),
			call{person: `{"p":"a","p":"b"}`}, "T", ""},
		{"an escaped name", document(simple("f", `"groups":[{"properties":[{"key":"pé","value":"b"}]}]`)),
			call{person: `{"\u0070\u00e9":"b"}`}, "T", ""},
		{"a name that needs escapes", document(simple("f", `"groups":[{"properties":[{"key":"a\"b\\","value":"b"}]}]`)),
			call{person: `{"a\"b\\":"b"}`}, "T", ""},
		{"the empty name", document(simple("f", `"groups":[{"properties":[{"key":"","value":"b"}]}]`)),
			call{person: `{"":"b","x":1}`}, "T", ""},
		{"names are case-sensitive", document(simple("f", `"groups":[{"properties":[{"key":"P","value":"b"}]}]`)),
			call{person: `{"p":"b"}`}, "U", ReasonMissingProperty},
		{"a number as the filter's key", document(simple("f", `"groups":[{"properties":[{"key":42,"value":"b"}]}]`)),
			call{person: `{"42":"b"}`}, "T", ""},
		{"another key", document(simple("f", `"groups":[{"properties":[{"key":null,"value":"b"}]}]`)),
			call{person: `{"null":"b"}`}, "U", ReasonMalformedCondition},
		{"properties that are no object", document(simple("f", `"groups":[{"properties":[{"key":"p","value":"b"}]}]`)),
			call{person: `["p"]`}, "U", ReasonMissingProperty},
		{"null properties", document(simple("f", `"groups":[{"properties":[{"key":"p","value":"b"}]}]`)),
			call{person: `null`}, "U", ReasonMissingProperty},
		{"white space and nesting", document(simple("f", `"groups":[{"properties":[{"key":"p","value":"b"}]}]`)),
			call{person: ` { "x" : { "p" : [ "a" , "}" ] } , "y":[{}, "\"]"] ,"p" : "b" , "z":1e2 } `}, "T", ""},
		{"distinct_id is implied", document(simple("f", `"groups":[{"properties":[{"key":"distinct_id","value":"user-1"}]}]`)),
			call{}, "T", ""},
		{"the caller's distinct_id property wins", document(simple("f", `"groups":[{"properties":[{"key":"distinct_id","value":"user-1"}]}]`)),
			call{person: `{"distinct_id":"other"}`}, "F", ""},
		{"an implied distinct_id that needs escapes", document(simple("f", `"groups":[{"properties":[{"key":"distinct_id","value":"a\"\n\\b"}]}]`)),
			call{id: "a\"\n\\b"}, "T", ""},
		{"other keys are not implied", document(simple("f", `"groups":[{"properties":[{"key":"$os","value":"x"}]}]`)),
			call{person: `{"$os_name":"x"}`}, "U", ReasonMissingProperty},
	})
}
