package main

import (
	"strings"
	"testing"
)

// flagValue calls posthog_flag_value and returns the status and the text that is then at the pointer.
func (r *raw) flagValue(client, pointer, key, distinctID, in uint64) (status int32, value string) {
	r.t.Helper()
	status = int32(uint32(r.call("posthog_flag_value", client, pointer, key, distinctID, in, start)))
	text, _ := r.module.Memory().Read(uint32(pointer), 64)
	value, _, _ = strings.Cut(string(text), "\x00")
	return status, value
}

func TestFlagValue_badArgumentsGetAStatus(t *testing.T) {
	r := newRaw(t)
	client := r.open()
	const text = "onuser" // key and distinct id, as they stand in the block
	fresh := func() uint64 { return r.block(text + strings.Repeat("#", 64)) }
	freed := fresh()
	r.call("posthog_free", freed)
	for _, tc := range []struct {
		name                     string
		pointer, key, distinctID uint64
		in                       uint64
		want                     int32
		// value is what stands at the pointer afterwards.
		value string
	}{
		{"a flag", fresh(), 2, 4, 0, 0, "null"},
		{"no key", fresh(), 0, 4, 0, invalidArgument, ""},
		{"no user", fresh(), 2, 0, 0, invalidArgument, ""},
		{"no JSON", fresh(), 2, 4, 3, -1, ""},
		{"longer than the block", fresh(), 2, 4, 65, invalidArgument, text},
		{"a negative length", fresh(), 2, minusOne, 0, invalidArgument, text},
		{"lengths whose sum is small", fresh(), minusOne, 1, 2, invalidArgument, text},
		{"inside the block", fresh() + 1, 2, 4, 0, invalidArgument, text[1:]},
		{"no pointer", 0, 0, 0, 0, invalidArgument, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, value := r.flagValue(client, tc.pointer, tc.key, tc.distinctID, tc.in)
			if value = strings.TrimRight(value, "#"); status != tc.want || value != tc.value {
				t.Errorf("status %d and %q in the block, want %d and %q", status, value, tc.want, tc.value)
			}
		})
	}
	for name, pointer := range map[string]uint64{"a freed block": freed, "an invented one": 4096, "one past the memory": 0xfffffff0} {
		if status, _ := r.flagValue(client, pointer, 2, 4, 0); status != invalidArgument {
			t.Errorf("status %d for %s, want %d", status, name, invalidArgument)
		}
	}
	if status, _ := r.flagValue(client+1, fresh(), 2, 4, 0); status != -4 {
		t.Errorf("status %d for a client that is none, want -4", status)
	}
}

// TestFlagValue_needsNoMemory: it never shrinks, so its size tells of every byte that was needed in between.
func TestFlagValue_needsNoMemory(t *testing.T) {
	r := newRaw(t)
	client := r.open()
	in := `{"flags":[{"id":1,"key":"on","active":true,"filters":{"groups":[{"rollout_percentage":100}]}}]}`
	if status, reply := r.status("posthog_set_flag_definitions", client, r.block(in), uint64(len(in)), start); status != 0 {
		t.Fatal(reply)
	}
	block := r.block("onuser")
	ask := func() {
		r.module.Memory().WriteString(uint32(block), "onuser")
		if status, value := r.flagValue(client, block, 2, 4, 0); status != 0 || value != "true" {
			t.Fatalf("status %d, %q", status, value)
		}
	}
	ask()
	before := r.module.Memory().Size()
	for range 50_000 {
		ask()
	}
	if after := r.module.Memory().Size(); after != before {
		t.Errorf("the memory grew from %d to %d bytes", before, after)
	}
}
