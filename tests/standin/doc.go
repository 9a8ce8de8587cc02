// Package standin is a stand-in for the PostHog service: a real HTTP server on real sockets that speaks the protocols
// an SDK speaks, keeps what it was sent, and fails on request.
//
// It is not PostHog and not an evaluator: a flag answer is whatever a test scripted, and definitions are served, never
// applied. What it does decide is what a service decides at its door: credentials, encodings, sizes, JSON.
//
// # Parts
//
//   - ingest, remote flags, flag definitions and remote config, under any path prefix (route.go, capture.go, flags.go)
//   - the journal: every request and every accepted event, bounded, with exact counts (journal.go, tally.go)
//   - faults: a script of statuses, delays, hangs and resets, taken one step a request (fault.go, wreck.go)
//   - the control API under /_control/ (control.go) and the live page at / (page)
//
// # Invariants
//
//  1. A request is decided when it has been read and answered when its script says so: a delayed answer is the answer
//     of its arrival.
//  2. An event counts as received exactly when the server committed to a 2xx status, unless a script says otherwise.
//  3. The control listener outlives the main one: a refusal can always be ended.
package standin
