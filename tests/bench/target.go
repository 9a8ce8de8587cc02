package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// target is what a program is to reach in a row: one of the two.
type target struct {
	Times  *float64 `json:"times"`   // as good as the official SDK, this many times
	AtMost *float64 `json:"at_most"` // in the row's unit
}

//go:embed targets.json
var targetsFile []byte

// readTargets returns the targets by program and row.
func readTargets() (map[string]map[string]target, error) {
	targets := map[string]map[string]target{}
	if err := json.Unmarshal(targetsFile, &targets); err != nil {
		return nil, fmt.Errorf("targets.json: %w", err)
	}
	known := map[string]bool{}
	for _, row := range rows {
		known[row.Key] = true
	}
	for program, of := range targets {
		for row := range of {
			if !known[row] {
				return nil, fmt.Errorf("targets.json: %s has a target for %s, which is no row", program, row)
			}
		}
	}
	return targets, nil
}

func (t target) String() string {
	if t.Times != nil {
		return fmt.Sprintf("%s×", figure(*t.Times))
	}
	return "at most " + figure(*t.AtMost)
}

// met tells whether a median reaches the target; ratio is how many times better than the official SDK's it is, 0 where
// that was not measured.
func (t target) met(median, ratio float64) string {
	switch {
	case t.AtMost != nil && median <= *t.AtMost, t.Times != nil && ratio >= *t.Times:
		return "met"
	case t.Times != nil && ratio == 0:
		return "not compared"
	}
	return "**not met**"
}
