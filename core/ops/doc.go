// Package ops is the client in JSON: one table of operations, each a function from an input object and a client to a
// status and a reply object. The C and the wasm interface are both driven by this table, so they cannot differ.
//
// An operation runs in two halves. Prepare reads the input, encodes events and evaluates flags; it needs only a View,
// so a driver calls it without holding the client. Run does the rest on the client.
package ops
