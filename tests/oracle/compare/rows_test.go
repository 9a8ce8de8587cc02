package compare

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/flags"
	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

const nowMs = 1_748_694_896_789

// subjectOf makes a subject of a call, answered by the core.
func subjectOf(t *testing.T, d *corpus.Document, call *corpus.Call) *subject {
	t.Helper()
	parsed, err := parseDefinitions(d.Definitions)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := flags.Parse(codec.Value(d.Definitions))
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSubject(parsed, call, nowMs, &corpus.Answer{})
	if err != nil {
		t.Fatal(err)
	}
	s.value = s.answer(compiled, call, call.Key)
	return s
}

// matching returns the rows that match a call, as "python 4".
func matching(s *subject) (rows []string) {
	for i := range Rows {
		for _, sdk := range []string{"python", "node"} {
			claim := Rows[i].claimOf("posthog-" + sdk)
			if claim == nil {
				continue
			}
			if matches, _ := claim.matches(s); matches {
				rows = append(rows, fmt.Sprintf("%s %d", sdk, Rows[i].Number))
			}
		}
	}
	return rows
}

func TestRows_matchTheirProbeAndNoOther(t *testing.T) {
	d := corpus.Probes()
	if len(d.Calls) != len(Rows) {
		t.Fatalf("%d probes for %d rows", len(d.Calls), len(Rows))
	}
	for i, row := range Rows {
		t.Run(row.Question, func(t *testing.T) {
			if want := fmt.Sprintf("row-%d", row.Number); d.Calls[i].Key != want {
				t.Fatalf("the probe is %s, want %s", d.Calls[i].Key, want)
			}
			var want []string
			for _, sdk := range []string{"python", "node"} {
				if row.claimOf("posthog-"+sdk) != nil {
					want = append(want, fmt.Sprintf("%s %d", sdk, row.Number))
				}
			}
			if got := matching(subjectOf(t, &d, &d.Calls[i])); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("matched %v, want %v", got, want)
			}
		})
	}
}

func TestRows_leaveAloneWhatAllAnswerAlike(t *testing.T) {
	for _, filter := range []string{
		`{"key":"country","type":"person","operator":"exact","value":["US","GB"]}`,
		`{"key":"seats","type":"person","operator":"gt","value":"5"}`,
		`{"key":"seats","type":"person","operator":"icontains","value":"2"}`,
		`{"key":"version","type":"person","operator":"semver_wildcard","value":"1.2.*"}`,
		`{"key":"version","type":"person","operator":"semver_gte","value":"v1.2"}`,
		`{"key":"since","type":"person","operator":"is_date_before","value":"-2m"}`,
		`{"key":"email","type":"person","operator":"regex","value":"@example\\.(com|org)$"}`,
		`{"key":"email","type":"person","operator":"not_icontains","value":"test"}`,
		`{"key":"beta","type":"person","value":["true"]}`,
		`{"key":"id","type":"cohort","operator":"not_in","value":1}`,
		`{"key":"missing","type":"person","operator":"semver_eq","value":"1-x"}`,
	} {
		d := corpus.Document{Definitions: []byte(`{"group_type_mapping":{},"cohorts":{"1":{"type":"AND","values":[` +
			`{"key":"country","type":"person","value":"DE"}]}},"flags":[{"key":"f","active":true,"filters":{"groups":[` +
			`{"rollout_percentage":66.6,"properties":[` + filter + `]}]}}]}`)}
		call := corpus.Call{Key: "f", DistinctID: "user-1", Groups: []byte(`{}`), GroupProperties: []byte(`{}`),
			PersonProperties: []byte(`{"country":"US","seats":12,"version":"1.2.3","since":"2025-01-31T10:00:00Z",` +
				`"email":"ana@example.com","beta":"True"}`)}
		if rows := matching(subjectOf(t, &d, &call)); rows != nil {
			t.Errorf("%s: matched %v", filter, rows)
		}
	}
}

func TestRows_standInTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(readme), "`", "")
	for _, row := range Rows {
		if start := fmt.Sprintf("\n| %d | %s | ", row.Number, row.Question); !strings.Contains(text, start) {
			t.Errorf("README.md has no row %q", strings.TrimSpace(start))
		}
	}
	if count := strings.Count(text, "\n| "); count != len(Rows)+6 {
		t.Errorf("README.md has %d table rows, want those of %d differences and the table of evaluators", count, len(Rows))
	}
}
