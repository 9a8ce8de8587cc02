// Package conformance runs the cases of tests/cases against a build of the client. The format of a case and what a
// runner does with each step is told in tests/cases/README.md; this package is that text in Go, for the hosts that Go
// can reach.
//
// # Parts
//
//   - [Value]: JSON that keeps number tokens and member order, and [Match], its comparison (value.go, match.go)
//   - [Load]: the cases, read strictly, and [Corpus.Check], the rules of the format (case.go, check.go)
//   - [Run]: one case after the other against a [Host] (host.go, run.go), and [Digests] of what the client did
//     (digest.go)
//   - [Wasm]: the host that an instance of the module is, and [WasmValues] (module.go)
//   - [FlagValuer]: a client that is asked for a flag's value alone (flagvalue.go)
//   - [Result]: what a run writes for the matrix (result.go)
//
// The programs are below: core, wazero, wasmtime and chromium run the cases, c does the same in C, and driver plays those
// that hold in real time. matrix compares what all of them wrote, coverage tells what the cases exercise, and pairs makes
// up cases about flags.
package conformance
