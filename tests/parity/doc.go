// Parity runs one scripted scenario through PostHog's official SDK of a language and through ours, both against the
// stand-in server, and compares what they sent and what their calls returned.
//
//	parity -language python -readme bindings/python/README.md DRIVER [ARGUMENT...]
//
// A driver is a program of that language, called as DRIVER ARGUMENT... SCENARIO URL SIDE ANSWERS, where SIDE is
// "official" or "ours". README.md in this folder says what it does.
//
// Libraries' names and versions, ids and times are removed first. Every difference that remains must be claimed by a
// predicate (claims_<language>.go) that names a line of the README; an unclaimed one fails, and so does a claim that no
// difference needs, or one whose line the README has not. It exits with 1 in these cases, and with 2 if it could not run.
package main
