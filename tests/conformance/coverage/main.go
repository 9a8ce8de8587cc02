// Coverage tells what the conformance cases exercise of the client, and fails where they leave something out.
//
//	coverage [-cases FOLDER] [-v] [-write]
//
// What there is to exercise is read from the code's own tables: operations, options, statuses, drop reasons, operators,
// reasons, records, HTTP verdicts. A case that is deleted, renamed or added is missed in, or is new to, the folder's
// manifest.txt; -write brings that up to date. It runs in the project's folder.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/libposthog/libposthog/tests/conformance"
)

var errGaps = errors.New("the cases leave something out")

func main() {
	cases := flag.String("cases", "tests/cases", "folder of the cases")
	write := flag.Bool("write", false, "write the manifest instead of comparing it")
	detail := flag.Bool("v", false, "say which cases exercise what")
	flag.Parse()
	err := run(*cases, *write, *detail)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "coverage:", err)
	if errors.Is(err, errGaps) {
		os.Exit(1)
	}
	os.Exit(2)
}

func run(folder string, write, detail bool) error {
	corpus, err := conformance.Load(folder)
	if err != nil {
		return err
	}
	required, err := readCode(".")
	if err != nil {
		return err
	}
	if write {
		return writeManifest(corpus)
	}
	seen := observe(corpus)
	gaps := report(os.Stdout, required, seen, detail)
	lost, err := compareManifest(corpus)
	if err != nil {
		return err
	}
	fmt.Printf("%d cases in %d groups\n", len(corpus.Cases), len(corpus.Files))
	for _, line := range append(gaps, lost...) {
		fmt.Println(line)
	}
	if len(gaps)+len(lost) > 0 {
		return errGaps
	}
	return nil
}
