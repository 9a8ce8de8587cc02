// Command wazero measures posthog.wasm in a Go program. BENCH_WASM is the module, BENCH_WASM_CACHE the folder of what was
// compiled before.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/libposthog/libposthog/wasm/host"

	"github.com/libposthog/libposthog/tests/bench/hosts/go/measure"
)

type client struct {
	ctx context.Context
	*host.Client
}

func main() { measure.Main(open) }

func open(o measure.Options) measure.Client {
	ctx := context.Background()
	wasm, err := os.ReadFile(os.Getenv("BENCH_WASM"))
	if err != nil {
		log.Fatal(err)
	}
	module, err := host.Load(ctx, wasm, host.Options{CacheDir: os.Getenv("BENCH_WASM_CACHE")})
	if err != nil {
		log.Fatal(err)
	}
	options := map[string]any{"api_key": "phc_bench", "host": o.Host}
	if o.Queue > 0 {
		options["max_queue_size"], options["max_queue_bytes"] = o.Queue, 1_000_000_000
	}
	if o.Flags {
		options["secret_key"] = "phs_bench"
	}
	in, err := json.Marshal(options)
	if err != nil {
		log.Fatal(err)
	}
	opened, err := module.Open(ctx, in)
	if err != nil {
		log.Fatal(err)
	}
	c := client{ctx, opened}
	if o.Flags {
		c.must("wait_ready", []byte(`{"timeout_ms":5000}`))
	}
	return c
}

func (c client) must(op string, in []byte) {
	if _, err := c.Call(c.ctx, op, in); err != nil {
		log.Fatal(op, ": ", err)
	}
}

func (c client) Capture(number int) func() {
	event := measure.EventJSON(number)
	return func() { _, _ = c.Call(c.ctx, "capture", event) }
}

func (c client) Settle() { c.must("flush", []byte(`{"timeout_ms":120000}`)) }
func (c client) Close()  { c.must("shutdown", []byte(`{"timeout_ms":120000}`)) }

func (c client) Flag(key, user string) func() bool {
	var in []byte
	if key != measure.Simple {
		in = []byte("{" + measure.PersonJSON + "}")
	}
	return func() bool {
		value, err := c.FlagValue(c.ctx, key, user, in)
		return value != nil && err == nil
	}
}

func (c client) AllFlags(user string) func() bool {
	in := fmt.Appendf(nil, `{"distinct_id":%q,"fields":["value"],%s}`, user, measure.PersonJSON)
	return func() bool {
		_, err := c.Call(c.ctx, "evaluate_flags", in)
		return err == nil
	}
}
