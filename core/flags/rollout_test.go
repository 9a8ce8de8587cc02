package flags

import (
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A process that is held to FIPS 140-3 gets the same positions. Enforcement is decided when a process starts.
func TestHash_underFIPS(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	vectors := exec.Command(program, "-test.run=^TestHash_vectors$", "-test.v")
	vectors.Env = append(os.Environ(), "GODEBUG=fips140=only")
	out, err := vectors.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestHash_vectors") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestHash_vectors(t *testing.T) {
	for _, tc := range []struct {
		key, id, salt string
		want          float64
	}{
		{"simple-flag", "user-1", "", 0.7371322536090543},
		{"simple-flag", "user-1", "variant", 0.4211875370594937},
		{"beta-feature", "distinct_id_0", "", 0.18171229031064146},
		{"beta-feature", "distinct_id_0", "variant", 0.79900781771286},
		{"my.flag_2", "user@example.com", "", 0.6581485488509425},
		{"flag-ünï", "ユーザー", "", 0.5436907250177067},
		{"emoji", "🦔", "variant", 0.4650716004429707},
		{"group-flag", "acme", "", 0.06319250192159755},
		{"uuid-flag", "018f3c0e-aaaa-7bbb-8ccc-0123456789ab", "", 0.7928473850891072},
		{"f", "e\u0301", "", 0.11795385630144972},
		{"f", "\u00e9", "", 0.5073712655611701},
		{"long", strings.Repeat("x", 250), "", 0.9904002326854354},
		{"long", strings.Repeat("x", 200), "", 0.1530137207528521},
		{"edge", "u132636", "", 0.9999989262249526},
		{"edge", "u138024", "", 9.160193998878838e-06},
	} {
		e := new(Evaluation)
		if got := e.hash(tc.key, identity{text: tc.id}, tc.salt); got != tc.want {
			t.Errorf("hash(%q, %q, %q) = %v, want %v", tc.key, tc.id, tc.salt, got, tc.want)
		}
		if got := e.hash(tc.key, identity{raw: []byte(tc.id)}, tc.salt); got != tc.want {
			t.Errorf("raw hash(%q, %q, %q) = %v, want %v", tc.key, tc.id, tc.salt, got, tc.want)
		}
	}
	if got := new(Evaluation).hash("f", identity{}, ""); got != 0 {
		t.Errorf("the empty identity hashes to %v, want 0", got)
	}
	// What peers hash for the empty identity, as a check of the text that is hashed.
	if got := positionOf("f."); got != 0.9274570686938801 {
		t.Errorf("position of the bare prefix = %v", got)
	}
}

func positionOf(text string) float64 {
	var p positions
	return p.position(append(p.room(len(text)), text...))
}

func TestHash_holdoutVectors(t *testing.T) {
	for text, want := range map[string]float64{
		"holdout-user-1": 0.17805599206573022,
		"holdout-user-5": 0.6563813925994418,
		"holdout-acme":   0.9269703562845474,
		"holdout-🦔":      0.19160140115185914,
		"holdout-":       0.9268829483920294,
	} {
		if got := positionOf(text); got != want {
			t.Errorf("position(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestRollout(t *testing.T) {
	percent := func(key, percentage string) string {
		return document(`"key":"` + key + `","active":true,"filters":{"groups":[{"rollout_percentage":` + percentage + `}]}`)
	}
	h := 0.7371322536090543 // simple-flag, user-1
	for _, tc := range []struct{ name, key, id, percentage, want string }{
		{"null is everybody", "simple-flag", "user-1", "null", "T"},
		{"100 is everybody without a hash", "simple-flag", "user-1", "100", "T"},
		{"100.0 as well", "simple-flag", "user-1", "100.0", "T"},
		{"0 is nobody", "simple-flag", "user-1", "0", "F"},
		{"above the hash", "simple-flag", "user-1", "73.72", "T"},
		{"below the hash", "simple-flag", "user-1", "73.71", "F"},
		{"fractions are not cut off", "simple-flag", "user-1", "73", "F"},
		{"more than 100 compares", "simple-flag", "user-1", "150", "T"},
		{"less than 0 compares", "simple-flag", "user-1", "-1", "F"},
		{"a text is no percentage", "simple-flag", "user-1", `"100"`, "U"},
		{"a boolean is no percentage", "simple-flag", "user-1", "true", "U"},
		{"near 1", "edge", "u132636", "99.9999", "T"},
		{"near 1 below", "edge", "u132636", "99.9998", "F"},
		{"near 0", "edge", "u138024", "0.000917", "T"},
		{"near 0 below", "edge", "u138024", "0.000916", "F"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := (call{id: tc.id}).flag(t, mustParse(t, percent(tc.key, tc.percentage)), tc.key); answer(got) != tc.want {
				t.Errorf("%s%% of %s for %s: got %s, want %s", tc.percentage, tc.key, tc.id, answer(got), tc.want)
			}
		})
	}
	t.Run("the bound itself is in", func(t *testing.T) {
		f := &flag{key: "simple-flag"}
		e, id := new(Evaluation), identity{text: "user-1"}
		if !(rollout{share: h}).admits(e, f, id) || (rollout{share: math.Nextafter(h, 0)}).admits(e, f, id) {
			t.Error("a hash equal to the share must be admitted, a share just below must not")
		}
	})
	t.Run("absent is everybody", func(t *testing.T) {
		d := mustParse(t, document(simple("f", `"groups":[{}]`)))
		if got := answer((call{id: "a"}).flag(t, d, "f")); got != "T" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("the empty distinct id is no property", func(t *testing.T) {
		d := mustParse(t, document(simple("f", groups(properties(`{"key":"distinct_id","value":""}`)))))
		if got := answer((call{}).flag(t, d, "f")); got != "U" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("the empty distinct id lies in every rollout and gets the first variant", func(t *testing.T) {
		d := mustParse(t, document(simple("f", `"groups":[{"rollout_percentage":0}],
			"multivariate":{"variants":[{"key":"a","rollout_percentage":1},{"key":"b","rollout_percentage":99}]}`)))
		if got := answer((call{}).flag(t, d, "f")); got != `"a"` {
			t.Errorf("got %s", got)
		}
	})
}

func TestDistinctID_isCut(t *testing.T) {
	for _, tc := range []struct{ name, id, want string }{
		{"200 bytes stay", strings.Repeat("x", 200), strings.Repeat("x", 200)},
		{"250 bytes are cut to 200 characters", strings.Repeat("x", 250), strings.Repeat("x", 200)},
		{"characters count, not bytes", strings.Repeat("é", 150), strings.Repeat("é", 150)},
		{"many wide characters", strings.Repeat("é", 250), strings.Repeat("é", 200)},
		{"201 characters", strings.Repeat("x", 199) + "éx", strings.Repeat("x", 199) + "é"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := cutDistinctID(tc.id); got != tc.want {
				t.Errorf("got %d bytes, want %d", len(got), len(tc.want))
			}
		})
	}
	t.Run("in the rollout", func(t *testing.T) {
		// 0.153 for 200 x, 0.990 for 250.
		d := mustParse(t, document(`"key":"long","active":true,"filters":{"groups":[{"rollout_percentage":20}]}`))
		if got := answer((call{id: strings.Repeat("x", 250)}).flag(t, d, "long")); got != "T" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("not in the property", func(t *testing.T) {
		id := strings.Repeat("x", 250)
		d := mustParse(t, document(simple("f", `"groups":[{"properties":[{"key":"distinct_id","value":"`+id+`"}]}]`)))
		if got := answer((call{id: id}).flag(t, d, "f")); got != "T" {
			t.Errorf("got %s", got)
		}
	})
}
