package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// raw is an instance without the reference host, so that a test can hand over pointers no host would.
type raw struct {
	t      *testing.T
	module api.Module
}

func newRaw(t *testing.T) *raw {
	t.Helper()
	runtime := hosttest.Runtime(t)
	wasi_snapshot_preview1.MustInstantiate(t.Context(), runtime)
	return instantiate(t, runtime, "_initialize")
}

func instantiate(t *testing.T, runtime wazero.Runtime, start ...string) *raw {
	t.Helper()
	config := wazero.NewModuleConfig().WithStartFunctions(start...)
	module, err := runtime.InstantiateWithConfig(t.Context(), hosttest.Wasm(t), config)
	if err != nil {
		t.Fatal(err)
	}
	return &raw{t, module}
}

func (r *raw) call(name string, arguments ...uint64) uint64 {
	r.t.Helper()
	results, err := r.module.ExportedFunction(name).Call(r.t.Context(), arguments...)
	if err != nil {
		r.t.Fatalf("%s%v: %v", name, arguments, err)
	}
	if len(results) == 0 {
		return 0
	}
	return results[0]
}

// status calls an operation and returns the status and the whole reply, which it frees.
func (r *raw) status(name string, arguments ...uint64) (int32, string) {
	r.t.Helper()
	packed := r.call(name, arguments...)
	text, ok := r.module.Memory().Read(uint32(packed>>32), uint32(packed))
	if !ok {
		r.t.Fatalf("%s%v: the reply at %d, %d long, is outside the memory", name, arguments, packed>>32, uint32(packed))
	}
	reply := string(text)
	r.call("posthog_free", packed>>32)
	var envelope struct{ Status int32 }
	if err := json.Unmarshal([]byte(reply), &envelope); err != nil {
		r.t.Fatalf("%s%v: reply %q: %v", name, arguments, reply, err)
	}
	return envelope.Status, reply
}

func (r *raw) block(text string) uint64 {
	r.t.Helper()
	address := r.call("posthog_alloc", uint64(len(text)))
	if !r.module.Memory().WriteString(uint32(address), text) {
		r.t.Fatalf("a block of %d bytes at %d is outside the memory", len(text), address)
	}
	return address
}

func (r *raw) open() uint64 {
	r.t.Helper()
	in := `{"api_key":"phc_test","mode":"memory","entropy":"` + hosttest.Entropy + `"}`
	address := r.block(in)
	defer r.call("posthog_free", address)
	if status, reply := r.status("posthog_open", 0, address, uint64(len(in)), start); status != 0 {
		r.t.Fatal(reply)
	}
	return 1
}

const (
	minusOne        = 0xffffffff
	invalidArgument = -2
)

func TestMemory_allocRefusesWhatNoOperationTakes(t *testing.T) {
	r := newRaw(t)
	for _, tc := range []struct {
		name   string
		length uint64
		given  bool
	}{
		{"nothing", 0, false},
		{"one byte", 1, true},
		{"64 MiB", 64 << 20, true},
		{"64 MiB and a byte", 64<<20 + 1, false},
		{"negative", minusOne, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			address := r.call("posthog_alloc", tc.length)
			if (address != 0) != tc.given {
				t.Errorf("posthog_alloc(%d) = %d", tc.length, address)
			}
			if address != 0 && uint64(r.module.Memory().Size()) < address+tc.length {
				t.Errorf("posthog_alloc(%d) = %d: the memory ends at %d", tc.length, address, r.module.Memory().Size())
			}
			r.call("posthog_free", address)
		})
	}
}

func TestMemory_badPointersGetAStatus(t *testing.T) {
	r := newRaw(t)
	client := r.open()
	good := `{"distinct_id":"u","event":"e"}`
	block := r.block(good)
	length := uint64(len(good))
	freed := r.block(good)
	r.call("posthog_free", freed)
	for _, tc := range []struct {
		name            string
		pointer, length uint64
		want            int32
	}{
		{"the block", block, length, 0},
		{"part of the block", block, 2, -1},
		{"no pointer", 0, length, invalidArgument},
		{"no length", block, 0, invalidArgument},
		{"neither", 0, 0, invalidArgument},
		{"longer than the block", block, length + 1, invalidArgument},
		{"negative length", block, minusOne, invalidArgument},
		{"inside the block", block + 1, 1, invalidArgument},
		{"freed block", freed, length, invalidArgument},
		{"invented pointer", 4096, 16, invalidArgument},
		{"past the memory", 0xfffffff0, 64, invalidArgument},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, reply := r.status("posthog_capture", client, tc.pointer, tc.length, start)
			if status != tc.want {
				t.Errorf("capture(%d, %d): status %d, want %d; %s", tc.pointer, tc.length, status, tc.want, reply)
			}
			if status < 0 && !strings.Contains(reply, `"message":"`) {
				t.Errorf("capture(%d, %d): no message in %s", tc.pointer, tc.length, reply)
			}
		})
	}
}

func TestMemory_freeIgnoresWhatIsNoBlock(t *testing.T) {
	r := newRaw(t)
	client := r.open()
	block := r.block(`{}`)
	for _, pointer := range []uint64{0, 1, block + 1, minusOne, block, block} {
		r.call("posthog_free", pointer)
	}
	if status, reply := r.status("posthog_stats", client, 0, 0, start); status != 0 {
		t.Error(reply)
	}
}

// TestMemory_inputIsCopied overwrites an input after the call: the operation must have kept nothing that lies in it.
func TestMemory_inputIsCopied(t *testing.T) {
	r := newRaw(t)
	client := r.open()
	for _, call := range []struct{ name, in string }{
		{"posthog_register", `{"properties":{"plan":"premium"}}`},
		{"posthog_set_flag_definitions", `{"flags":[],"group_type_mapping":{},"cohorts":{}}`},
		{"posthog_capture", `{"distinct_id":"somebody","event":"purchase","properties":{"amount":12}}`},
	} {
		block := r.block(call.in)
		if status, reply := r.status(call.name, client, block, uint64(len(call.in)), start); status != 0 {
			t.Fatal(reply)
		}
		r.module.Memory().WriteString(uint32(block), strings.Repeat("#", len(call.in)))
	}
	_, captured := r.status("posthog_captured", client, 0, 0, start)
	_, definitions := r.status("posthog_get_flag_definitions", client, 0, 0, start)
	for _, want := range []string{`"plan":"premium"`, `"distinct_id":"somebody"`, `"amount":12`} {
		if !strings.Contains(captured, want) {
			t.Errorf("captured lacks %s: %s", want, captured)
		}
	}
	if strings.Contains(captured+definitions, "#") {
		t.Errorf("the overwritten input shows: %s %s", captured, definitions)
	}
}

// TestMemory_repliesLiveUntilFreed takes many replies before it reads the first.
func TestMemory_repliesLiveUntilFreed(t *testing.T) {
	r := newRaw(t)
	client := r.open()
	var replies []uint64
	for range 2000 {
		replies = append(replies, r.call("posthog_stats", client, 0, 0, start))
	}
	for i, packed := range replies {
		text, ok := r.module.Memory().Read(uint32(packed>>32), uint32(packed))
		if !ok || !json.Valid(text) {
			t.Fatalf("reply %d at %d: %q", i, packed>>32, text)
		}
		r.call("posthog_free", packed>>32)
	}
}

// TestMemory_uninitializedInstanceTraps is the one trap a host can cause by itself; ABI.md warns of it.
func TestMemory_uninitializedInstanceTraps(t *testing.T) {
	runtime := hosttest.Runtime(t)
	wasi_snapshot_preview1.MustInstantiate(t.Context(), runtime)
	module := instantiate(t, runtime).module
	if results, err := module.ExportedFunction("posthog_alloc").Call(t.Context(), 16); err == nil {
		t.Errorf("posthog_alloc answered %v before _initialize", results)
	}
}
