// Command wasm is the WASI preview 1 reactor posthog.wasm: the exports and their memory, and nothing else. What they
// do is package reactor's, which needs no wasm to be tested. ABI.md in this folder is the normative text.
//
// Build it with `make wasm`; on other platforms the program is empty.
package main

// main is never called: a reactor is entered through its exports, after _initialize.
func main() {}
