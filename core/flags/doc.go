// Package flags decides feature flags locally: from a document of definitions and one user it computes the value the
// PostHog service would answer for the same inputs. It performs no I/O, reads no clock and keeps no global state; the
// instant that relative dates count from is an argument.
//
// [Parse] compiles a definitions document into [Definitions], which never change and may be read by many goroutines.
// An [Evaluation] answers flags of one Definitions for one user at one instant.
//
// # The first rule
//
// A local answer is the service's answer. Where the two could differ, the flag is undecided: [Result].Value is nil and
// Reason says why. An undecided flag costs one request to the service; a wrong value shows a user the wrong product.
// So a property that was not passed is never taken as missing (the service may know it from the stored person), and
// an operator, a pattern or a date that this package cannot read exactly as the service does is not guessed at.
//
// Conditions combine in three-valued logic: a definite no settles a condition whatever else is unknown in it, and a
// later condition may still answer after an undecided one. Only what makes the condition itself unreadable, such as a
// cohort that is not part of the definitions, makes the whole flag undecided at once.
package flags
