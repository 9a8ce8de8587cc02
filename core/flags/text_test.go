package flags

import "testing"

func TestText(t *testing.T) {
	for _, tc := range []struct{ name, json, want string }{
		{"a string is itself", `"a b"`, `a b`},
		{"an escaped string is its text", `"\u00e9\n\"\/"`, "é\n\"/"},
		{"null", `null`, `null`},
		{"true", `true`, `true`},
		{"integer", `323`, `323`},
		{"negative integer", `-5`, `-5`},
		{"zero", `0`, `0`},
		{"minus zero is a double", `-0`, `-0.0`},
		{"minus zero as a float", `-0.0`, `-0.0`},
		{"integral float", `323.0`, `323.0`},
		{"exponent of an integer", `1e2`, `100.0`},
		{"shortest", `0.1000`, `0.1`},
		{"largest int64", `9223372036854775807`, `9223372036854775807`},
		{"largest uint64", `18446744073709551615`, `18446744073709551615`},
		{"smallest int64", `-9223372036854775808`, `-9223372036854775808`},
		{"beyond uint64", `18446744073709551616`, `1.8446744073709552e+19`},
		{"below int64", `-9223372036854775809`, `-9.223372036854776e+18`},
		{"1e15", `1e15`, `1000000000000000.0`},
		{"just below 1e16", `9999999999999998.0`, `9999999999999998.0`},
		{"1e16", `1e16`, `1e+16`},
		{"1.5e16", `15000000000000000.0`, `1.5e+16`},
		{"1e-5", `0.00001`, `0.00001`},
		{"below 1e-5", `0.000009`, `9e-6`},
		{"1e-7", `1e-7`, `1e-7`},
		{"1.25e-7", `0.000000125`, `1.25e-7`},
		{"1e-10", `1e-10`, `1e-10`},
		{"1e100", `1e100`, `1e+100`},
		{"negative", `-1.25e-7`, `-1.25e-7`},
		{"largest double", `1.7976931348623157e308`, `1.7976931348623157e+308`},
		{"list", `[ 1 , "a" , null , [ ] , true ]`, `[1,"a",null,[],true]`},
		{"numbers in a list", `[1.0,-0,1e3]`, `[1.0,-0.0,1000.0]`},
		{"keys are sorted by bytes", `{"b":1,"a":{"d":[],"c":{}},"B":2,"é":3}`, `{"B":2,"a":{"c":{},"d":[]},"b":1,"é":3}`},
		{"the last of a repeated key", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{"only mandatory escapes", `["\"\\\/\b\f\n\r\t\u0000\u001f\u007f<>&\u2028é🦔"]`,
			`["\"\\/\b\f\n\r\t\u0000\u001f` + "\u007f<>&\u2028é🦔" + `"]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := new(Evaluation)
			if got := string(e.textOf(mustJSON(t, tc.json))); got != tc.want {
				t.Errorf("%s\n got %s\nwant %s", tc.json, got, tc.want)
			}
		})
	}
}

func TestLower(t *testing.T) {
	for text, want := range map[string]string{
		"":                "",
		"ABCxyz019":       "abcxyz019",
		"ÄÖÜẞ":            "äöüß",
		"\u0130I":         "i\u0307i",
		"\u212a":          "k",
		"ǅ":               "ǆ",
		"ΟΔΟΣ":            "οδος",
		"ΟΔΟΣ ΟΔΟΣ":       "οδος οδος",
		"Σ":               "σ",
		"ΑΣ":              "ας",
		"ΣΑ":              "σα",
		"ΑΣΑ":             "ασα",
		"ΑΣ.":             "ας.",
		"ΑΣ.Α":            "ασ.α",
		"Α'Σ":             "α'ς",
		"ΑΣ'":             "ας'",
		"Α\u0301Σ":        "α\u0301ς",
		"1Σ":              "1σ",
		"Α Σ":             "α σ",
		"ΑΣ\u00adΑ":       "ασ\u00adα",
		"ΑΣ1":             "ας1",
		"\u2160Σ":         "\u2170ς", // a Roman numeral is cased without being a letter
		"𐐀":               "𐐨",
		"Ꭰ":               "ꭰ",
		"日本":              "日本",
		"A\u0345Σ":        "a\u0345ς",
		"\u0345Σ":         "\u0345σ",
		"straße":          "straße",
		"ΑΣ\u00b7Σ\u0387": "ασ\u00b7ς\u0387",
	} {
		if got := string(appendLower(nil, []byte(text))); got != want {
			t.Errorf("lower(%q) = %q, want %q", text, got, want)
		}
	}
}
