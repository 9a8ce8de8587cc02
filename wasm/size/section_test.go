package main

import (
	"slices"
	"testing"
)

// tiny is a module with one imported and two own functions, named a.b_c.F and main.main, of 4 and 2 bytes.
var tiny = slices.Concat(
	[]byte("\x00asm\x01\x00\x00\x00"),
	[]byte{2, 7, 1, 1, 'e', 1, 'f', 0, 0},
	[]byte{10, 9, 2, 4, 0, 1, 1, 0x0b, 2, 0, 0x0b},
	[]byte{0, 6, 5, 'o', 't', 'h', 'e', 'r'},
	[]byte{0, 28, 4, 'n', 'a', 'm', 'e', 1, 21, 2, 1, 7}, []byte("a.b_c.F"), []byte{2, 9}, []byte("main.main"),
)

func TestReadFunctions_joinsSizesAndNames(t *testing.T) {
	sections, err := readSections(tiny)
	if err != nil {
		t.Fatal(err)
	}
	functions, err := readFunctions(sections)
	if err != nil {
		t.Fatal(err)
	}
	want := []function{{"a.b_c.F", 4}, {"main.main", 2}}
	if !slices.Equal(functions, want) {
		t.Errorf("got %v, want %v", functions, want)
	}
}

func TestReadFunctions_refusesACutModule(t *testing.T) {
	for end := range tiny {
		sections, err := readSections(tiny[:end])
		if err == nil {
			_, err = readFunctions(sections)
		}
		// A module may end between two sections, but then its names are missing.
		if err == nil {
			t.Errorf("the first %d of %d bytes were taken for a module", end, len(tiny))
		}
	}
}

func TestOwner_isTheLongestPath(t *testing.T) {
	known := map[string]string{"net": "net", "net_http": "net/http", "github.com_x_y": "github.com/x/y"}
	for function, want := range map[string]string{
		"net.Dial":                    "net",
		"net_http.__Client_.Do":       "net/http",
		"github.com_x_y.F.func1":      "github.com/x/y",
		"github.com_x_y_z.F":          "the linker",
		"wasm_export__initialize":     "the linker",
		"type_.eq.struct___F_uintptr": "the linker",
	} {
		if got := owner(known, function); got != want {
			t.Errorf("owner(%s) = %s, want %s", function, got, want)
		}
	}
	if got := spelled("github.com/json-iterator/go"); got != "github.com_json_iterator_go" {
		t.Errorf("spelled: %s", got)
	}
}
