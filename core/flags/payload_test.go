package flags

import "testing"

func TestPayload(t *testing.T) {
	split := `,"multivariate":{"variants":[{"key":"a","rollout_percentage":100}]}`
	for _, tc := range []struct{ name, filters, want string }{
		{"of true", groups(``) + `,"payloads":{"true":"{\"a\": [1.0, 2]}"}`, `{"a": [1.0, 2]}`},
		{"of a variant", groups(``) + split + `,"payloads":{"true":"1","a":"\"x\""}`, `"x"`},
		{"of another variant", groups(``) + split + `,"payloads":{"true":"1","b":"2"}`, ``},
		{"of a holdout", groups(``) + `,"holdout":{"id":9,"exclusion_percentage":100},"payloads":{"holdout-9":"[]"}`, `[]`},
		{"of nothing", groups(``), ``},
		{"null payloads", groups(``) + `,"payloads":null`, ``},
		{"payloads of another type", groups(``) + `,"payloads":["true"]`, ``},
		{"off has none", `"groups":[],"payloads":{"false":"1","true":"2"}`, ``},
		{"unknown has none", groups(properties(fU)) + `,"payloads":{"true":"2"}`, ``},
		{"zero is one", groups(``) + `,"payloads":{"true":"0"}`, `0`},
		{"false is one", groups(``) + `,"payloads":{"true":"false"}`, `false`},
		{"the empty text is one", groups(``) + `,"payloads":{"true":"\"\""}`, `""`},
		{"nothing between the quotes is none", groups(``) + `,"payloads":{"true":""}`, ``},
		{"malformed is none", groups(``) + `,"payloads":{"true":"{a:1}"}`, ``},
		{"NaN is none", groups(``) + `,"payloads":{"true":"NaN"}`, ``},
		{"trailing text is none", groups(``) + `,"payloads":{"true":"1 2"}`, ``},
		{"a number beyond a double is none", groups(``) + `,"payloads":{"true":"1e400"}`, ``},
		{"numbers keep their token", groups(``) + `,"payloads":{"true":" 323.0 "}`, `323.0`},
		{"not a string in the document is itself", groups(``) + `,"payloads":{"true":{"a":0}}`, `{"a":0}`},
		{"0 in the document is itself", groups(``) + `,"payloads":{"true":0}`, `0`},
		{"false in the document is itself", groups(``) + `,"payloads":{"true":false}`, `false`},
		{"null in the document is none", groups(``) + `,"payloads":{"true":null}`, ``},
		{"the last of a repeated one", groups(``) + `,"payloads":{"true":"1","true":"2"}`, `2`},
		{"a variant without a name has that of true",
			groups(``) + `,"multivariate":{"variants":[{"key":"","rollout_percentage":100}]},"payloads":{"true":"1","":"2"}`, `1`},
		{"a variant that is called true", groups(``) + `,"multivariate":{"variants":[{"key":"true","rollout_percentage":100}]},"payloads":{"true":"1"}`, `1`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := (call{id: "x"}).flag(t, mustParse(t, document(simple("f", tc.filters))), "f")
			if string(got.Payload) != tc.want {
				t.Errorf("payload of %s is %s, want %s", answer(got), got.Payload, tc.want)
			}
		})
	}
}

func TestPayloadFor(t *testing.T) {
	d := mustParse(t, document(simple("f", `"groups":[],"payloads":{"true":"1","a":"[2]","false":"3","1":"4"}`)))
	for _, tc := range []struct{ key, value, want string }{
		{"f", `true`, `1`}, {"f", `"true"`, `1`}, {"f", `"a"`, `[2]`}, {"f", `"\u0061"`, `[2]`}, {"f", `"b"`, ``},
		{"f", `false`, ``}, {"f", `1`, ``}, {"f", `null`, ``}, {"f", ``, ``}, {"g", `true`, ``},
	} {
		if got := d.PayloadFor(tc.key, mustJSON(t, tc.value)); string(got) != tc.want {
			t.Errorf("payload of %s for %s is %s, want %s", tc.key, tc.value, got, tc.want)
		}
	}
}
