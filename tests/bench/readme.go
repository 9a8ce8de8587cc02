package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// kept are the results that the README keeps, each between two comments with its name.
var kept = []string{"table", "scale", "profile"}

// keep puts what the last runs left into the README. What no run has left stays as it is.
func keep(dir, readme string) error {
	before, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	text := string(before)
	for _, name := range kept {
		result, err := os.ReadFile(filepath.Join(dir, name+".md"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return err
		}
		if text, err = replaced(text, name, strings.TrimSpace(string(result))); err != nil {
			return err
		}
	}
	drawing, err := os.ReadFile(filepath.Join(dir, "scale.svg"))
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(readme), "scale.svg"), drawing, 0o644)
	}
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(readme, []byte(text), 0o644)
}

// replaced is a text with something else between two of its comments.
func replaced(text, name, by string) (string, error) {
	start, end := "<!-- "+name+" -->\n\n", "\n\n<!-- end of "+name+" -->"
	head, rest, found := strings.Cut(text, start)
	_, tail, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", fmt.Errorf("the README has no place for %s", name)
	}
	return head + start + by + end + tail, nil
}
