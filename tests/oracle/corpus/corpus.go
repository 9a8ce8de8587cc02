package corpus

import (
	"encoding/json"
	"fmt"
	"os"
)

// Corpus is definitions documents and the calls to answer with each.
type Corpus struct {
	// NowMs is the instant of every call, in Unix milliseconds: relative dates count from it.
	NowMs     int64      `json:"now_ms"`
	Documents []Document `json:"documents"`
}

// Document is one definitions document, as the endpoint would answer it, and calls.
type Document struct {
	Definitions json.RawMessage `json:"definitions"`
	Calls       []Call          `json:"calls"`
}

// Call asks for one flag for one user. Its JSON is the input of get_flag.
type Call struct {
	Key              string          `json:"key"`
	DistinctID       string          `json:"distinct_id"`
	Groups           json.RawMessage `json:"groups"`
	PersonProperties json.RawMessage `json:"person_properties"`
	GroupProperties  json.RawMessage `json:"group_properties"`
}

// Results is what one evaluator answered, in the order of the calls.
type Results struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Results []Answer `json:"results"`
}

// Answer is one flag's value: true, false, a variant, or null where the evaluator would ask the service. Payload is
// the decoded payload, null where there is none.
type Answer struct {
	Value   json.RawMessage `json:"value"`
	Payload json.RawMessage `json:"payload"`
}

// Read reads a file that Write wrote.
func Read(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Write writes a corpus or results as JSON.
func Write(path string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// Count returns how many calls there are.
func (c *Corpus) Count() int {
	count := 0
	for i := range c.Documents {
		count += len(c.Documents[i].Calls)
	}
	return count
}
