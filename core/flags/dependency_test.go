package flags

import (
	"fmt"
	"strings"
	"testing"
)

// depends writes a filter about another flag.
func depends(key, value string) string {
	return `{"type":"flag","key":"` + key + `","operator":"flag_evaluates_to","value":` + value + `,"dependency_chain":["` + key + `"]}`
}

func TestDependency(t *testing.T) {
	on := simple("on", groups(``))
	off := simple("off", groups(properties(fF)))
	unknown := simple("unknown", groups(properties(fU)))
	split := simple("split", groups(``)+`,"multivariate":{"variants":[{"key":"a","rollout_percentage":100}]}`)
	needs := func(filter string, others ...string) string {
		return document(append(others, simple("f", groups(properties(filter))))...)
	}
	c := call{person: person}
	runFlagCases(t, []flagCase{
		{"true and on", needs(depends("on", `true`), on), c, "T", ""},
		{"true and off", needs(depends("off", `true`), off), c, "F", ""},
		{"true and any variant", needs(depends("split", `true`), split), c, "T", ""},
		{"false and on", needs(depends("on", `false`), on), c, "F", ""},
		{"false and off", needs(depends("off", `false`), off), c, "T", ""},
		{"false and a variant", needs(depends("split", `false`), split), c, "F", ""},
		{"the variant", needs(depends("split", `"a"`), split), c, "T", ""},
		{"another variant", needs(depends("split", `"b"`), split), c, "F", ""},
		{"variants are case-sensitive", needs(depends("split", `"A"`), split), c, "F", ""},
		{"a variant of a flag without", needs(depends("on", `"true"`), on), c, "F", ""},
		{"a variant of a flag that is off", needs(depends("off", `"a"`), off), c, "F", ""},
		{"the empty variant", needs(depends("on", `""`), on), c, "F", ""},
		{"a number", needs(depends("on", `1`), on), c, "F", ""},
		{"a list", needs(depends("on", `["a"]`), on), c, "F", ""},
		{"null", needs(depends("on", `null`), on), c, "U", ReasonInvalidFilterValue},
		{"the target is unknown", needs(depends("unknown", `true`), unknown), c, "U", ReasonUndecidedDependency},
		{"the target is unknown, false wanted", needs(depends("unknown", `false`), unknown), c, "U", ReasonUndecidedDependency},
		{"the target is unknown, number wanted", needs(depends("unknown", `1`), unknown), c, "U", ""},
		{"the target's static unknown is not static here",
			document(simple("static", groups(properties(fStatic))), simple("f", groups(properties(depends("static", `true`)), ``))), c, "T", ""},
		{"the target is not there", needs(depends("gone", `true`)), c, "U", ReasonUnknownDependency},
		{"the target stands later", document(simple("f", groups(properties(depends("on", `true`)))), on), c, "T", ""},
		{"the target is inactive", needs(depends("on", `true`), `"key":"on","active":false,"filters":{"groups":[{}]}`), c, "F", ""},
		{"the target is inactive and false wanted", needs(depends("on", `false`), `"key":"on","active":false`), c, "T", ""},
		{"the target has continuity",
			needs(depends("on", `true`), `"key":"on","active":true,"ensure_experience_continuity":true,"filters":{"groups":[{}]}`), c, "U", ReasonUndecidedDependency},
		{"the target is a group flag", needs(depends("on", `true`), simple("on", groups(``)+`,"aggregation_group_type_index":0`)),
			call{groups: `{"company":"acme"}`}, "T", ""},
		{"the target is a group flag without its group", needs(depends("on", `true`), simple("on", groups(``)+`,"aggregation_group_type_index":0`)), c, "F", ""},
		{"the target is by device", needs(depends("on", `true`), `"key":"on","active":true,"bucketing_identifier":"device_id","filters":{"groups":[{}]}`),
			call{device: "d"}, "T", ""},
		{"the target is held out", needs(depends("on", `"holdout-7"`), simple("on", groups(``)+`,"holdout":{"id":7,"exclusion_percentage":100}`)), c, "T", ""},
		{"a holdout is not off", needs(depends("on", `true`), simple("on", groups(``)+`,"holdout":{"id":7,"exclusion_percentage":100}`)), c, "T", ""},
		{"negation is not for a flag's own filters", needs(strings.Replace(depends("on", `true`), `{`, `{"negation":true,`, 1), on), c, "T", ""},
		{"through another flag",
			document(on, simple("mid", groups(properties(depends("on", `true`)))), simple("f", groups(properties(depends("mid", `true`))))), c, "T", ""},

		{"another operator", needs(`{"type":"flag","key":"on","operator":"exact","value":true,"dependency_chain":["on"]}`, on), c, "U", ReasonUnknownOperator},
		{"no operator", needs(`{"type":"flag","key":"on","value":true,"dependency_chain":["on"]}`, on), c, "U", ReasonUnknownOperator},
		{"the empty key", needs(depends("", `true`), on), c, "U", ReasonMalformedCondition},
		{"no chain", needs(`{"type":"flag","key":"on","operator":"flag_evaluates_to","value":true}`, on), c, "U", ""},
		{"the empty chain", needs(`{"type":"flag","key":"on","operator":"flag_evaluates_to","value":true,"dependency_chain":[]}`, on), c, "U", ""},
		{"a null chain", needs(`{"type":"flag","key":"on","operator":"flag_evaluates_to","value":true,"dependency_chain":null}`, on), c, "U", ""},
		{"a chain of another type", needs(`{"type":"flag","key":"on","operator":"flag_evaluates_to","value":true,"dependency_chain":"on"}`, on), c, "U", ""},
		{"only the target of a chain counts",
			document(off, on, simple("f", groups(properties(`{"type":"flag","key":"on","operator":"flag_evaluates_to","value":true,"dependency_chain":["off","on"]}`)))), c, "T", ""},
		{"a number as key", document(simple("7", groups(``)), simple("f", groups(properties(strings.Replace(depends("7", `true`), `"key":"7"`, `"key":7`, 1))))), c, "T", ""},

		{"itself", needs(depends("f", `true`)), c, "U", ReasonDependencyCycle},
		{"itself, negated value", needs(depends("f", `false`)), c, "U", ReasonDependencyCycle},
		{"each other", document(simple("g", groups(properties(depends("f", `true`)))), simple("f", groups(properties(depends("g", `true`))))), c, "U", ReasonDependencyCycle},
		{"a circle beside a match", document(simple("g", groups(properties(depends("f", `true`)))), simple("f", groups(properties(depends("g", `true`)), ``))), c, "T", ""},
		{"leaning on a circle", document(simple("a", groups(properties(depends("b", `true`)))), simple("b", groups(properties(depends("a", `true`)))),
			simple("f", groups(properties(depends("a", `true`))))), c, "U", ReasonUndecidedDependency},
		{"a circle that is a no", document(simple("g", groups(properties(depends("f", `true`)))), simple("f", groups(properties(depends("g", `true`), fF)))), c, "F", ""},
	})
}

func TestDependency_answerDoesNotDependOnTheStart(t *testing.T) {
	d := mustParse(t, document(
		simple("a", groups(properties(depends("b", `true`)), properties(fT))),
		simple("b", groups(properties(depends("a", `true`)))),
		simple("c", groups(properties(depends("b", `true`)))),
	))
	want := map[string]string{"a": "T", "b": "U", "c": "U"}
	for _, order := range [][]string{{"a", "b", "c"}, {"c", "b", "a"}, {"b", "a", "c"}, {"b", "b", "c", "a"}} {
		e := d.Evaluate(call{id: "x", person: person}.user(t), now)
		for _, key := range order {
			if got := answer(e.Flag(key)); got != want[key] {
				t.Errorf("order %v: %s is %s, want %s", order, key, got, want[key])
			}
		}
	}
}

func TestDependency_longChainsAreCut(t *testing.T) {
	chain := func(length int) *Definitions {
		flags := []string{simple("f0", groups(``))}
		for i := 1; i <= length; i++ {
			flags = append(flags, simple(fmt.Sprintf("f%d", i), groups(properties(depends(fmt.Sprintf("f%d", i-1), `true`)))))
		}
		return mustParse(t, document(flags...))
	}
	d := chain(100_000)
	for key, want := range map[string]string{"f0": "T", "f100": "T", "f101": "U", "f50000": ""} {
		got := (call{id: "a"}).flag(t, d, key)
		if want != "" && answer(got) != want {
			t.Errorf("%s is %s (%s), want %s", key, answer(got), got.Reason, want)
		}
	}
}

func TestDependency_isEvaluatedOnce(t *testing.T) {
	// Each level asks the one below twice: without memory this would take 2^90 steps.
	flags := []string{simple("f0", groups(``))}
	for i := 1; i <= 90; i++ {
		below := depends(fmt.Sprintf("f%d", i-1), `true`)
		flags = append(flags, simple(fmt.Sprintf("f%d", i), groups(properties(below, below))))
	}
	d := mustParse(t, document(flags...))
	if got := (call{id: "a"}).flag(t, d, "f90"); answer(got) != "T" {
		t.Errorf("got %s (%s)", answer(got), got.Reason)
	}
}

func TestContexts(t *testing.T) {
	d := mustParse(t, document(
		`"key":"web","active":true,"evaluation_contexts":["web","app"],"filters":{"groups":[{}]}`,
		`"key":"old","active":true,"evaluation_tags":["server"],"filters":{"groups":[{}],"payloads":{"true":"1"}}`,
		`"key":"any","active":true,"evaluation_contexts":[],"filters":{"groups":[{}]}`,
		`"key":"both","active":true,"evaluation_contexts":["web"],"evaluation_tags":["server"],"filters":{"groups":[{}]}`,
		simple("needsOld", groups(properties(depends("old", `true`)))),
		simple("needsNotOld", groups(properties(depends("old", `false`)))),
	))
	for _, tc := range []struct {
		name     string
		contexts []string
		want     map[string]string
		len      int
	}{
		{"no restriction", nil, map[string]string{"web": "T", "old": "T", "any": "T", "both": "T", "needsOld": "T", "needsNotOld": "F"}, 6},
		{"one", []string{"web"}, map[string]string{"web": "T", "old": ReasonOtherContext, "any": "T", "both": "T", "needsOld": "F", "needsNotOld": "T"}, 5},
		{"another", []string{"server"}, map[string]string{"web": ReasonOtherContext, "old": "T", "any": "T", "both": ReasonOtherContext, "needsOld": "T", "needsNotOld": "F"}, 4},
		{"one of several", []string{"x", "app"}, map[string]string{"web": "T", "old": ReasonOtherContext, "any": "T", "both": ReasonOtherContext}, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			restricted := d.WithContexts(tc.contexts)
			seen := 0
			for _, key := range keysOf(restricted) {
				seen++
				if !restricted.Has(key) || tc.want[key] == ReasonOtherContext {
					t.Errorf("%s is among the keys", key)
				}
			}
			if seen != tc.len || restricted.Len() != tc.len {
				t.Errorf("%d keys, length %d, want %d", seen, restricted.Len(), tc.len)
			}
			for key, want := range tc.want {
				got := (call{id: "a"}).flag(t, restricted, key)
				if want == ReasonOtherContext {
					if got.Reason != want || got.Value != nil || restricted.Has(key) || restricted.PayloadFor(key, jsonTrue) != nil {
						t.Errorf("%s: got %s (%s)", key, answer(got), got.Reason)
					}
				} else if answer(got) != want {
					t.Errorf("%s: got %s (%s), want %s", key, answer(got), got.Reason, want)
				}
			}
		})
	}
	if d.Len() != 6 || !d.Has("old") {
		t.Error("the unrestricted definitions changed")
	}
}

func TestRuntime(t *testing.T) {
	flags := []string{}
	for _, runtime := range []string{"all", "client", "server", "edge"} {
		flags = append(flags,
			`"key":"`+runtime+`","active":true,"evaluation_runtime":"`+runtime+`","filters":{"groups":[{}]}`,
			simple("needs-"+runtime, groups(properties(depends(runtime, `true`)))))
	}
	d := mustParse(t, document(flags...))
	for runtime, want := range map[string]map[string]string{
		"":       {"client": "T", "needs-client": "T", "needs-server": "T", "needs-all": "T", "needs-edge": "T"},
		"all":    {"needs-client": "T", "needs-server": "T"},
		"server": {"client": "T", "needs-client": "F", "needs-server": "T", "needs-all": "T", "needs-edge": "T"},
		"client": {"server": "T", "needs-client": "T", "needs-server": "F", "needs-all": "T", "needs-edge": "T"},
	} {
		for key, want := range want {
			got := (call{id: "a"}).flag(t, d.WithRuntime(runtime), key)
			if answer(got) != want || got.ClientOnly != (key == "client") {
				t.Errorf("runtime %q: %s is %s (client only: %v), want %s", runtime, key, answer(got), got.ClientOnly, want)
			}
		}
	}
	both := d.WithRuntime("server").WithContexts([]string{"x"})
	if got := answer((call{id: "a"}).flag(t, both, "needs-client")); got != "F" {
		t.Errorf("both restrictions: got %s", got)
	}
}
