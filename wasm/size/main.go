// Command size says how large posthog.wasm is and what it is made of, and fails when it has grown too large:
//
//	go run ./wasm/size build/posthog.wasm build/posthog-names.wasm
//
// The second file is the same build with its name section, which tells the functions' packages.
package main

import (
	"compress/gzip"
	"fmt"
	"os"
	"strings"

	"github.com/libposthog/libposthog/tests/size"
)

// maxGzipped is the most the module may weigh on its way to a user, in bytes.
const maxGzipped = 1_700_000

func main() {
	if len(os.Args) != 3 {
		size.Fail(fmt.Errorf("usage: size MODULE MODULE_WITH_NAMES"))
	}
	shipped, err := os.ReadFile(os.Args[1])
	size.Fail(err)
	named, err := os.ReadFile(os.Args[2])
	size.Fail(err)
	gzipped := gzippedSize(shipped)
	fmt.Printf("%s: %d bytes, %d gzipped (at most %d)\n", os.Args[1], len(shipped), gzipped, maxGzipped)
	size.Fail(report(named))
	if gzipped > maxGzipped {
		size.Fail(fmt.Errorf("%s is %d bytes too large gzipped", os.Args[1], gzipped-maxGzipped))
	}
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func gzippedSize(data []byte) int {
	var written counter
	w, err := gzip.NewWriterLevel(&written, gzip.BestCompression)
	size.Fail(err)
	_, err = w.Write(data)
	size.Fail(err)
	size.Fail(w.Close())
	return int(written)
}

// report prints the sections, and the code section by dependency.
func report(module []byte) error {
	sections, err := readSections(module)
	if err != nil {
		return err
	}
	code, data := len(sections[codeSection]), len(sections[dataSection])
	fmt.Printf("\ncode %d bytes, data (constants, types, line tables) %d bytes; the code by dependency:\n\n", code, data)
	functions, err := readFunctions(sections)
	if err != nil {
		return err
	}
	owners, err := listOwners()
	if err != nil {
		return err
	}
	shares := map[string]int64{}
	for _, f := range functions {
		shares[owner(owners, f.name)] += int64(f.size)
	}
	size.Print(shares, int64(code), "the rest")
	return nil
}

// listOwners maps import paths, spelled as in the name section, to what a reader wants to see.
func listOwners() (map[string]string, error) {
	owners, err := size.Owners("./wasm", "GOOS=wasip1", "GOARCH=wasm")
	if err != nil {
		return nil, err
	}
	spelt := map[string]string{}
	for path, owner := range owners {
		spelt[spelled(path)] = owner
	}
	return spelt, nil
}

// spelled is a path as the linker writes it: everything but letters, digits, dots and underscores is an underscore.
func spelled(path string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, path)
}

// owner finds the longest known path that a function's name starts with.
func owner(owners map[string]string, function string) string {
	for end := len(function); end > 0; end = strings.LastIndexByte(function[:end], '.') {
		if owner, known := owners[function[:end]]; known {
			return owner
		}
	}
	return "the linker"
}
