package flags

import (
	"slices"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
)

func TestParse_refusesOtherDocuments(t *testing.T) {
	for _, text := range []string{`null`, `[]`, `"secret"`, `1`, ``, `{}`, `{"flags":null}`, `{"flags":{"secret":1}}`, `{"flags":"secret"}`} {
		d, err := Parse(mustJSON(t, text))
		if d != nil || err == nil {
			t.Errorf("%s was taken", text)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes the document: %v", text, err)
		}
	}
}

func TestParse_keepsWhatItCan(t *testing.T) {
	d := mustParse(t, ` { "flags" : [ 1, null, {}, {"key":5}, {"key":"a","active":true,"filters":{"groups":[{}]}},
		{"key":"b","active":true,"filters":"?"}, {"key":"é","active":false}, {"key":"a","active":false} ],
		"group_type_mapping": [], "cohorts": "?", "unknown": {"flags":[]}, "minimal_flag_called_events": true }`)
	if keys := keysOf(d); !slices.Equal(keys, []string{"a", "b", "é"}) || d.Len() != 3 {
		t.Errorf("keys are %q, length %d", keys, d.Len())
	}
	for _, key := range keysOf(d) {
		if key == "b" {
			break
		}
	}
	if !d.Has("é") || d.Has("c") || d.Has("") {
		t.Error("Has does not know the keys")
	}
	for key, want := range map[string]string{"a": "F", "b": "U", "é": "F"} {
		if got := answer((call{id: "x"}).flag(t, d, key)); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	if !d.MinimalFlagCalledEvents() {
		t.Error("minimal_flag_called_events was not read")
	}
}

func TestParse_minimalFlagCalledEvents(t *testing.T) {
	for text, want := range map[string]bool{`true`: true, `false`: false, `null`: false, `"true"`: false, `1`: false} {
		if got := mustParse(t, `{"flags":[],"minimal_flag_called_events":`+text+`}`).MinimalFlagCalledEvents(); got != want {
			t.Errorf("%s reads as %v", text, got)
		}
	}
	if mustParse(t, `{"flags":[]}`).MinimalFlagCalledEvents() {
		t.Error("absent reads as true")
	}
	if !mustParse(t, `{"flags":[],"minimalFlagCalledEvents":true}`).MinimalFlagCalledEvents() {
		t.Error("the cache providers' spelling is not read")
	}
}

func TestParse_cacheProvidersSpelling(t *testing.T) {
	d := mustParse(t, `{"groupTypeMapping":{"0":"company"},"propertyMatchingVersion":2,"flags":[{`+
		simple("f", groups(properties(`{"key":"p","value":false}`))+`,"aggregation_group_type_index":0`)+`}]}`)
	c := call{id: "x", groups: `{"company":"a"}`, group: `{"company":{"p":"banana"}}`}
	if got := c.flag(t, d, "f"); answer(got) != "F" || got.Reason != ReasonNoConditionMatch {
		t.Errorf("got %s (%s)", answer(got), got.Reason)
	}
}

func TestParse_metadata(t *testing.T) {
	d := mustParse(t, document(
		`"key":"full","id":12,"team_id":1,"name":"n","version":3,"has_experiment":true,"evaluation_runtime":"client","active":true,"filters":{"groups":[{}]}`,
		`"key":"none","active":true`,
		`"key":"off","id":"12","version":null,"has_experiment":false,"evaluation_runtime":"server","active":false`,
		`"key":"odd","id":1.5,"version":"3","has_experiment":"yes","evaluation_runtime":5,"active":true`,
	))
	for key, want := range map[string]Result{
		"full": {ID: codec.Value("12"), Version: codec.Value("3"), HasExperiment: codec.Value("true"), ClientOnly: true},
		"none": {},
		"off":  {HasExperiment: codec.Value("false")},
		"odd":  {},
		"gone": {},
	} {
		got := (call{id: "x"}).flag(t, d, key)
		if string(got.ID) != string(want.ID) || string(got.Version) != string(want.Version) ||
			string(got.HasExperiment) != string(want.HasExperiment) || got.ClientOnly != want.ClientOnly {
			t.Errorf("%s: got %+v, want %+v", key, got, want)
		}
	}
}

// TestParse_copies overwrites the document after parsing it.
func TestParse_copies(t *testing.T) {
	text := []byte(`{"group_type_mapping":{"0":"company"},"flags":[{"key":"split","active":true,"has_experiment":true,
		"filters":{"groups":[{"properties":[{"key":"p","value":["aaa","b"]},{"key":"q","operator":"icontains","value":"ccc"},
		{"key":"v","operator":"semver_eq","value":"1.2.3-beta+x"},{"key":"r","operator":"regex","value":"^ddd$"},
		{"key":"c","type":"cohort","value":7},{"key":"on","type":"flag","operator":"flag_evaluates_to","value":"vvv","dependency_chain":["on"]}]}],
		"multivariate":{"variants":[{"key":"vvv","rollout_percentage":100}]},"payloads":{"vvv":"{\"a\":1}","true":{"b":2}}}},
		{"key":"on","active":true,"filters":{"groups":[{"variant":"vvv"}],"multivariate":{"variants":[{"key":"vvv","rollout_percentage":0}]}}},
		{"key":"held","active":true,"filters":{"holdout":{"id":77,"exclusion_percentage":100}}}],
		"cohorts":{"7":{"type":"OR","values":[{"key":"d","operator":"gt","value":"5"}]}}}`)
	checked, err := codec.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(checked)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		text[i] = '#'
	}
	c := call{id: "x", person: `{"p":"aaa","q":"xcccx","v":"1.2.3-beta+x","r":"ddd","d":6}`}
	got := c.flag(t, d, "split")
	if answer(got) != `"vvv"` || string(got.Payload) != `{"a":1}` || string(got.HasExperiment) != "true" {
		t.Errorf("got %s with payload %s (%s)", answer(got), got.Payload, got.Reason)
	}
	if got := answer(c.flag(t, d, "held")); got != `"holdout-77"` {
		t.Errorf("got %s", got)
	}
	if got := d.PayloadFor("split", codec.Value("true")); string(got) != `{"b":2}` {
		t.Errorf("got %s", got)
	}
}
