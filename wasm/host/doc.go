// Package host runs posthog.wasm inside a Go program with wazero. It is the reference for hosts in any language: it
// does what wasm/ABI.md says and nothing else, in the order that page says it.
//
// A [Module] is the compiled module, made once per program. An [Instance] is one running copy of it: memory, and
// calls one at a time. A [Client] is an instance with one PostHog client in it and the loop that performs the
// client's requests, so that events leave and flags arrive while the program does something else.
//
// Most programs need [Load], [Module.Open], [Client.Call], [Client.FlagValue] and [Client.Close]. [Instance.Call] is for those that keep
// the clock and the network to themselves, such as tests in virtual time.
//
// The module prints nothing, reads no environment and sees neither files nor sockets; what it asks of WASI is
// listed in wasm/ABI.md.
//
// # Notes
//
//   - A Go program that wants PostHog and not wasm has nothing to gain here: calls cost several times what the same
//     core costs natively.
//   - Nothing survives a trap. See [TrapError].
package host
