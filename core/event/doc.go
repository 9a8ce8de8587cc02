// Package event turns what callers say (capture, identify, alias, group_identify, set) into events as PostHog's
// ingestion takes them.
//
// The work is in two halves. [Encode] does all that needs neither a clock nor randomness: it merges and writes the
// properties. [Draft.Finish] adds the distinct id of a personless event, the timestamp and the uuid. So a driver can
// do the first half outside its lock.
package event
