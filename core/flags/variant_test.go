package flags

import "testing"

const multi = `"key":"multi","active":true,"filters":{"groups":[{}],"multivariate":{"variants":[
	{"key":"first","rollout_percentage":50},{"key":"second","rollout_percentage":25},{"key":"third","rollout_percentage":25}]}}`

func TestVariant_sample(t *testing.T) {
	d := mustParse(t, document(multi))
	for id, want := range map[string]string{
		"user-1": `"first"`, "user-2": `"third"`, "user-3": `"first"`, "user-4": `"first"`,
	} {
		if got := answer((call{id: id}).flag(t, d, "multi")); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

func TestVariant(t *testing.T) {
	// The variant hash of simple-flag and user-1 is 0.4211875370594937.
	variants := func(condition, list string) string {
		return document(`"key":"simple-flag","active":true,"filters":{"groups":[{` + condition + `}],"multivariate":` + list + `}`)
	}
	for _, tc := range []struct{ name, condition, variants, want string }{
		{"below the first edge", ``, `{"variants":[{"key":"a","rollout_percentage":42.12},{"key":"b","rollout_percentage":57.88}]}`, `"a"`},
		{"an edge is the next one's", ``, `{"variants":[{"key":"a","rollout_percentage":42.11},{"key":"b","rollout_percentage":57.89}]}`, `"b"`},
		{"beyond the sum is plain true", ``, `{"variants":[{"key":"a","rollout_percentage":20},{"key":"b","rollout_percentage":20}]}`, "T"},
		{"no multivariate", ``, `null`, "T"},
		{"no list", ``, `{}`, "T"},
		{"null list", ``, `{"variants":null}`, "T"},
		{"empty list", ``, `{"variants":[]}`, "T"},
		{"empty key is plain true", ``, `{"variants":[{"key":"","rollout_percentage":100}]}`, "T"},
		{"override without a hash", `"variant":"b"`, `{"variants":[{"key":"a","rollout_percentage":100},{"key":"b","rollout_percentage":0}]}`, `"b"`},
		{"override of no variant is ignored", `"variant":"z"`, `{"variants":[{"key":"a","rollout_percentage":100}]}`, `"a"`},
		{"null override is ignored", `"variant":null`, `{"variants":[{"key":"a","rollout_percentage":100}]}`, `"a"`},
		{"override that is no text is ignored", `"variant":1`, `{"variants":[{"key":"a","rollout_percentage":100}]}`, `"a"`},
		{"override is case-sensitive", `"variant":"A"`, `{"variants":[{"key":"a","rollout_percentage":0},{"key":"b","rollout_percentage":100}]}`, `"b"`},
		{"override without variants", `"variant":"a"`, `null`, "T"},
		{"first of a repeated key", `"variant":"a"`, `{"variants":[{"key":"a","rollout_percentage":0},{"key":"a","rollout_percentage":100}]}`, `"a"`},
		{"percentage missing", ``, `{"variants":[{"key":"a"}]}`, "U"},
		{"key missing", ``, `{"variants":[{"rollout_percentage":100}]}`, "U"},
		{"list of another type", ``, `{"variants":{}}`, "U"},
		{"multivariate of another type", ``, `[]`, "U"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := (call{id: "user-1"}).flag(t, mustParse(t, variants(tc.condition, tc.variants)), "simple-flag")
			if answer(got) != tc.want {
				t.Errorf("got %s (%s), want %s", answer(got), got.Reason, tc.want)
			}
		})
	}
}

func TestVariant_edgesAreSummedInOrder(t *testing.T) {
	var f flag
	if !f.readVariants(mustJSON(t, `{"variants":[{"key":"a","rollout_percentage":33.33},
		{"key":"b","rollout_percentage":33.33},{"key":"c","rollout_percentage":33.34}]}`)) {
		t.Fatal("not read")
	}
	if edge := f.variants[2].edge; edge != 1 {
		t.Errorf("the last edge is %v, want exactly 1", edge)
	}
	if f.variantAt(1) != none {
		t.Error("a hash of exactly 1 lies beyond every variant")
	}
}
