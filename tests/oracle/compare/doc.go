// Package compare holds the answers of libposthog against those of another evaluator, and explains where they differ.
//
// [Rows] is the table of known differences; README.md in the folder above says the same in words. A row has, for each
// SDK, a predicate that looks at a flag's definition and at the user and says whether that SDK answers otherwise there.
// A difference that no row's predicate matches is unclaimed and fails the run; so does a row that explains nothing.
package compare
