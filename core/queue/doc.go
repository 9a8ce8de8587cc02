// Package queue keeps events between capture and the server's word on them: bounded, in batches, retried with
// backoff, and every one of them in the ledger.
//
// The queue decides what to send and when; it sends nothing. [Queue.Next] hands out a batch, [Queue.Resolve] takes
// the verdict on it. Invariants:
//
//  1. An event is in exactly one place: waiting, in a held batch, in a batch in flight, delivered, or dropped.
//  2. A batch is attempted at most MaxRetries + 1 times, and never again after it was delivered.
//  3. The ledger balances after every call.
package queue
