package main

import (
	"encoding/json"
	"os"
	"slices"
	"time"
)

// results are what a run measured: for each program and row one value a round.
type results struct {
	Started  time.Time                       `json:"started"`
	Machine  string                          `json:"machine"`
	Rounds   int                             `json:"rounds"`
	Programs []program                       `json:"programs"`
	Values   map[string]map[string][]float64 `json:"values"`
}

func (r *results) add(program string, found map[string]float64) {
	if r.Values[program] == nil {
		r.Values[program] = map[string][]float64{}
	}
	for row, value := range found {
		r.Values[program][row] = append(r.Values[program][row], value)
	}
}

func (r *results) write(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func readResults(path string) (*results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(results)
	return r, json.Unmarshal(text, r)
}

// sample is what one program has in one row.
type sample struct{ median, min, max float64 }

// sample returns false where the program has no such row.
func (r *results) sample(program string, row row) (sample, bool) {
	values := r.Values[program][row.Key]
	if row.relativeTo != "" {
		values = relative(values, r.Values[program][row.relativeTo])
	}
	if len(values) == 0 {
		return sample{}, false
	}
	return sample{median: median(values), min: slices.Min(values), max: slices.Max(values)}, true
}

// relative is by how many percent each value is above the other of the same round.
func relative(values, others []float64) []float64 {
	var percent []float64
	for i := range min(len(values), len(others)) {
		percent = append(percent, (values[i]/others[i]-1)*100)
	}
	return percent
}
