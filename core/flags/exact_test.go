package flags

import "testing"

func TestExact_texts(t *testing.T) {
	cases := []filterCase{
		{"equal", "exact", `"pro"`, `"pro"`, "T"},
		{"different", "exact", `"pro"`, `"free"`, "F"},
		{"is_not different", "is_not", `"pro"`, `"free"`, "T"},
		{"is_not equal", "is_not", `"pro"`, `"pro"`, "F"},
		{"case does not matter", "exact", `"PRO"`, `"pro"`, "T"},
		{"nor beyond ASCII", "exact", `"Ä"`, `"ä"`, "T"},
		{"final sigma", "exact", `"ΟΔΟΣ"`, `"οδος"`, "T"},
		{"final sigma is not the other sigma", "exact", `"ΟΔΟΣ"`, `"οδοσ"`, "F"},
		{"dotted capital I", "exact", "\"\u0130\"", "\"i\u0307\"", "T"},
		{"dotted capital I is no plain i", "exact", "\"\u0130\"", `"i"`, "F"},
		{"sharp s is not ss", "exact", `"STRASSE"`, `"straße"`, "F"},
		{"capital sharp s", "exact", `"ẞ"`, `"ß"`, "T"},
		{"Kelvin sign", "exact", "\"\u212a\"", `"k"`, "T"},
		{"Kelvin sign in the property", "exact", `"k"`, "\"\u212a\"", "T"},
		{"normalisation forms differ", "exact", "\"\u00e9\"", "\"e\u0301\"", "F"},
		{"escaped like unescaped", "exact", `"Zürich"`, `"Z\u00fcrich"`, "T"},
		{"escaped filter", "exact", `"\u005a\u00dcRICH"`, `"zürich"`, "T"},
		{"white space counts", "exact", `"pro"`, `"pro "`, "F"},
		{"any of a list", "exact", `["US","ca"]`, `"Us"`, "T"},
		{"none of a list", "exact", `["US","CA"]`, `"de"`, "F"},
		{"is_not any of a list", "is_not", `["US","CA"]`, `"us"`, "F"},
		{"is_not none of a list", "is_not", `["US","CA"]`, `"de"`, "T"},
		{"any of a long list", "exact", `["a","b","c","d","e","f","g","h","i","J","k"]`, `"j"`, "T"},
		{"none of a long list", "exact", `["a","b","c","d","e","f","g","h","i","J","k"]`, `"l"`, "F"},
		{"is_not any of a long list", "is_not", `["a","b","c","d","e","f","g","h","i","J","k"]`, `"A"`, "F"},
		{"a list as property is one text", "exact", `["a","b"]`, `["a","b"]`, "F"},
		{"a list in a list is one text", "exact", `[["A","b"]]`, `["a","b"]`, "T"},
		{"a list against its text", "exact", `"[\"a\",1]"`, `[ "a", 1 ]`, "T"},
		{"an object against its text", "exact", `"{\"a\":1,\"b\":2}"`, `{"b":2,"a":1}`, "T"},
		{"an object against an object", "exact", `{"a":1,"b":2}`, `{"B":2,"A":1}`, "T"},
		{"null is a text", "exact", `"null"`, `null`, "T"},
		{"null is the text of is_not as well", "is_not", `"null"`, `null`, "F"},
		{"null in a list", "exact", `[null]`, `"NULL"`, "T"},
		{"empty text", "exact", `""`, `""`, "T"},
		{"empty text is not null", "exact", `""`, `null`, "F"},
		{"absent value", "exact", ``, `"a"`, "U"},
		{"null value", "exact", `null`, `"a"`, "U"},
		{"null value of is_not", "is_not", `null`, `"a"`, "U"},
		{"integer against text", "exact", `"323"`, `323`, "T"},
		{"float against integer text", "exact", `"323"`, `323.0`, "F"},
		{"float against its text", "exact", `"323.0"`, `323.0`, "T"},
		{"text against integer", "exact", `323`, `"323"`, "T"},
		{"float filter against integer", "exact", `323.0`, `323`, "F"},
		{"float filter against float", "exact", `323.0`, `3.23e2`, "T"},
		{"a number is not a boolean", "exact", `1`, `true`, "F"},
	}
	t.Run("legacy", func(t *testing.T) { runFilterCases(t, "1", cases) })
	t.Run("explicit", func(t *testing.T) { runFilterCases(t, "2", cases) })
}

func TestExact_legacyTruth(t *testing.T) {
	for _, version := range []string{"1", "null", "3", `"2"`} {
		t.Run("version "+version, func(t *testing.T) {
			runFilterCases(t, version, []filterCase{
				{"true and true", "exact", `true`, `true`, "T"},
				{"true and its name", "exact", `true`, `"TRUE"`, "T"},
				{"the name and true", "exact", `"True"`, `true`, "T"},
				{"true and another text", "exact", `true`, `"yes"`, "F"},
				{"true and 1", "exact", `true`, `1`, "F"},
				{"false matches whatever is not true", "exact", `false`, `"banana"`, "T"},
				{"false matches 0", "exact", `false`, `0`, "T"},
				{"false matches null", "exact", `false`, `null`, "T"},
				{"false does not match true", "exact", `"FALSE"`, `"true"`, "F"},
				{"is_not false", "is_not", `false`, `"banana"`, "F"},
				{"is_not true", "is_not", `true`, `"banana"`, "T"},
				{"a list of both is false", "exact", `["true","false"]`, `"true"`, "F"},
				{"a list of both matches what is false", "exact", `["true","false"]`, `"pro"`, "T"},
				{"a list of true", "exact", `["true",true]`, `"True"`, "T"},
				{"a nested list", "exact", `[["true"],true]`, `true`, "T"},
				{"a list with something else is texts", "exact", `["true","pro"]`, `"pro"`, "T"},
				{"a list with something else, true", "exact", `["true","pro"]`, `true`, "T"},
				{"a list with something else, false", "exact", `["true","pro"]`, `false`, "F"},
				{"the empty list is true", "exact", `[]`, `true`, "T"},
				{"the empty list does not match a text", "exact", `[]`, `"a"`, "F"},
				{"is_not the empty list", "is_not", `[]`, `"a"`, "T"},
				{"an empty list as property is true", "exact", `true`, `[]`, "T"},
				{"a list of trues as property is true", "exact", `true`, `[true,"true"]`, "T"},
				{"a list with a false as property is not", "exact", `true`, `[true,false]`, "F"},
				{"an object is not true", "exact", `true`, `{}`, "F"},
			})
		})
	}
}

func TestExact_explicitBooleans(t *testing.T) {
	runFilterCases(t, "2", []filterCase{
		{"true and true", "exact", `true`, `true`, "T"},
		{"true and its name", "exact", `true`, `"TRUE"`, "T"},
		{"false and false", "exact", `"False"`, `false`, "T"},
		{"false does not match another text", "exact", `false`, `"banana"`, "F"},
		{"false does not match null", "exact", `false`, `null`, "F"},
		{"is_not false", "is_not", `false`, `"banana"`, "T"},
		{"either of a list", "exact", `["true","false"]`, `true`, "T"},
		{"the empty list is true", "exact", `[]`, `"true"`, "T"},
		{"the empty list does not match a text", "exact", `[]`, `"a"`, "F"},
		{"is_not the empty list", "is_not", `[]`, `"a"`, "T"},
		{"an empty list as property is a text", "exact", `true`, `[]`, "F"},
	})
}

func TestExact_isTheDefaultOperator(t *testing.T) {
	for name, operator := range map[string]string{"absent": ``, "null": `,"operator":null`} {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, document(simple("f", `"groups":[{"properties":[{"key":"p","value":"Pro"`+operator+`}]}]`)))
			for person, want := range map[string]string{`{"p":"pro"}`: "T", `{"p":"free"}`: "F", `{}`: "U"} {
				if got := answer((call{id: "a", person: person}).flag(t, d, "f")); got != want {
					t.Errorf("%s: got %s, want %s", person, got, want)
				}
			}
		})
	}
}
