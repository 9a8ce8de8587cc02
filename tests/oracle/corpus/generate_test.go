package corpus

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/flags"
)

func TestGenerate_repeats(t *testing.T) {
	first, second := Generate(7, 250), Generate(7, 250)
	if !reflect.DeepEqual(first, second) {
		t.Error("one seed gave two corpora")
	}
	if reflect.DeepEqual(first, Generate(8, 250)) {
		t.Error("two seeds gave one corpus")
	}
	if want := 250 + len(Probes().Calls); first.Count() != want {
		t.Errorf("%d calls, want %d", first.Count(), want)
	}
}

func TestGenerate_moreCallsKeepTheFirst(t *testing.T) {
	few, many := Generate(7, callsPerDocument), Generate(7, 3*callsPerDocument)
	if !reflect.DeepEqual(few.Documents[0], many.Documents[0]) {
		t.Error("the first document depends on how many follow")
	}
}

// TestGenerate_asksForFlagsThatAreThere guards against a corpus that everyone answers alike because it asks nothing.
func TestGenerate_asksForFlagsThatAreThere(t *testing.T) {
	c := Generate(1, 2_000)
	values := map[string]int{}
	for _, d := range c.Documents {
		definitions, err := flags.Parse(codec.Value(d.Definitions))
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range d.Calls {
			if !definitions.Has(call.Key) {
				t.Fatalf("%s is in no definitions", call.Key)
			}
			user := flags.User{DistinctID: call.DistinctID, Groups: codec.Value(call.Groups),
				PersonProperties: codec.Value(call.PersonProperties), GroupProperties: codec.Value(call.GroupProperties)}
			var value any
			if text := definitions.Evaluate(&user, c.NowMs).Flag(call.Key).Value; text != nil {
				if err := json.Unmarshal(text, &value); err != nil {
					t.Fatal(err)
				}
			}
			_, isVariant := value.(string)
			switch {
			case value == nil:
				values["undecided"]++
			case isVariant:
				values["variant"]++
			case value == true:
				values["on"]++
			default:
				values["off"]++
			}
		}
	}
	for _, kind := range []string{"undecided", "variant", "on", "off"} {
		if values[kind] < c.Count()/20 {
			t.Errorf("only %d of %d answers are %s: %v", values[kind], c.Count(), kind, values)
		}
	}
}
