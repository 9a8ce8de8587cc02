package host_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// BenchmarkLoad compiles the module, without a cache and from one.
func BenchmarkLoad(b *testing.B) {
	for _, bc := range []struct{ name, cacheDir string }{{"cold", ""}, {"cached", hosttest.CacheDir()}} {
		b.Run(bc.name, func(b *testing.B) {
			wasm := hosttest.Wasm(b)
			for b.Loop() {
				module, err := host.Load(b.Context(), wasm, host.Options{CacheDir: bc.cacheDir})
				if err != nil {
					b.Fatal(err)
				}
				module.Close(b.Context())
			}
		})
	}
}

func BenchmarkInstantiate(b *testing.B) {
	module := hosttest.Module(b)
	for b.Loop() {
		instance, err := module.Instantiate(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		instance.Close(b.Context())
	}
}

// BenchmarkCall is one operation from bytes to bytes: allocate, write, call, read, free twice.
func BenchmarkCall(b *testing.B) {
	const event = `{"distinct_id":"user-1","event":"purchase","properties":{"amount":12,"currency":"EUR","items":3,` +
		`"plan":"premium","coupon":null,"first":false,"$current_url":"https://example.com/checkout?step=3",` +
		`"referrer":"newsletter","cart":["a-1","b-2","c-3"],"weight":1.25}}`
	const flag = `{"key":"beta","distinct_id":"user-1","person_properties":{"plan":"premium"},"send_feature_flag_events":false}`
	for _, bc := range []struct{ op, in string }{
		{"stats", ""}, {"capture", event}, {"get_flag", flag},
	} {
		b.Run(bc.op, func(b *testing.B) {
			instance := hosttest.Instance(b)
			call := func(op, in string, nowMs int64) {
				reply, _, err := instance.Call(context.Background(), op, 1, []byte(in), nowMs)
				if err != nil || string(reply[:11]) != `{"status":0` {
					b.Fatalf("%s: %s %v", op, reply, err)
				}
			}
			// A full queue would end the measurement: with this client nothing is kept.
			call("open", fmt.Sprintf(`{"api_key":"phc_test","mode":"memory","entropy":"%s"}`, hosttest.Entropy), 1)
			call("set_flag_definitions", definitions, 1)
			n := int64(0)
			for b.Loop() {
				call(bc.op, bc.in, n)
				if n++; n%1000 == 0 {
					call("captured", `{"clear":true}`, n)
				}
			}
		})
	}
}
