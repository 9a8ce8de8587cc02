package benchmark

import (
	"fmt"
	"testing"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"

	"github.com/libposthog/libposthog/tests/bench/hosts/go/measure"
)

// BenchmarkCapture queues events into a client that sends none: the caller's part, the queue's growth included.
func BenchmarkCapture(b *testing.B) {
	client := native(b, 2, map[string]any{
		"mode": "live", "host": "http://127.0.0.1:1", "flush_interval_ms": 1_000_000_000, "flush_at": 1_000_000_000,
		"max_batch_size": 1_000_000_000, "max_queue_size": 1_000_000_000, "max_queue_bytes": 8_000_000_000,
	})
	capture, event := ops.Lookup("capture"), measure.EventJSON(1)
	b.ReportAllocs()
	for b.Loop() {
		if reply := client.Call(capture, event); reply.Status != core.OK {
			b.Fatal(reply.Status)
		}
	}
}

// BenchmarkFlag_local decides one flag, by plain arguments and through JSON.
func BenchmarkFlag_local(b *testing.B) {
	client, getFlag := native(b, 100, nil), ops.Lookup("get_flag")
	for _, key := range keys {
		b.Run("flag="+key+"/value", func(b *testing.B) {
			person := []byte("{" + measure.PersonJSON + "}")
			b.ReportAllocs()
			for b.Loop() {
				if status, _ := client.FlagValue(key, "user-1", person, 64); status != core.OK {
					b.Fatal(status)
				}
			}
		})
		b.Run("flag="+key+"/json", func(b *testing.B) {
			in := question(key)
			b.ReportAllocs()
			for b.Loop() {
				if reply := client.Call(getFlag, in); reply.Status != core.OK {
					b.Fatal(reply.Status)
				}
			}
		})
	}
}

// BenchmarkAllFlags evaluates every flag for one user.
func BenchmarkAllFlags(b *testing.B) {
	for _, n := range numbers {
		b.Run(fmt.Sprintf("flags=%d", n), func(b *testing.B) {
			client, evaluate, in := native(b, n, nil), ops.Lookup("evaluate_flags"), allFlags()
			b.ReportAllocs()
			for b.Loop() {
				if reply := client.Call(evaluate, in); reply.Status != core.OK {
					b.Fatal(reply.Status)
				}
			}
		})
	}
}

// BenchmarkWasm_capture is a capture in wazero by a client that discards it.
func BenchmarkWasm_capture(b *testing.B) {
	client, event := wasm(b, 2), measure.EventJSON(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Call(b.Context(), "capture", event); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWasm_flag decides one flag in wazero.
func BenchmarkWasm_flag(b *testing.B) {
	client := wasm(b, 100)
	for _, key := range keys {
		b.Run("flag="+key, func(b *testing.B) {
			in := question(key)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Call(b.Context(), "get_flag", in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWasm_allFlags evaluates every flag for one user in wazero.
func BenchmarkWasm_allFlags(b *testing.B) {
	for _, n := range numbers {
		b.Run(fmt.Sprintf("flags=%d", n), func(b *testing.B) {
			client, in := wasm(b, n), allFlags()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Call(b.Context(), "evaluate_flags", in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
