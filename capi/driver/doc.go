// Package driver runs clients of package core in a process that has a clock, sockets and goroutines.
//
// It decides nothing about PostHog: it calls the core under a lock, performs the requests the core hands out, wakes
// the core when it asks to be woken, and blocks callers until their tickets are done. There is no cgo here, so plain
// go test covers it. The parts:
//
//   - [Client], a client that is driven here: one mutex, one timer, one goroutine a request (client.go, pump.go)
//   - [Host], a client opened with "io":"host": the same calls, but polled and completed by the caller (host.go)
//   - the HTTP side: shared transports, proxies, content encodings, kinds of failure
//
// Invariants:
//
//  1. A capture that fills no batch wakes nobody: it locks, appends and returns.
//  2. No lock is held while waiting for the network, and evaluating flags takes none at all.
//  3. When shutdown has returned, the client owns no goroutine, no timer and no connection.
package driver
