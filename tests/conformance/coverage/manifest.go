package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/libposthog/libposthog/tests/conformance"
)

// manifestName is the list of all cases, by group and id: so that none goes without a trace.
const manifestName = "manifest.txt"

func manifestOf(corpus *conformance.Corpus) []string {
	var lines []string
	for _, c := range corpus.Cases {
		lines = append(lines, c.Group+"/"+c.ID)
	}
	return lines
}

func writeManifest(corpus *conformance.Corpus) error {
	text := strings.Join(manifestOf(corpus), "\n") + "\n"
	return os.WriteFile(filepath.Join(corpus.Dir, manifestName), []byte(text), 0o644)
}

// compareManifest says which cases are gone and which are new.
func compareManifest(corpus *conformance.Corpus) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(corpus.Dir, manifestName))
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		listed[strings.TrimSpace(line)] = true
	}
	var differences []string
	for _, name := range manifestOf(corpus) {
		if !listed[name] {
			differences = append(differences, fmt.Sprintf("%s is not in %s: run make coverage-manifest", name, manifestName))
		}
		delete(listed, name)
	}
	for name := range listed {
		differences = append(differences, fmt.Sprintf("%s is in %s and in no file: a case was lost", name, manifestName))
	}
	return differences, nil
}
