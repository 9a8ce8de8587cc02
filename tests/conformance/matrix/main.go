// Matrix compares what every host made of the conformance cases.
//
//	matrix [-cases FOLDER] RESULTS [HOST...]
//
// It reads every *.json of the folder RESULTS, prints one row per group and one column per host, and exits with 1 if a
// case failed anywhere, if a host left out a case that does not need a capability it lacks, if two hosts gave different
// bytes for a case, or if one of the named hosts has no results.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/libposthog/libposthog/tests/conformance"
)

func main() {
	cases := flag.String("cases", "tests/cases", "folder of the cases")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: matrix [-cases FOLDER] RESULTS [HOST...]")
		os.Exit(2)
	}
	corpus, err := conformance.Load(*cases)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	reports, err := read(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	m := matrix{corpus: corpus, reports: reports}
	m.print(os.Stdout)
	complaints := m.complaints(flag.Args()[1:])
	for _, complaint := range complaints {
		fmt.Println(complaint)
	}
	if len(complaints) > 0 {
		os.Exit(1)
	}
}

// read reads the reports of a folder, by the order of their file names.
func read(folder string) ([]conformance.Report, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	var reports []conformance.Report
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var report conformance.Report
		if err := json.Unmarshal(data, &report); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		reports = append(reports, report)
	}
	return reports, nil
}
