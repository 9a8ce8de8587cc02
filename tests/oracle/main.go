// Oracle compares local flag evaluation with PostHog's own SDKs on made-up flags and users.
//
//	oracle generate [-seed N] [-calls N] CORPUS      writes a corpus
//	oracle evaluate CORPUS RESULTS                   answers it with the core
//	oracle replay [-seed N] [-calls N] WASM          answers calls natively and in the wasm module: equal bytes
//	oracle compare CORPUS OURS THEIRS...             explains every difference or fails
//
// The SDKs are run by python/evaluate.py and node/evaluate.mjs, which write results in the same form. It exits with 1
// if answers differ without an explanation, and with 2 if it could not run.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/libposthog/libposthog/tests/oracle/compare"
	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

// errDiffer says that a run found what it looks for: answers that differ.
var errDiffer = errors.New("answers differ")

func main() {
	err := errors.New("usage: oracle generate|evaluate|replay|compare …")
	if len(os.Args) > 1 {
		err = run(os.Args[1], os.Args[2:])
	}
	switch {
	case errors.Is(err, errDiffer):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(verb string, args []string) error {
	flags := flag.NewFlagSet(verb, flag.ExitOnError)
	seed := flags.Uint64("seed", 1, "seed of the generator")
	calls := flags.Int("calls", 5_000, "how many calls to make up")
	flags.Parse(args)
	switch paths := flags.Args(); {
	case verb == "generate" && len(paths) == 1:
		return corpus.Write(paths[0], corpus.Generate(*seed, *calls))
	case verb == "evaluate" && len(paths) == 2:
		return evaluate(paths[0], paths[1])
	case verb == "replay" && len(paths) == 1:
		return replay(corpus.Generate(*seed, *calls), paths[0])
	case verb == "compare" && len(paths) >= 3:
		return compareFiles(paths[0], paths[1], paths[2:])
	}
	return fmt.Errorf("oracle %s: wrong arguments", verb)
}

func evaluate(corpusPath, resultsPath string) error {
	var c corpus.Corpus
	if err := corpus.Read(corpusPath, &c); err != nil {
		return err
	}
	results, err := answer(&c)
	if err != nil {
		return err
	}
	return corpus.Write(resultsPath, results)
}

func compareFiles(corpusPath, oursPath string, theirPaths []string) error {
	var c corpus.Corpus
	if err := corpus.Read(corpusPath, &c); err != nil {
		return err
	}
	var ours corpus.Results
	if err := corpus.Read(oursPath, &ours); err != nil {
		return err
	}
	failed := false
	for _, path := range theirPaths {
		var theirs corpus.Results
		if err := corpus.Read(path, &theirs); err != nil {
			return err
		}
		report, err := compare.Compare(&c, &ours, &theirs)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		report.Print(os.Stdout)
		failed = failed || report.Failed()
	}
	if failed {
		return errDiffer
	}
	return nil
}
