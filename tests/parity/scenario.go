package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/libposthog/libposthog/tests/standin"
)

// scenario is what both sides do, and what the stand-in answers them.
type scenario struct {
	RemoteConfig map[string]json.RawMessage `json:"remote_config"`
	RemoteFlags  json.RawMessage            `json:"remote_flags"`
	Cases        []scenarioCase             `json:"cases"`

	path string
	// given is the text of the file: an id or a time that stands in it is no accident of a run.
	given string
}

type scenarioCase struct {
	ID string `json:"id"`
	// Languages are those that have the case, all where it is empty.
	Languages []string `json:"languages"`
}

func readScenario(path string) (*scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &scenario{path: path, given: string(text)}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// of returns the cases that a language has.
func (s *scenario) of(language string) []scenarioCase {
	return slices.DeleteFunc(slices.Clone(s.Cases), func(c scenarioCase) bool {
		return len(c.Languages) > 0 && !slices.Contains(c.Languages, language)
	})
}

func (s *scenario) prepare(server *standin.Server) error {
	for key, payload := range s.RemoteConfig {
		if err := server.SetRemoteConfig(key, payload); err != nil {
			return err
		}
	}
	return server.SetRemoteFlags(s.RemoteFlags)
}

// drive runs a driver and returns, by case, what each step returned.
func drive(driver []string, scenarioPath, url, side, answersPath string) (map[string][]json.RawMessage, error) {
	arguments := append(slices.Clone(driver[1:]), scenarioPath, url, side, answersPath)
	command := exec.Command(driver[0], arguments...)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(answersPath)
	if err != nil {
		return nil, err
	}
	var answers map[string][]json.RawMessage
	if err := json.Unmarshal(text, &answers); err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	return answers, nil
}
