package flags

import "testing"

func TestNumber(t *testing.T) {
	runFilterCases(t, "1", []filterCase{
		{"", "gt", `10`, `11`, "T"},
		{"", "gt", `10`, `10`, "F"},
		{"", "gte", `10`, `10`, "T"},
		{"", "gte", `10`, `9`, "F"},
		{"", "lt", `10`, `9.99`, "T"},
		{"", "lt", `10`, `10`, "F"},
		{"", "lte", `10`, `10.0`, "T"},
		{"", "lte", `10`, `10.1`, "F"},
		{"min is gte", "min", `10`, `10`, "T"},
		{"min is gte, below", "min", `10`, `9`, "F"},
		{"max is lte", "max", `10`, `10`, "T"},
		{"max is lte, above", "max", `10`, `11`, "F"},
		{"text on both sides is numeric", "gt", `"10"`, `"9"`, "F"},
		{"text against number is numeric", "gt", `10`, `"9"`, "F"},
		{"number against text", "gt", `"9"`, `10`, "T"},
		{"never lexicographic", "lt", `"b"`, `"a"`, "F"},
		{"sign", "gt", `"-2"`, `"+1"`, "T"},
		{"trailing point", "gte", `5`, `"5."`, "T"},
		{"leading point", "lt", `1`, `".5"`, "T"},
		{"exponent", "gt", `99`, `"1e2"`, "T"},
		{"exponent with sign", "lt", `1`, `"1E-2"`, "T"},
		{"no spaces", "gt", `1`, `" 5"`, "F"},
		{"no spaces behind", "gt", `1`, `"5 "`, "F"},
		{"no underscores", "gt", `1`, `"1_000"`, "F"},
		{"no hexadecimals", "gt", `1`, `"0x10"`, "F"},
		{"no infinity", "gt", `1`, `"Infinity"`, "F"},
		{"no inf", "lt", `1`, `"-inf"`, "F"},
		{"no NaN", "gt", `1`, `"NaN"`, "F"},
		{"no trailing letters", "gt", `1`, `"10px"`, "F"},
		{"no bare point", "gt", `1`, `"."`, "F"},
		{"no bare exponent", "gt", `1`, `"1e"`, "F"},
		{"no other digits", "gt", `1`, `"٣"`, "F"},
		{"no empty text", "lt", `1`, `""`, "F"},
		{"beyond a double", "gt", `1`, `"1e400"`, "F"},
		{"null", "lt", `10`, `null`, "F"},
		{"true", "gte", `1`, `true`, "F"},
		{"list", "gt", `1`, `[2]`, "F"},
		{"object", "gt", `1`, `{}`, "F"},
		{"bad filter", "gt", `"abc"`, `5`, "U"},
		{"bad filter, list", "lt", `[1]`, `5`, "U"},
		{"bad filter, boolean", "lte", `true`, `5`, "U"},
		{"bad on both sides", "gt", `"abc"`, `"def"`, "F"},
		{"integers are compared as doubles", "gt", `9007199254740992`, `9007199254740993`, "F"},
		{"and so are equal", "gte", `9007199254740993`, `9007199254740992`, "T"},
		{"escaped digits", "gt", `9`, `"\u0031\u0030"`, "T"},
	})
}

func TestBetween_inCohortsOnly(t *testing.T) {
	for _, tc := range []filterCase{
		{"inside", "between", `[1,10]`, `5`, "T"},
		{"lower bound", "between", `[1,10]`, `1`, "T"},
		{"upper bound", "between", `[1,10]`, `"10"`, "T"},
		{"below", "between", `[1,10]`, `0.99`, "F"},
		{"text bounds", "between", `["1","10"]`, `11`, "F"},
		{"one point", "between", `[3,3]`, `3`, "T"},
		{"not_between inside", "not_between", `[1,10]`, `5`, "F"},
		{"not_between outside", "not_between", `[1,10]`, `11`, "T"},
		{"no number", "between", `[1,10]`, `"x"`, "F"},
		{"no number, negated", "not_between", `[1,10]`, `"x"`, "U"},
		{"reversed", "between", `[10,1]`, `5`, "U"},
		{"one bound", "between", `[10]`, `5`, "U"},
		{"three bounds", "not_between", `[1,2,3]`, `5`, "U"},
		{"no list", "between", `10`, `5`, "U"},
		{"bounds that are no numbers", "between", `["a","b"]`, `5`, "U"},
		{"missing", "between", `[1,10]`, ``, "U"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := mustParse(t, `{"flags":[{`+simple("inCohort", `"groups":[{"properties":[{"type":"cohort","value":1}]}]`)+`},{`+
				simple("onFlag", `"groups":[{"properties":[`+tc.filter()+`]}]`)+
				`}],"cohorts":{"1":{"type":"AND","values":[`+tc.filter()+`]}}}`)
			c := call{id: "a", person: tc.person()}
			if got := c.flag(t, d, "inCohort"); answer(got) != tc.want {
				t.Errorf("%s on %s: got %s, want %s", tc.filter(), tc.person(), answer(got), tc.want)
			}
			if got := c.flag(t, d, "onFlag"); got.Reason != ReasonUnknownOperator {
				t.Errorf("%s on a flag: got %s (%s)", tc.filter(), answer(got), got.Reason)
			}
		})
	}
}
