// Command bench measures libposthog in every host beside PostHog's own SDKs: in one run, in alternation, against one
// server. It prints a table, writes it to DIR/table.md, and keeps what was measured in DIR/<time>.json.
//
// tests/bench/README.md says what is measured and how to read it; `make bench` builds what is needed and runs it.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", "build/bench", "folder of the programs and the results")
	library := flag.String("library", "build/libposthog.so", "the library to measure")
	quick := flag.Bool("quick", false, "one round with small counts")
	smoke := flag.Bool("smoke", false, "only see that every program runs every scenario, and that the table renders")
	curved := flag.Bool("scale", false, "measure the curves instead, and leave scale.md and scale.svg")
	profiling := flag.Bool("profile", false, "take the time of every host apart with perf instead, and leave profile.md")
	only := flag.String("only", "", "scenarios to run, separated by commas; all of them if empty")
	hosts := flag.String("hosts", "", "programs to run, separated by commas; all of them if empty")
	rounds := flag.Int("rounds", 5, "rounds of a full run")
	keeping := flag.Bool("keep", false, "put what the last runs left into the README instead")
	render := flag.String("render", "", "print the table of an earlier run's JSON file and end")
	flag.Parse()
	if *render != "" {
		r, err := readResults(*render)
		exitOn(err)
		exitOn(writeTable(os.Stdout, r))
		return
	}
	if *keeping {
		exitOn(keep(*dir, "tests/bench/README.md"))
		return
	}
	size := full
	switch {
	case *smoke:
		size = tiny
	case *quick:
		size = small
	}
	if size != full {
		*rounds = 1
	}
	if *profiling {
		exitOn(profile(*dir, *library, list(*hosts), os.Stderr))
		return
	}
	if *curved {
		exitOn(scale(*dir, *library, size, min(*rounds, 3), os.Stderr))
		return
	}
	b := bench{size: size, rounds: *rounds, only: list(*only), log: os.Stderr}
	var err error
	b.programs, err = programs(*dir, *library, list(*hosts))
	exitOn(err)
	started := time.Now()
	results, err := b.run()
	exitOn(err)
	if size == tiny {
		exitOn(writeTable(io.Discard, results))
		fmt.Printf("every program ran every scenario (%s)\n", time.Since(started).Round(time.Second))
		return
	}
	exitOn(results.write(filepath.Join(*dir, started.UTC().Format("20060102T150405Z")+".json")))
	table, err := os.Create(filepath.Join(*dir, "table.md"))
	exitOn(err)
	exitOn(writeTable(table, results))
	exitOn(table.Close())
	exitOn(writeTable(os.Stdout, results))
}

func exitOn(err error) {
	if err != nil {
		log.Fatal("bench: ", err)
	}
}
