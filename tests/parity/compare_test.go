package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libposthog/libposthog/tests/standin"
)

const given = `an id of the scenario: 0190f5a4-0000-7000-8000-000000000001`

// sent makes the record of a side that sent these bodies to /batch/.
func sent(t *testing.T, bodies ...string) record {
	t.Helper()
	var requests []standin.Request
	for _, body := range bodies {
		requests = append(requests, standin.Request{Path: "/batch/", Body: body})
	}
	r, err := readRecord(requests, nil, given)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCompare(t *testing.T) {
	now := time.Now().UTC().Format(time.RFC3339)
	cases := []struct{ name, theirs, ours, want string }{
		{"equal", `{"batch":[{"event":"e","properties":{"a":1}}]}`, `{"batch":[{"event":"e","properties":{"a":1}}]}`, ""},
		{"names and versions", `{"batch":[{"event":"e","properties":{"$lib":"x","$lib_version":"1"}}]}`, `{"batch":[{"event":"e","properties":{}}]}`, ""},
		{"ids of the run", `{"batch":[{"event":"e","uuid":"11111111-0000-7000-8000-000000000001"}]}`, `{"batch":[{"event":"e","uuid":"22222222-0000-4000-8000-000000000001"}]}`, ""},
		{"an id of the scenario", `{"batch":[{"event":"e","uuid":"0190f5a4-0000-7000-8000-000000000001"}]}`, `{"batch":[{"event":"e","uuid":"22222222-0000-4000-8000-000000000001"}]}`,
			`event e uuid: "0190f5a4-0000-7000-8000-000000000001" "(id)"`},
		{"the time of the run", fmt.Sprintf(`{"batch":[{"event":"e","timestamp":"%s"}]}`, now), `{"batch":[{"event":"e","timestamp":"` + now[:19] + `.5Z"}]}`, ""},
		{"one instant", `{"batch":[{"event":"e","timestamp":"2026-08-01T12:00:00.123456+02:00"}]}`, `{"batch":[{"event":"e","timestamp":"2026-08-01T10:00:00.123Z"}]}`, ""},
		{"two instants", `{"batch":[{"event":"e","timestamp":"2026-08-01T12:00:00Z"}]}`, `{"batch":[{"event":"e","timestamp":"2026-08-01T10:00:00Z"}]}`,
			`event e timestamp: "2026-08-01T12:00:00.000Z" "2026-08-01T10:00:00.000Z"`},
		{"a set", `{"batch":[{"event":"e","properties":{"$context_tags":["b","a"]}}]}`, `{"batch":[{"event":"e","properties":{"$context_tags":["a","b"]}}]}`, ""},
		{"a number's token", `{"batch":[{"event":"e","properties":{"a":323.0}}]}`, `{"batch":[{"event":"e","properties":{"a":323}}]}`, `event e properties.a: 323.0 323`},
		{"a member", `{"batch":[{"event":"e","$set":{}}]}`, `{"batch":[{"event":"e"}]}`, `event e $set: {} (absent)`},
		{"the second of a name", `{"batch":[{"event":"e"},{"event":"e","a":1}]}`, `{"batch":[{"event":"e"},{"event":"e"}]}`, `event e 2 a: 1 (absent)`},
		{"an event", `{"batch":[{"event":"e"}]}`, `{"batch":[]}`, `event e : {"event":"e"} (absent)`},
		{"around the events", `{"historical_migration":false,"api_key":"x","sent_at":"y","batch":[]}`, `{"batch":[]}`, `around events /batch/ historical_migration: false (absent)`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, d := range compare("c", sent(t, c.theirs), sent(t, c.ours)) {
				got = append(got, fmt.Sprintf("%s %s: %s %s", d.Place, d.Path, d.Theirs, d.Ours))
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got %s, want %s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

func TestRecord_batchesAreNoDifference(t *testing.T) {
	one := sent(t, `{"batch":[{"event":"a"},{"event":"b"}]}`)
	two := sent(t, `{"batch":[{"event":"a"}]}`, `{"batch":[{"event":"b"}]}`)
	if found := compare("c", one, two); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

func TestReport_failsOnWhatIsUnclaimedUnusedOrNotInTheReadme(t *testing.T) {
	theirs := map[string]record{"c": {"answer 0": "a"}}
	ours := map[string]record{"c": {"answer 0": "b"}}
	all := claim{"a line", func(difference) bool { return true }}
	none := claim{"another", func(difference) bool { return false }}
	cases := []struct {
		name   string
		claims []claim
		readme string
		want   error
	}{
		{"claimed", []claim{all}, "It says a line about it.", nil},
		{"unclaimed", nil, "", errDiffer},
		{"unused", []claim{all, none}, "a line, another", errDiffer},
		{"not in the README", []claim{all}, "nothing", errDiffer},
		{"twice in the README", []claim{all}, "a line and a line", errDiffer},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := report("x", c.claims, c.readme, []scenarioCase{{ID: "c"}}, theirs, ours)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestScenario checks the file itself: unique ids, and every operation once in some case of every language that has it.
func TestScenario(t *testing.T) {
	s, err := readScenario("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	var whole struct {
		Cases []struct {
			Steps []struct {
				Do string `json:"do"`
			} `json:"steps"`
		} `json:"cases"`
	}
	if err := json.Unmarshal([]byte(s.given), &whole); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, c := range s.Cases {
		if seen[c.ID] {
			t.Errorf("case %s stands twice", c.ID)
		}
		seen[c.ID] = true
		if len(whole.Cases[i].Steps) == 0 {
			t.Errorf("case %s has no steps", c.ID)
		}
	}
	var done []string
	for _, c := range whole.Cases {
		for _, step := range c.Steps {
			done = append(done, step.Do)
		}
	}
	for _, do := range []string{
		"capture", "capture_ai", "capture_exception", "identify", "set", "set_once", "alias", "group_identify",
		"get_feature_flag", "feature_enabled", "get_feature_flag_result", "get_feature_flag_payload", "get_all_flags",
		"get_all_flags_and_payloads", "evaluate_flags", "get_remote_config_payload", "load_feature_flags", "flush", "shutdown",
		"queued_messages", "dequeue_last_message", "clear", "feature_flags_loaded", "enabled",
	} {
		if !slices.Contains(done, do) {
			t.Errorf("no case does %s", do)
		}
	}
}
