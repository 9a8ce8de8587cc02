// Command capi is libposthog.so and libposthog.a: the operations behind the C functions of include/posthog.h.
//
// A call goes C function (shim.c) -> export (export.go) -> handle table (table.go) -> package driver. There is one
// export for open and one for everything else; what a call means is decided in package ops, not here. An event that comes
// soon after another goes no further than C (intake.c) until Go comes for it (intake.go).
//
// Invariants:
//
//  1. No input makes the process crash or hang: panics become a reply, unknown numbers a status.
//  2. Only copies cross the border: an input is copied before it is read, a reply is C memory.
//  3. Nothing but the functions of the header is visible in the built library.
package main

import "runtime"

// maxProcs bounds the threads that run Go code at the same time. The library is a guest: what it does beside the
// caller's own threads (batches, compression, requests) fits in two.
const maxProcs = 2

func init() {
	runtime.GOMAXPROCS(min(maxProcs, runtime.GOMAXPROCS(0)))
}

// main is never called; a C library has none.
func main() {}
