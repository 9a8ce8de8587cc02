// Package measure holds the scenarios for clients in Go. They and their parameters are those of tests/bench/README.md.
package measure

// Users is among how many users flags are asked for.
const Users = 100

// Simple is the flag that is asked for by key and user alone: it needs no more.
const Simple = "simple"

// Person is what is known of each of them.
var Person = map[string]any{"plan": "pro", "country": "DE", "age": 30, "email": "a@x.com"}

// PersonJSON is Person for clients that take JSON.
const PersonJSON = `"person_properties":{"plan":"pro","country":"DE","age":30,"email":"a@x.com"},"only_evaluate_locally":true`

// Options are how a client is to be opened.
type Options struct {
	Host  string
	Gzip  bool
	Queue int // how many events may wait; 0 means the client's default
	Flags bool
}

// Client is what is measured. Its methods end the program where they fail.
type Client interface {
	// Capture, Flag and AllFlags make what a program hands over, which is not measured, and return the call, which is.
	Capture(number int) (capture func())
	Flag(key, user string) (ask func() (decided bool))
	AllFlags(user string) (ask func() (decided bool))
	Settle() // returns when what was captured is delivered
	Close()  // delivers what is left
}
