// Package corpus makes up flag definitions and users, and keeps them in the file that every evaluator reads.
//
// The flags are ordinary ones: what people build in PostHog's editor, with now and then a property that is not what its
// filter expects. [Generate] is deterministic: a seed and a number of calls always give the same corpus.
package corpus
