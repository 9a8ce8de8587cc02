package compare

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

// compareOne compares two answers to the first probe call of a row, or to a plain flag for row 0.
func compareOne(t *testing.T, key, sdk string, our, their corpus.Answer) *Report {
	t.Helper()
	d := corpus.Probes()
	for _, call := range d.Calls {
		if call.Key != key {
			continue
		}
		d.Calls = []corpus.Call{call}
		c := &corpus.Corpus{NowMs: nowMs, Documents: []corpus.Document{d}}
		report, err := Compare(c, &corpus.Results{Results: []corpus.Answer{our}},
			&corpus.Results{Name: sdk, Results: []corpus.Answer{their}})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	t.Fatalf("no probe %s", key)
	return nil
}

func answered(value, payload string) corpus.Answer {
	return corpus.Answer{Value: json.RawMessage(value), Payload: json.RawMessage(payload)}
}

func TestCompare_claimsOnlyWhatTheRowExplains(t *testing.T) {
	for _, test := range []struct {
		name, key, sdk string
		our, their     corpus.Answer
		unclaimed      int
	}{
		{"asks where the row says so", "row-6", "posthog-python", answered("false", "null"), answered("null", "null"), 0},
		{"decides where the row says it asks", "row-6", "posthog-python", answered("false", "null"), answered("true", "null"), 1},
		{"decides where we ask", "row-8", "posthog-node", answered("null", "null"), answered("false", "null"), 0},
		{"a variant that the flag does not have", "row-8", "posthog-node", answered("null", "null"), answered(`"v"`, "null"), 1},
		{"a payload where the row is about values", "row-1", "posthog-node", answered("false", "null"), answered("false", "1"), 1},
		{"a value where the row is about payloads", "row-26", "posthog-node", answered("true", "null"), answered("false", "null"), 1},
		{"a payload the row explains", "row-26", "posthog-node", answered("true", "null"), answered("true", `"plain text"`), 0},
		{"the other SDK's row", "row-1", "posthog-python", answered("false", "null"), answered("true", "null"), 1},
		{"equal in other words", "row-26", "posthog-python", answered(`"é"`, `{"a":1}`), answered(`"\u00e9"`, ` {"a":1.0}`), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := compareOne(t, test.key, test.sdk, test.our, test.their)
			if len(report.unclaimed) != test.unclaimed {
				t.Errorf("unclaimed: %v, want %d", report.unclaimed, test.unclaimed)
			}
		})
	}
}

func TestReport_showsHowToSeeItAgain(t *testing.T) {
	report := compareOne(t, "row-1", "posthog-python", answered("false", "null"), answered("true", "null"))
	var out bytes.Buffer
	report.Print(&out)
	for _, want := range []string{
		`"key":"row-1"`, `"value":"5"`, `"person_properties":{"it":"10px"}`, `{"payload":null,"value":true}`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing in:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "row-2\"") {
		t.Errorf("flags that have no part in it:\n%s", out.String())
	}
	if !report.Failed() {
		t.Error("a report with an unclaimed difference did not fail")
	}
}

func TestCompare_failsForARowThatExplainsNothing(t *testing.T) {
	report := compareOne(t, "row-6", "posthog-python", answered("false", "null"), answered("null", "null"))
	for _, row := range report.idle() {
		if row.Number == 6 {
			t.Error("row 6 explains the only difference and counts as idle")
		}
	}
	if len(report.idle()) == 0 || !report.Failed() {
		t.Error("rows without any difference passed")
	}
}

func TestCompare_refusesResultsOfAnotherCorpus(t *testing.T) {
	c := &corpus.Corpus{Documents: []corpus.Document{corpus.Probes()}}
	if _, err := Compare(c, &corpus.Results{}, &corpus.Results{}); err == nil {
		t.Error("no error")
	}
}
