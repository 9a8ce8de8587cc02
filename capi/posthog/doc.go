// Package posthog is PostHog for Go programs: the client of libposthog without C in between.
//
//	client, err := posthog.Open(posthog.Options{APIKey: "phc_your_project_key"})
//	if err != nil {
//		return err
//	}
//	defer client.Shutdown(context.Background())
//
//	_, err = client.Capture(posthog.Event{DistinctID: "ada", Name: "signed up"})
//
// A [Client] is the same one that every other language gets: queue, delivery, local flag evaluation and ledger live in
// package core, and this package only gives them Go's types. What each operation means, and every option, is told in
// include/posthog.h; what has no method of its own here is reached with [Client.Do].
//
// Methods with a context wait at most until its deadline, or for the operation's own default where it has none; when the
// context ends first they return its error. All others never wait. A Client is safe for concurrent use.
package posthog
