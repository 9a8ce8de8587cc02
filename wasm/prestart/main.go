// Command prestart gives posthog.wasm its start in advance: it runs _initialize of a module that Go built and writes the
// module as it is then, memory and all. What is left for _initialize to do is in start.go.
//
//	go run ./wasm/prestart build/wasm/posthog.wasm build/posthog.wasm
//
// Starting Go takes 22 ms in V8, and more behind: it compiles twice what runs only then. See "Why is the module started
// when it is built?" in RATIONALE.md.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: prestart MODULE OUT"))
	}
	built, err := os.ReadFile(os.Args[1])
	fail(err)
	started, err := prestart(built)
	fail(err)
	fail(os.WriteFile(os.Args[2], started, 0o644))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "prestart:", err)
		os.Exit(1)
	}
}
