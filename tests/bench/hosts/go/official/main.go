// Command official measures posthog-go.
package main

import (
	"io"
	"log"
	"time"

	"github.com/posthog/posthog-go"

	"github.com/libposthog/libposthog/tests/bench/hosts/go/measure"
)

type client struct{ posthog.Client }

func main() { measure.Main(open) }

func open(o measure.Options) measure.Client {
	config := posthog.Config{
		Endpoint: o.Host, MaxQueueSize: o.Queue, Logger: posthog.StdLogger(log.New(io.Discard, "", 0), false),
	}
	if o.Gzip {
		config.Compression = posthog.CompressionGzip
	}
	if o.Flags {
		config.SecretKey = "phs_bench"
	}
	c, err := posthog.NewWithConfig("phc_bench", config)
	if err != nil {
		log.Fatal(err)
	}
	return client{c}
}

func (c client) Capture(number int) func() {
	event := posthog.Capture{
		DistinctId: measure.User(number), Event: "order completed", Properties: measure.Properties(number),
	}
	return func() { _ = c.Enqueue(event) }
}

// Settle gives what is queued its time: there is no flush.
func (c client) Settle() { time.Sleep(300 * time.Millisecond) }

func (c client) Close() { _ = c.Client.Close() }

func (c client) Flag(key, user string) func() bool {
	question := posthog.FeatureFlagPayload{Key: key, DistinctId: user}
	if key != measure.Simple {
		question.PersonProperties, question.OnlyEvaluateLocally = measure.Person, true
	}
	return func() bool {
		result, err := c.GetFeatureFlagResult(question)
		return err == nil && result != nil
	}
}

func (c client) AllFlags(user string) func() bool {
	question := posthog.FeatureFlagPayloadNoKey{
		DistinctId: user, PersonProperties: measure.Person, OnlyEvaluateLocally: true,
	}
	return func() bool {
		flags, err := c.GetAllFlags(question)
		return err == nil && len(flags) > 0
	}
}
