// Package wire is PostHog's HTTP API as values: requests are built here and responses read here, and nothing is
// sent. Whoever drives the core performs the requests.
package wire
