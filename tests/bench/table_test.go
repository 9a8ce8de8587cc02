package main

import (
	"os"
	"strings"
	"testing"
)

func TestFigure_threeDigits(t *testing.T) {
	for value, want := range map[float64]string{
		0: "0", 0.012345: "0.0123", 0.5: "0.5", 7.654: "7.65", 99.96: "100", 123.4: "123", 1234: "1,230", 65500: "65,500",
		1234567: "1,230,000", -4.34: "-4.34", -1234: "-1,230",
	} {
		if got := figure(value); got != want {
			t.Errorf("%v: %s, want %s", value, got, want)
		}
	}
}

// threeRounds is a run of three programs, one of which was not built.
func threeRounds() *results {
	r := &results{Rounds: 3, Values: map[string]map[string][]float64{}, Programs: []program{
		{Key: "posthog-go", Title: "posthog-go"}, {Key: "c", Title: "C", Official: "posthog-go"},
		{Key: "python-accelerator", Title: "Python, accelerator", Official: "posthog-python", Missing: "not built"},
	}}
	for round := range 3 {
		r.add("posthog-go", map[string]float64{"capture_wall": 24 + float64(round), "e2e_rate": 10000, "burst_lost": 7})
		r.add("c", map[string]float64{
			"capture_wall": 3 - float64(round), "e2e_rate": 90000, "burst_lost": 0, "flag_simple": 0.6, "capture_p50": 2,
			"mute_p50": 2.5,
		})
	}
	return r
}

func TestTable_ratiosAndTargets(t *testing.T) {
	var text strings.Builder
	if err := writeTable(&text, threeRounds()); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| capture, wall per event on the calling thread | 12.5 ✓ | not built |",
		"| end to end with gzip | 9 ✓ | not built |",
		"| simple local flag p50 | ✗ | not built |",
		"| capture, wall per event on the calling thread | µs | 25 (24–26) | 2 (1–3) | 12.5 | 12× | met |",
		"| end to end with gzip | events/s | 10,000 | 90,000 | 9 | 8× | met |",
		"| burst of 50,000 into the default queue, lost | events | 7 | 0 |  | at most 0 | met |",
		"| simple local flag p50 | µs |  | 0.6 |  | at most 0.5 | **not met** |",
		"| capture p50, server never answers, against healthy | % |  | 25 |  | at most 10 | **not met** |",
		"**Python, accelerator against posthog-python**: not built",
	} {
		if !strings.Contains(text.String(), line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	if t.Failed() {
		t.Log(text.String())
	}
}

func TestReadme_keepsResultsInTheirPlaces(t *testing.T) {
	text, err := replaced("a\n<!-- table -->\n\nold\n\n<!-- end of table -->\nb\n", "table", "new")
	if want := "a\n<!-- table -->\n\nnew\n\n<!-- end of table -->\nb\n"; text != want || err != nil {
		t.Fatalf("%q, %v", text, err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range kept {
		if _, err := replaced(string(readme), name, ""); err != nil {
			t.Error(err)
		}
	}
}

func TestTargets_areOfProgramsThatExist(t *testing.T) {
	targets, err := readTargets()
	if err != nil {
		t.Fatal(err)
	}
	for key := range targets {
		if !strings.Contains(" c go wazero python-ctypes python-accelerator node-native node-wasm ruby ", " "+key+" ") {
			t.Errorf("no program is called %s", key)
		}
	}
}
