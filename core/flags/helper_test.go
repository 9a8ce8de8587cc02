package flags

import (
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
)

// now is 2025-03-31T12:34:56.789Z, the instant of every test that does not choose another.
const now = 1743424496789

// mustJSON checks a text the way every document is checked on its way in.
func mustJSON(t testing.TB, text string) codec.Value {
	t.Helper()
	if text == "" {
		return nil
	}
	v, err := codec.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func mustParse(t testing.TB, document string) *Definitions {
	t.Helper()
	d, err := Parse(mustJSON(t, document))
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	return d
}

// call is one evaluation: whom for, as JSON.
type call struct {
	id, device, groups, person, group string
	now                               int64
}

func (c call) user(t testing.TB) *User {
	t.Helper()
	return &User{
		DistinctID: c.id, DeviceID: c.device, Groups: mustJSON(t, c.groups),
		PersonProperties: mustJSON(t, c.person), GroupProperties: mustJSON(t, c.group),
	}
}

func (c call) flag(t testing.TB, d *Definitions, key string) Result {
	t.Helper()
	at := c.now
	if at == 0 {
		at = now
	}
	result := d.Evaluate(c.user(t), at).Flag(key)
	if value := d.Evaluate(c.user(t), at).Value(key); string(value) != string(result.Value) {
		t.Errorf("%s: the value alone is %s, beside its reason %s", key, value, result.Value)
	}
	return result
}

// answer writes a result the short way: T, F, a quoted variant, or U.
func answer(r Result) string {
	switch string(r.Value) {
	case "":
		return "U"
	case "true":
		return "T"
	case "false":
		return "F"
	}
	return string(r.Value)
}

// document wraps flags, written as JSON objects without braces, in a document.
func document(flags ...string) string {
	return `{"group_type_mapping":{"0":"company","1":"project"},"flags":[{` + strings.Join(flags, `},{`) + `}]}`
}

// simple is an active flag with these filters, written without braces.
func simple(key, filters string) string {
	return `"key":"` + key + `","active":true,"filters":{` + filters + `}`
}

// flagCase evaluates the flag "f" of a document.
type flagCase struct {
	name     string
	document string
	call     call
	want     string // T, F, U or the quoted variant
	reason   string // unless empty
}

func runFlagCases(t *testing.T, cases []flagCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.call.id == "" {
				tc.call.id = "user-1"
			}
			got := tc.call.flag(t, mustParse(t, tc.document), "f")
			if answer(got) != tc.want || tc.reason != "" && got.Reason != tc.reason {
				t.Errorf("document %s\ncall %+v\n got %s (%s)\nwant %s (%s)",
					tc.document, tc.call, answer(got), got.Reason, tc.want, tc.reason)
			}
		})
	}
}

// filterCase matches the property "p" with one filter: T, F or U.
type filterCase struct {
	name     string
	operator string
	value    string // JSON; empty for absent
	property string // JSON; empty for missing
	want     string
}

func (tc filterCase) filter() string {
	filter := `"key":"p","type":"person","operator":"` + tc.operator + `"`
	if tc.value != "" {
		filter += `,"value":` + tc.value
	}
	return `{` + filter + `}`
}

func (tc filterCase) person() string {
	if tc.property == "" {
		return `{}`
	}
	return `{"p":` + tc.property + `}`
}

// runFilterCases evaluates each case as a condition of a flag and, where the operator has a meaning there, as the leaf
// of a cohort.
func runFilterCases(t *testing.T, version string, cases []filterCase) {
	t.Helper()
	for _, tc := range cases {
		name := tc.name
		if name == "" {
			name = tc.operator + " " + tc.value + " on " + tc.property
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := mustParse(t, `{"property_matching_version":`+version+`,"flags":[{`+
				simple("f", `"groups":[{"properties":[`+tc.filter()+`]}]`)+`},{`+
				simple("g", `"groups":[{"properties":[{"type":"cohort","key":"id","value":1}]}]`)+
				`}],"cohorts":{"1":{"type":"AND","values":[`+tc.filter()+`]}}}`)
			c := call{id: "user-1", person: tc.person()}
			got := c.flag(t, d, "f")
			if answer(got) != tc.want {
				t.Errorf("filter %s on %s\n got %s (%s)\nwant %s", tc.filter(), tc.person(), answer(got), got.Reason, tc.want)
			}
			if got := c.flag(t, d, "g"); answer(got) != tc.want {
				t.Errorf("cohort leaf %s on %s\n got %s (%s)\nwant %s", tc.filter(), tc.person(), answer(got), got.Reason, tc.want)
			}
		})
	}
}

func keysOf(d *Definitions) (keys []string) {
	for place := range d.All() {
		keys = append(keys, d.Key(place))
	}
	return keys
}
