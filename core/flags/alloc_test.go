//go:build !race

// Under the race detector the standard library's SHA-1 allocates to write its state.

package flags

import (
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
)

func TestEvaluation_doesNotAllocate(t *testing.T) {
	cohort := `"cohorts":{"1":{"type":"OR","values":[{"key":"plan","value":"pro"}]}}`
	split := `,"multivariate":{"variants":[{"key":"a","rollout_percentage":50},{"key":"b","rollout_percentage":50}]}`
	for _, tc := range []struct{ name, filters string }{
		{"rollout", groups(`"rollout_percentage":50`)},
		{"variants", groups(``) + split},
		{"five conditions", groups(frequent...)},
		{"five conditions and variants", groups(frequent...) + split},
		{"letters beyond ASCII", groups(properties(`{"key":"name","value":"ZÜRICH"}`))},
		{"text of a number", groups(properties(`{"key":"score","value":"12.5"}`))},
		{"pattern", groups(properties(`{"key":"email","operator":"regex","value":"@example\\.(com|org)$"}`))},
		{"presence", groups(properties(`{"key":"beta","operator":"is_set"}`))},
		{"missing", groups(properties(`{"key":"gone","operator":"is_set"}`))},
		{"implied distinct_id", groups(properties(`{"key":"distinct_id","value":"user-1"}`))},
		{"group", groups(properties(`{"key":"size","operator":"gte","value":5}`)+`,"rollout_percentage":99`) + `,"aggregation_group_type_index":0`},
		{"cohort", groups(properties(`{"type":"cohort","value":1}`))},
		{"dependency", groups(properties(depends("other", `true`)))},
		{"holdout", groups(``) + `,"holdout":{"id":1,"exclusion_percentage":50}`},
		{"payload", groups(``) + `,"payloads":{"true":"{}"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := mustParse(t, strings.TrimSuffix(document(simple("f", tc.filters), simple("other", groups(``))), "}")+`,`+cohort+`}`)
			user := &User{
				DistinctID: "user-1", PersonProperties: codec.Value(shopper),
				Groups: codec.Value(`{"company":"acme"}`), GroupProperties: codec.Value(`{"company":{"size":7}}`),
			}
			e := new(Evaluation)
			evaluate := func() {
				e.Start(d, user, now)
				if r := e.Flag("f"); r.Reason == "" {
					t.Error("no reason")
				}
			}
			evaluate()
			if n := testing.AllocsPerRun(200, evaluate); n != 0 {
				t.Errorf("%v allocations with used memory, want none", n)
			}
		})
	}
}
