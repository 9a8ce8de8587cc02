// Package adapter is the HTTP service that PostHog's SDK compliance harness drives, for every host of libposthog.
//
// One front, in Go, speaks the harness's contract: it keeps a client for each test, answers 200 whatever happens, and
// counts. Behind it stands one host at a time: a program in the host's language that uses the binding as its users do,
// told by lines on its standard input what to do ([Child]), or a host in this process ([Wazero]).
//
// Between a host's clients and the service they send to sits a [recorder]: it passes every byte on and remembers what
// was asked and answered, so that /state tells what happened and not what was meant.
package adapter
