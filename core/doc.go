// Package core is the PostHog client as a state machine. It performs no I/O, reads no clock, draws no randomness of
// its own, starts no goroutine and takes no lock: time is an argument, entropy is given at open, and HTTP leaves as
// a request value and comes back as a response value.
//
// A [Client] is driven by three kinds of calls, one at a time:
//
//   - operations (Capture, GetFlag, Flush, …) change it and answer with an [Outcome];
//   - [Client.Poll] hands out what is next: a finished ticket, a request to perform, or when to come back;
//   - [Client.Complete] takes what became of a request.
//
// An operation that has to wait for a response answers Pending and a ticket; Poll hands out the ticket's outcome.
// The native driver blocks its caller on that, a wasm host does as it likes. So both builds are the same client.
//
// What flags need for a verdict is in the [View], an immutable snapshot, so that they can be evaluated without the
// client while it is busy.
package core
