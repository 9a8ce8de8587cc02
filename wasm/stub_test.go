package main

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero/api"
)

// The WASI results the stubs give.
const (
	wasiSuccess = 0
	wasiBadFile = 8
	wasiNoSys   = 52
)

// TestStubs_theModuleNeedsNoMoreThanThePageSays runs a client over the stand-ins that ABI.md lists for hosts without
// WASI: no files, no arguments, no environment, a clock that only counts, bytes that are not random.
func TestStubs_theModuleNeedsNoMoreThanThePageSays(t *testing.T) {
	runtime := newRuntime(t)
	var clock uint64
	result := func(errno uint32) func(uint32, uint32) uint32 {
		return func(uint32, uint32) uint32 { return errno }
	}
	zeroSizes := func(_ context.Context, m api.Module, count, size uint32) uint32 {
		m.Memory().WriteUint32Le(count, 0)
		m.Memory().WriteUint32Le(size, 0)
		return wasiSuccess
	}
	unreached := func(name string) {
		t.Errorf("the module called %s, which ABI.md says it does not", name)
	}
	builder := runtime.NewHostModuleBuilder("wasi_snapshot_preview1")
	for name, stub := range map[string]any{
		"args_sizes_get":      zeroSizes,
		"args_get":            result(wasiSuccess),
		"environ_sizes_get":   zeroSizes,
		"environ_get":         result(wasiSuccess),
		"fd_fdstat_get":       result(wasiBadFile),
		"fd_fdstat_set_flags": result(wasiBadFile),
		"fd_prestat_get":      result(wasiBadFile),
		"sched_yield":         func() uint32 { return wasiSuccess },
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
		"fd_close":            func(uint32) uint32 { unreached("fd_close"); return wasiNoSys },
		"fd_prestat_dir_name": func(_, _, _ uint32) uint32 { unreached("fd_prestat_dir_name"); return wasiNoSys },
		"fd_read":             func(_, _, _, _ uint32) uint32 { unreached("fd_read"); return wasiNoSys },
		"fd_write":            func(_, _, _, _ uint32) uint32 { unreached("fd_write"); return wasiNoSys },
		"poll_oneoff":         func(_, _, _, _ uint32) uint32 { unreached("poll_oneoff"); return wasiNoSys },
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
