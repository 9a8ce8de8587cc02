package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// submatches are the first groups of all matches.
func submatches(text, pattern string) []string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

func names() []string {
	var names []string
	for _, op := range ops.Table {
		names = append(names, op.Name)
	}
	return names
}

// The C side calls operations by their place in this list.
func TestShim_numbersOperationsAsTheTable(t *testing.T) {
	if got := submatches(read(t, "operations.h"), `(?m)^    X\((\w+)\)`); !slices.Equal(got, names()) {
		t.Errorf("operations.h: %v\nops.Table:    %v", got, names())
	}
}

func TestHeader_declaresEveryOperation(t *testing.T) {
	declared := submatches(read(t, "../include/posthog.h"), `(?m)^POSTHOG_API .*?\bposthog_(\w+)\(`)
	want := append([]string{"free", "version", "abi_version", "status_name", "open", "flag_value"}, names()...)
	slices.Sort(declared)
	slices.Sort(want)
	if !slices.Equal(declared, want) {
		t.Errorf("declared: %v\nwanted:   %v", declared, want)
	}
}

func TestHeader_hasTheVersions(t *testing.T) {
	header := read(t, "../include/posthog.h")
	for _, line := range []string{
		fmt.Sprintf("#define POSTHOG_VERSION %q\n", libposthog.Version),
		fmt.Sprintf("#define POSTHOG_ABI_VERSION %d\n", libposthog.ABIVersion),
	} {
		if !strings.Contains(header, line) {
			t.Errorf("the header lacks %s", line)
		}
	}
}

func TestHeader_hasTheStatuses(t *testing.T) {
	got := map[string]string{}
	for _, match := range regexp.MustCompile(`#define POSTHOG_(\w+) \(?(-?\d+)\)? +/\*`).FindAllStringSubmatch(read(t, "../include/posthog.h"), -1) {
		got[match[1]] = match[2]
	}
	for status := core.Status(-100); status <= 100; status++ {
		name := status.String()
		if name == "UNKNOWN" {
			continue
		}
		if want := strconv.Itoa(int(status)); got[name] != want {
			t.Errorf("%s is %q in the header, %s in core", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) != 0 {
		t.Errorf("the header has statuses that core lacks: %v", got)
	}
}

func TestHeader_fitsTheScreen(t *testing.T) {
	number := 0
	for line := range strings.Lines(read(t, "../include/posthog.h")) {
		if number++; len(strings.TrimRight(line, "\n")) > 100 {
			t.Errorf("line %d has %d columns", number, len(line)-1)
		}
	}
}
