// Pairs writes made-up flag definitions and persons as conformance cases, for every host to answer and the matrix to
// compare.
//
//	pairs [-seed N] [-pairs N] FOLDER
//
// A pair is definitions of twenty flags and one person, for whom all flags are evaluated, and then one by get_flag. A
// case has one document of definitions and ten persons. Nothing is expected of the answers but that they, and the
// exposures captured with them, are the same bytes in every host: whether they are right is asked by tests/oracle.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/libposthog/libposthog/tests/conformance"
	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

const (
	personsPerCase = 10
	casesPerFile   = 100
)

func main() {
	seed := flag.Uint64("seed", 1, "seed of the generator")
	pairs := flag.Int("pairs", 1000, "how many pairs to make up")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: pairs [-seed N] [-pairs N] FOLDER")
		os.Exit(2)
	}
	if err := write(flag.Arg(0), *seed, *pairs); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Printf("pairs: %d of definitions and person, seed %d\n", *pairs, *seed)
}

// write writes the files of the cases and their index into a fresh folder.
func write(folder string, seed uint64, pairs int) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	cases := generate(seed, pairs)
	var names []conformance.Value
	for at := 0; at < len(cases); at += casesPerFile {
		group := fmt.Sprintf("pairs-%d", at/casesPerFile+1)
		var list []conformance.Value
		for i, c := range cases[at:min(at+casesPerFile, len(cases))] {
			list = append(list, c.value(fmt.Sprintf("%s-%d", group, i+1), group))
		}
		name := group + ".json"
		names = append(names, conformance.Text(name))
		if err := writeFile(filepath.Join(folder, name), "cases", list); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(folder, "index.json"), "files", names)
}

func writeFile(path, name string, list []conformance.Value) error {
	value := conformance.Value{Kind: conformance.Array, Elements: list}
	return os.WriteFile(path, object(conformance.Member{Name: name, Value: value}).Encode(), 0o644)
}

// script is one case: definitions and persons to ask with.
type script struct {
	nowMs       int64
	definitions []byte
	persons     []corpus.Call
}

// generate draws the documents and persons from the oracle's generator, which asks a document for more than one case
// needs.
func generate(seed uint64, pairs int) []script {
	const stride = 10
	drawn := corpus.Generate(seed, pairs*stride)
	var cases []script
	for _, d := range drawn.Documents[:len(drawn.Documents)-1] { // without the probes
		s := script{nowMs: drawn.NowMs, definitions: d.Definitions}
		for i := 0; i < len(d.Calls) && len(s.persons) < personsPerCase; i += stride {
			s.persons = append(s.persons, d.Calls[i])
		}
		cases = append(cases, s)
	}
	return cases
}
