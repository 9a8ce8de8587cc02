package main

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// The WASI results the stubs give.
const (
	wasiSuccess = 0
	wasiNoSys   = 52
)

// TestStubs_theModuleNeedsNoMoreThanThePageSays runs a client over the stand-ins that ABI.md lists for hosts without
// WASI: no files, no arguments, no environment, a clock that only counts, bytes that are not random.
func TestStubs_theModuleNeedsNoMoreThanThePageSays(t *testing.T) {
	runtime := hosttest.Runtime(t)
	var clock uint64
	unreached := func(name string) uint32 {
		t.Errorf("the module called %s, which ABI.md says it does not", name)
		return wasiNoSys
	}
	builder := runtime.NewHostModuleBuilder("wasi_snapshot_preview1")
	for name, stub := range map[string]any{
		"sched_yield": func() uint32 { return wasiSuccess },
		"clock_time_get": func(_ context.Context, m api.Module, _ uint32, _ uint64, out uint32) uint32 {
			clock += 1_000_000
			m.Memory().WriteUint64Le(out, clock)
			return wasiSuccess
		},
		"random_get": func(_ context.Context, m api.Module, out, length uint32) uint32 {
			for i := range length {
				m.Memory().WriteByte(out+i, byte(i))
			}
			return wasiSuccess
		},
		"args_get":            func(_, _ uint32) uint32 { return unreached("args_get") },
		"args_sizes_get":      func(_, _ uint32) uint32 { return unreached("args_sizes_get") },
		"environ_get":         func(_, _ uint32) uint32 { return unreached("environ_get") },
		"environ_sizes_get":   func(_, _ uint32) uint32 { return unreached("environ_sizes_get") },
		"fd_close":            func(uint32) uint32 { return unreached("fd_close") },
		"fd_fdstat_get":       func(_, _ uint32) uint32 { return unreached("fd_fdstat_get") },
		"fd_fdstat_set_flags": func(_, _ uint32) uint32 { return unreached("fd_fdstat_set_flags") },
		"fd_prestat_dir_name": func(_, _, _ uint32) uint32 { return unreached("fd_prestat_dir_name") },
		"fd_prestat_get":      func(_, _ uint32) uint32 { return unreached("fd_prestat_get") },
		"fd_read":             func(_, _, _, _ uint32) uint32 { return unreached("fd_read") },
		"fd_write":            func(_, _, _, _ uint32) uint32 { return unreached("fd_write") },
		"poll_oneoff":         func(_, _, _, _ uint32) uint32 { return unreached("poll_oneoff") },
		"proc_exit":           func(uint32) { unreached("proc_exit") },
	} {
		builder.NewFunctionBuilder().WithFunc(stub).Export(name)
	}
	if _, err := builder.Instantiate(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := instantiate(t, runtime, "_initialize")
	client := r.open()
	in := `{"distinct_id":"u","event":"e"}`
	block := r.block(in)
	for range 2000 {
		if status, reply := r.status("posthog_capture", client, block, uint64(len(in)), start); status != 0 {
			t.Fatal(reply)
		}
	}
	if status, reply := r.status("posthog_poll", client, 0, 0, start); status != 0 {
		t.Fatal(reply)
	}
}
