package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Case is one scripted life of a client.
type Case struct {
	ID    string   `json:"id"`
	Group string   `json:"group"`
	Needs []string `json:"needs"`
	// Open are the options of open, without entropy and clock.
	Open    Value  `json:"open"`
	Entropy string `json:"entropy"`
	T0Ms    int64  `json:"t0_ms"`
	Steps   []Step `json:"steps"`

	// File is where the case stands.
	File string `json:"-"`
}

// Step is one thing to do: an operation, an exchange over HTTP, a finished ticket to take, or to find nothing to do.
type Step struct {
	AtMs   int64     `json:"at_ms"`
	Op     string    `json:"op"`
	In     *Value    `json:"in"`
	Raw    *string   `json:"raw"`
	Pad    int       `json:"pad"`
	HTTP   *Exchange `json:"http"`
	Done   *int      `json:"done"`
	Idle   bool      `json:"idle"`
	WakeMs *Value    `json:"wake_ms"`
	Status int       `json:"status"`
	Expect *Value    `json:"expect"`
}

// padding is what stands in raw for as many letters as pad says.
const padding = "PADDING"

// Input is what the operation is given.
func (s *Step) Input() []byte {
	switch {
	case s.Raw != nil:
		return []byte(strings.Replace(*s.Raw, padding, strings.Repeat("x", s.Pad), 1))
	case s.In != nil:
		return s.In.Encode()
	}
	return []byte("{}")
}

// Exchange is a request that must come and the answer it gets.
type Exchange struct {
	Expect Request  `json:"expect"`
	Reply  Response `json:"reply"`
}

// Request says what is checked of a request; what is absent is not.
type Request struct {
	Method *string `json:"method"`
	// Origin is the URL before its path.
	Origin  *string           `json:"origin"`
	Path    *string           `json:"path"`
	Query   map[string]string `json:"query"`
	Headers map[string]string `json:"headers"`
	Body    *Value            `json:"body"`
}

// Response is what the client is told about its request: an HTTP response, or why there is none.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    *Value            `json:"body"`
	Error   string            `json:"error"`
}

// Corpus is every case of a folder, in the order of its index.
type Corpus struct {
	Dir   string
	Files []string
	Cases []*Case
}

// Load reads the cases that folder's index.json lists. A member that the format does not know is an error.
func Load(folder string) (*Corpus, error) {
	var index struct {
		Files []string `json:"files"`
	}
	if err := readStrict(filepath.Join(folder, "index.json"), &index); err != nil {
		return nil, err
	}
	corpus := &Corpus{Dir: folder, Files: index.Files}
	for _, name := range index.Files {
		var file struct {
			Cases []*Case `json:"cases"`
		}
		if err := readStrict(filepath.Join(folder, name), &file); err != nil {
			return nil, err
		}
		for _, c := range file.Cases {
			c.File = name
			corpus.Cases = append(corpus.Cases, c)
		}
	}
	return corpus, nil
}

func readStrict(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := decodeStrict(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func decodeStrict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("text after the JSON value")
	}
	return nil
}

// OpenInput is the input of open on a host that takes the clock as an argument.
func (c *Case) OpenInput() []byte {
	return c.Open.With(Member{"entropy", Text(c.Entropy)}).Encode()
}

// AllNeeds are the capabilities that the case needs, named or not.
func (c *Case) AllNeeds() []string {
	if c.Group == RealTime {
		return c.Needs
	}
	return append(slices.Clone(c.Needs), NeedVirtualTime)
}

// group is the group that all cases of a file are in.
func group(file string) string { return strings.TrimSuffix(file, ".json") }
