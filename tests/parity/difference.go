package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// absent stands for a member, an event or a request that one side has not.
const absent = "(absent)"

// difference is one place where the sides differ.
type difference struct {
	Case string
	// Place is what differs ("event bought", "request /flags/", "around events /batch/", "answer 0") and Path the member
	// within, dotted; empty where the whole is meant.
	Place, Path  string
	Theirs, Ours string
}

func (d difference) String() string {
	return fmt.Sprintf("case %s, %s %s: official %s, ours %s", d.Case, d.Place, d.Path, d.Theirs, d.Ours)
}

// member reports whether the difference is at one of these members, or within.
func (d difference) member(paths ...string) bool {
	return slices.ContainsFunc(paths, func(path string) bool {
		return d.Path == path || strings.HasPrefix(d.Path, path+".")
	})
}

// compare returns the differences of one case.
func compare(id string, theirs, ours record) []difference {
	var found []difference
	for _, place := range union(theirs, ours) {
		walk(theirs, ours, place, func(path []string, a, b string) {
			found = append(found, difference{id, place, strings.Join(path, "."), a, b})
		})
	}
	return found
}

func walk(theirs, ours map[string]any, name string, found func(path []string, theirs, ours string)) {
	a, inTheirs := theirs[name]
	b, inOurs := ours[name]
	if inTheirs && inOurs {
		descend(nil, a, b, found)
		return
	}
	found(nil, text(a, inTheirs), text(b, inOurs))
}

func descend(path []string, a, b any, found func(path []string, theirs, ours string)) {
	objectA, isA := a.(map[string]any)
	objectB, isB := b.(map[string]any)
	if isA && isB {
		for _, name := range union(objectA, objectB) {
			walk(objectA, objectB, name, func(rest []string, theirs, ours string) {
				found(append(slices.Concat(path, []string{name}), rest...), theirs, ours)
			})
		}
		return
	}
	listA, isA := a.([]any)
	listB, isB := b.([]any)
	if isA && isB && len(listA) == len(listB) {
		for i := range listA {
			descend(slices.Concat(path, []string{fmt.Sprint(i)}), listA[i], listB[i], found)
		}
		return
	}
	if theirs, ours := text(a, true), text(b, true); theirs != ours {
		found(path, theirs, ours)
	}
}

func union(a, b map[string]any) []string {
	names := slices.Collect(maps.Keys(a))
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func text(value any, present bool) string {
	if !present {
		return absent
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(encoded)
}
