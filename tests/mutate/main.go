// Mutate breaks the client on purpose and tells which conformance cases notice, and in which hosts. It works on a copy
// of the tree, build/mutate/tree, never on the tree itself.
//
//	mutate [-hosts core,wazero] FILE:LINE:REPLACEMENT   one line exchanged
//	mutate [-hosts core,wazero] -chosen LIST            the places of a list
//	mutate [-seed N] -random 40 -explained LIST         places in core that a seed picks
//
// It exits with 1 if a mutation went unnoticed that no list explains, and with 2 if it could not run. REPLACEMENT is the
// new line without its indentation.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

// errSurvived says that a run found what it looks for.
var errSurvived = errors.New("a mutation survived")

func main() {
	hosts := flag.String("hosts", "core,wazero", "hosts to run the cases in, as the conformance-<host> targets name them")
	chosen := flag.String("chosen", "", "a JSON list of mutations")
	random := flag.Int("random", 0, "how many mutations to pick in core")
	seed := flag.Uint64("seed", 1, "seed that picks them")
	explained := flag.String("explained", "", "a JSON list of mutations that nothing can notice, and why")
	flag.Parse()
	err := run(options{strings.Split(*hosts, ","), *chosen, *random, *seed, *explained, flag.Arg(0)})
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "mutate:", err)
	if errors.Is(err, errSurvived) {
		os.Exit(1)
	}
	os.Exit(2)
}

type options struct {
	hosts     []string
	chosen    string
	random    int
	seed      uint64
	explained string
	mutation  string
}

func run(o options) error {
	b, err := newBench(o.hosts)
	if err != nil {
		return err
	}
	switch {
	case o.random > 0:
		known, err := readList(o.explained)
		if err != nil {
			return err
		}
		return b.runRandom(o.seed, o.random, known)
	case o.chosen != "":
		list, err := readList(o.chosen)
		if err != nil {
			return err
		}
		return b.runAll(list)
	case o.mutation != "":
		m, err := parseMutation(b.tree, o.mutation)
		if err != nil {
			return err
		}
		return b.runAll([]mutation{m})
	}
	return errors.New("usage: mutate [-hosts A,B] FILE:LINE:REPLACEMENT | -chosen LIST | -random N")
}

// runAll tries mutations and fails if one survives in any host.
func (b *bench) runAll(list []mutation) error {
	var survived []string
	for _, m := range list {
		outcome, err := b.try(m)
		if err != nil {
			return err
		}
		outcome.print(os.Stdout)
		if outcome.survived() {
			survived = append(survived, m.String())
		}
	}
	fmt.Printf("%d of %d mutations turn cases red in every host\n", len(list)-len(survived), len(list))
	if len(survived) > 0 {
		return errSurvived
	}
	return nil
}

// runRandom tries mutations that a seed picks until that many could be built.
func (b *bench) runRandom(seed uint64, count int, known []mutation) error {
	candidates, err := findCandidates(b.tree)
	if err != nil {
		return err
	}
	shuffle(candidates, seed)
	fmt.Printf("seed %d picks from %d places in core\n", seed, len(candidates))
	tried, unbuilt, explained, unexplained := 0, 0, 0, 0
	for _, m := range candidates {
		if tried == count {
			break
		}
		outcome, err := b.try(m)
		if errors.Is(err, errBuild) {
			unbuilt++
			continue
		}
		if err != nil {
			return err
		}
		tried++
		outcome.print(os.Stdout)
		if !outcome.survived() {
			continue
		}
		if why := m.explanation(known); why != "" {
			explained++
			fmt.Printf("  explained: %s\n", why)
		} else {
			unexplained++
		}
	}
	fmt.Printf("seed %d: %d mutations (and %d that do not build), %d turn cases red, %d survive and are explained, %d survive\n",
		seed, tried, unbuilt, tried-explained-unexplained, explained, unexplained)
	if unexplained > 0 {
		return errSurvived
	}
	return nil
}
