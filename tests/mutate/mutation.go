package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// mutation is one line of a file exchanged for another.
type mutation struct {
	// Name says what is broken.
	Name string `json:"name,omitempty"`
	File string `json:"file"`
	// Line is the line as it stands, without indentation; a list names lines so, since numbers move.
	Line string `json:"line"`
	// Replacement is the new line, without indentation.
	Replacement string `json:"replacement"`
	// Why explains, in the list of what nothing can notice.
	Why string `json:"why,omitempty"`

	// number counts from 1; 0 where the line is found by its text.
	number int
}

func (m mutation) String() string {
	where := m.File
	if m.number > 0 {
		where += ":" + strconv.Itoa(m.number)
	}
	if m.Name != "" {
		where = m.Name + ", " + where
	}
	return fmt.Sprintf("%s: %s  ->  %s", where, m.Line, m.Replacement)
}

// parseMutation reads FILE:LINE:REPLACEMENT about a tree.
func parseMutation(tree, text string) (mutation, error) {
	parts := strings.SplitN(text, ":", 3)
	if len(parts) != 3 {
		return mutation{}, fmt.Errorf("%q is not FILE:LINE:REPLACEMENT", text)
	}
	number, err := strconv.Atoi(parts[1])
	if err != nil {
		return mutation{}, fmt.Errorf("%q is no line number", parts[1])
	}
	lines, err := readLines(filepath.Join(tree, parts[0]))
	if err != nil {
		return mutation{}, err
	}
	if number < 1 || number > len(lines) {
		return mutation{}, fmt.Errorf("%s has %d lines", parts[0], len(lines))
	}
	return mutation{
		File: parts[0], Line: strings.TrimSpace(lines[number-1]), Replacement: strings.TrimSpace(parts[2]), number: number,
	}, nil
}

// readList reads a JSON list of mutations; no path is an empty list.
func readList(path string) ([]mutation, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []mutation
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

func readLines(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	return strings.Split(string(data), "\n"), err
}

// apply returns the file of a tree with the line exchanged.
func (m mutation) apply(tree string) ([]byte, error) {
	lines, err := readLines(filepath.Join(tree, m.File))
	if err != nil {
		return nil, err
	}
	at, err := m.find(lines)
	if err != nil {
		return nil, err
	}
	indentation := lines[at][:len(lines[at])-len(strings.TrimLeft(lines[at], " \t"))]
	lines[at] = indentation + m.Replacement
	return []byte(strings.Join(lines, "\n")), nil
}

func (m mutation) find(lines []string) (at int, err error) {
	if m.number > 0 {
		return m.number - 1, nil
	}
	at = -1
	for i, line := range lines {
		switch {
		case strings.TrimSpace(line) != m.Line:
		case at >= 0:
			return 0, fmt.Errorf("%s has the line %q more than once", m.File, m.Line)
		default:
			at = i
		}
	}
	if at < 0 {
		return 0, fmt.Errorf("%s has no line %q: bring the list up to date", m.File, m.Line)
	}
	return at, nil
}

// explanation is why nothing can notice the mutation, or "".
func (m mutation) explanation(known []mutation) string {
	for _, k := range known {
		if k.File == m.File && k.Line == m.Line && k.Replacement == m.Replacement {
			return k.Why
		}
	}
	return ""
}
