package conformance

import (
	"strings"
	"testing"
)

func TestMatch_accepts(t *testing.T) {
	for _, test := range []struct{ want, got string }{
		{`{"a":1,"b":[true,null,"x"]}`, `{"b":[true,null,"x"],"a":1}`},
		{`323.0`, `323.0`},
		{`"é"`, `"\u00e9"`},
		{`{"id":{"$any":"uuid"}}`, `{"id":"0190F5A4-0000-7000-8000-00000000000f"}`},
		{`{"$any":"number"}`, `1e5`},
		{`{"$any":"string"}`, `""`},
	} {
		if err := Match(mustParse(t, test.want), mustParse(t, test.got)); err != nil {
			t.Errorf("want %s, got %s: %v", test.want, test.got, err)
		}
	}
}

func TestMatch_refuses(t *testing.T) {
	for _, test := range []struct{ name, want, got, message string }{
		{"other token", `{"n":323.0}`, `{"n":323}`, ".n: got 323, want 323.0"},
		{"other exponent", `1e5`, `100000`, "the value: got 100000, want 1e5"},
		{"number for string", `"1"`, `1`, `got 1, want "1"`},
		{"missing member", `{"a":1,"b":2}`, `{"a":1}`, ".b: missing, want 2"},
		{"extra member", `{"a":1}`, `{"a":1,"b":2}`, ".b: got 2, want no such member"},
		{"null for missing", `{"a":null}`, `{}`, ".a: missing, want null"},
		{"repeated member", `{"a":1}`, `{"a":1,"a":1}`, ".a: repeated"},
		{"several at once", `{"a":1,"b":2}`, `{"a":2,"b":3}`, ".b: got 3, want 2"},
		{"other element", `[1,2]`, `[2,1]`, "[0]: got 2, want 1"},
		{"shorter array", `[1,2]`, `[1]`, "got 1 elements, want 2"},
		{"longer array", `{"a":[]}`, `{"a":[1]}`, ".a: got 1 elements, want 0"},
		{"null for false", `false`, `null`, "got null, want false"},
		{"object for array", `[]`, `{}`, "got {}, want []"},
		{"no uuid", `{"$any":"uuid"}`, `"0190f5a4"`, "want any uuid"},
		{"number for any string", `{"$any":"string"}`, `1`, "want any string"},
		{"string for any number", `{"$any":"number"}`, `"1"`, "want any number"},
		{"missing for any", `{"a":{"$any":"string"}}`, `{}`, ".a: missing"},
		{"unknown placeholder", `{"$any":"thing"}`, `1`, "unknown placeholder"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Match(mustParse(t, test.want), mustParse(t, test.got))
			if err == nil || !strings.Contains(err.Error(), test.message) {
				t.Errorf("want %s, got %s: error %v, want %q in it", test.want, test.got, err, test.message)
			}
		})
	}
}

func mustParse(t *testing.T, text string) Value {
	t.Helper()
	v, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
