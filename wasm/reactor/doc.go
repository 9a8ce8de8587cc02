// Package reactor is what stands behind the exports of posthog.wasm: the clients of one instance, and the one way
// every operation goes. It is plain Go over package ops, so it is tested without wasm.
//
// # Notes
//
//   - One instance is one thread: nothing here is safe for concurrent use.
//   - A panic never leaves [Reactor.Call]: it becomes the status PANIC.
package reactor
