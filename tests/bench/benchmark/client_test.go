package benchmark

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/capi/driver"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
	"github.com/libposthog/libposthog/wasm/host"

	"github.com/libposthog/libposthog/tests/bench/hosts/go/measure"
	"github.com/libposthog/libposthog/tests/bench/sink"
)

// options are of a client that keeps its events and gets its definitions from us: nothing here is about the network.
func options(b *testing.B, more map[string]any) []byte {
	all := map[string]any{"api_key": "phc_bench", "mode": "off", "definitions": "push"}
	for name, value := range more {
		all[name] = value
	}
	text, err := json.Marshal(all)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

func native(b *testing.B, flags int, more map[string]any) driver.Caller {
	client, reply := driver.Open(options(b, more), libposthog.Version)
	if client == nil {
		b.Fatal(reply.Status)
	}
	b.Cleanup(func() { client.Call(ops.Lookup("shutdown"), []byte(`{"timeout_ms":0}`)) })
	must(b, client, "set_flag_definitions", sink.Definitions(flags))
	return client
}

func must(b *testing.B, client driver.Caller, op, in string) {
	if reply := client.Call(ops.Lookup(op), []byte(in)); reply.Status != core.OK {
		b.Fatal(op, " ", reply.Status)
	}
}

// wasm is a client of the module in wazero. BENCH_WASM names the module.
func wasm(b *testing.B, flags int) *host.Client {
	module, err := os.ReadFile(os.Getenv("BENCH_WASM"))
	if err != nil {
		b.Skip("BENCH_WASM names no module")
	}
	loaded, err := host.Load(b.Context(), module, host.Options{CacheDir: os.Getenv("BENCH_WASM_CACHE")})
	if err != nil {
		b.Fatal(err)
	}
	client, err := loaded.Open(b.Context(), options(b, nil))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = loaded.Close(b.Context()) })
	if _, err := client.Call(b.Context(), "set_flag_definitions", []byte(sink.Definitions(flags))); err != nil {
		b.Fatal(err)
	}
	return client
}

func question(key string) []byte {
	return fmt.Appendf(nil, `{"key":%q,"distinct_id":"user-1",%s}`, key, measure.PersonJSON)
}

func allFlags() []byte {
	return fmt.Appendf(nil, `{"distinct_id":"user-1","fields":["value"],%s}`, measure.PersonJSON)
}

var (
	keys    = []string{sink.Simple, sink.Five}
	numbers = []int{10, 100, 1000}
)
