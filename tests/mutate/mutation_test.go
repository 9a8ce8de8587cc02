package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample is a tree with one file.
func sample(t *testing.T, text string) string {
	t.Helper()
	tree := t.TempDir()
	if err := os.MkdirAll(filepath.Join(tree, "core"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, "core", "a.go"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return tree
}

const code = `package core

func f(n int) bool {
	if n < 1 {
		n++
	}
	x := n == 2 && n != 3
	x = true
	return x
}
`

func TestMutation_exchangesOneLineAndKeepsItsIndentation(t *testing.T) {
	tree := sample(t, code)
	m, err := parseMutation(tree, "core/a.go:4:if n < 1 || n == 7: {")
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.apply(tree)
	if want := strings.Replace(code, "if n < 1 {", "if n < 1 || n == 7: {", 1); err != nil || string(got) != want {
		t.Errorf("got %s and %v, want %s", got, err, want)
	}
}

func TestMutation_ofAListFindsItsLineByText(t *testing.T) {
	tree := sample(t, code)
	got, err := mutation{File: "core/a.go", Line: "n++", Replacement: ""}.apply(tree)
	if want := strings.Replace(code, "n++", "", 1); err != nil || string(got) != want {
		t.Errorf("got %s and %v, want %s", got, err, want)
	}
	for _, line := range []string{"n--", "}"} {
		if _, err := (mutation{File: "core/a.go", Line: line}).apply(tree); err == nil {
			t.Errorf("%q: no error", line)
		}
	}
}

func TestParseMutation_refuses(t *testing.T) {
	tree := sample(t, code)
	for _, text := range []string{"", "core/a.go", "core/a.go:x:y", "core/a.go:0:y", "core/a.go:99:y", "core/b.go:1:y"} {
		if m, err := parseMutation(tree, text); err == nil {
			t.Errorf("%q: got %s, want an error", text, m)
		}
	}
}

func TestFindCandidates(t *testing.T) {
	candidates, err := findCandidates(sample(t, code))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range candidates {
		got = append(got, m.Replacement)
	}
	want := []string{
		"if !(n < 1) {", "if n <= 1 {", "if n < 2 {", "",
		"x := n == 2 || n != 3", "x := n != 2 && n != 3", "x := n == 3 && n != 3", "x := n == 2 && n == 3", "x := n == 2 && n != 4",
		"", "x = false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
