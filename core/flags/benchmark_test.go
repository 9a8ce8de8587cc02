package flags

import (
	"fmt"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
)

const shopper = `{"country":"DE","email":"Ben@example.com","plan":"pro","age":34,"$os":"iOS","version":"1.12.3",` +
	`"signed_up":"2025-03-01T10:00:00Z","name":"Zürich","beta":true,"score":12.5}`

// frequent are conditions as most flags have them.
var frequent = []string{
	properties(`{"key":"country","operator":"exact","value":["us","gb"]}`),
	properties(`{"key":"email","operator":"icontains","value":"@posthog.com"}`),
	properties(`{"key":"age","operator":"gt","value":40}`, `{"key":"plan","value":"pro"}`),
	properties(`{"key":"version","operator":"semver_lt","value":"1.2.0"}`),
	properties(`{"key":"country","value":["de","at"]}`, `{"key":"signed_up","operator":"is_date_after","value":"-2m"}`) + `,"rollout_percentage":99.99`,
}

func TestEvaluation_startsOverWhenTheRunsAreUsedUp(t *testing.T) {
	d := mustParse(t, document(simple("f", groups(properties(fT, depends("g", `true`)))), simple("g", groups(``))))
	e := d.Evaluate(call{id: "a", person: person}.user(t), now)
	if got := answer(e.Flag("f")); got != "T" {
		t.Fatalf("got %s", got)
	}
	e.run = ^uint32(0)
	e.Start(d, call{id: "a"}.user(t), now)
	if got := answer(e.Flag("f")); got != "U" {
		t.Errorf("an old property came back: got %s", got)
	}
}

func benchmark(b *testing.B, d *Definitions, keys ...string) {
	user := &User{DistinctID: "user-1", PersonProperties: codec.Value(shopper)}
	b.Run("reused", func(b *testing.B) {
		e := new(Evaluation)
		b.ReportAllocs()
		for b.Loop() {
			e.Start(d, user, now)
			for _, key := range keys {
				e.Flag(key)
			}
		}
	})
	b.Run("fresh", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			e := d.Evaluate(user, now)
			for _, key := range keys {
				e.Flag(key)
			}
		}
	})
}

func BenchmarkFlag_simple(b *testing.B) {
	benchmark(b, mustParse(b, document(simple("f", groups(properties(`{"key":"plan","value":"pro"}`)+`,"rollout_percentage":50`)))), "f")
}

func BenchmarkFlag_rolloutOnly(b *testing.B) {
	benchmark(b, mustParse(b, document(simple("f", groups(`"rollout_percentage":50`)))), "f")
}

func BenchmarkFlag_fiveConditions(b *testing.B) {
	benchmark(b, mustParse(b, document(simple("f", groups(frequent...)))), "f")
}

func BenchmarkFlags_hundredMixed(b *testing.B) {
	document, keys := hundredMixed()
	benchmark(b, mustParse(b, document), keys...)
}

func BenchmarkParse_hundredMixed(b *testing.B) {
	text, _ := hundredMixed()
	v := mustJSON(b, text)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(v); err != nil {
			b.Fatal(err)
		}
	}
}

// hundredMixed is a project with flags of every kind.
func hundredMixed() (text string, keys []string) {
	split := `,"multivariate":{"variants":[{"key":"control","rollout_percentage":50},{"key":"test","rollout_percentage":50}]}`
	kinds := []string{
		groups(`"rollout_percentage":50`),
		groups(``) + split,
		groups(frequent...),
		groups(frequent...) + split + `,"payloads":{"test":"{\"colour\":\"red\"}"}`,
		groups(properties(`{"key":"email","operator":"regex","value":"@example\\.(com|org)$"}`)),
		groups(properties(`{"type":"cohort","value":1}`) + `,"rollout_percentage":20`),
		groups(properties(depends("flag-0", `true`))),
		groups(properties(`{"key":"gone","operator":"is_set"}`)),
		groups(properties(`{"key":"version","operator":"semver_wildcard","value":"1.*"}`)),
		groups(`"rollout_percentage":30`) + `,"aggregation_group_type_index":0`,
	}
	var flags []string
	for i := range 100 {
		key := fmt.Sprintf("flag-%d", i)
		keys = append(keys, key)
		flags = append(flags, simple(key, kinds[i%len(kinds)]))
	}
	return strings.TrimSuffix(document(flags...), "}") +
		`,"cohorts":{"1":{"type":"OR","values":[{"type":"AND","values":[{"key":"plan","value":"pro"},{"key":"age","operator":"gt","value":18}]}]}}}`, keys
}
