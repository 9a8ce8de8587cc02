//go:build cgo

package main

/*
#cgo CFLAGS: -I${SRCDIR}/../include -std=c11 -Wall -Wextra -fvisibility=hidden
#cgo LDFLAGS: -Wl,--wrap=pthread_getattr_np -Wl,--wrap=pthread_create
#cgo noescape phgo_copy
#cgo nocallback phgo_copy
#include <stddef.h>
#include <stdint.h>

// phgo_copy returns size bytes in memory of their own, with a NUL behind them, or NULL.
char *phgo_copy(const void *bytes, size_t size);
*/
import "C"

import (
	"unsafe"

	"github.com/libposthog/libposthog/capi/driver"
	"github.com/libposthog/libposthog/core"
)

//export phgo_open
func phgo_open(json *C.char, length C.size_t, client *C.uint32_t, reply **C.char) C.int32_t {
	if length > maxInput {
		return give(tooLarge(reply != nil), reply)
	}
	id, a := clients.open(copied(json, length), reply != nil)
	*client = C.uint32_t(id)
	return give(a, reply)
}

//export phgo_call
func phgo_call(op C.int32_t, client C.uint32_t, json *C.char, length C.size_t, reply **C.char) C.int32_t {
	if length > maxInput {
		return give(tooLarge(reply != nil), reply)
	}
	return give(clients.perform(int(op), uint32(client), copied(json, length), reply != nil), reply)
}

//export phgo_flag_value
func phgo_flag_value(
	client C.uint32_t, key *C.char, keyLength C.size_t, distinctID *C.char, distinctIDLength C.size_t,
	json *C.char, length C.size_t, value *C.char, capacity C.size_t,
) C.int32_t {
	if max(keyLength, distinctIDLength, length) > maxInput {
		return C.int32_t(core.TooLarge)
	}
	return C.int32_t(clients.writeFlagValue(
		uint32(client), text(key, keyLength), text(distinctID, distinctIDLength), bytes(json, length),
		bytes(value, min(capacity, maxInput)),
	))
}

//export phgo_come
func phgo_come(client C.uint32_t) {
	if found, _ := clients.find(uint32(client)); found != nil {
		if i, ok := found.(*intake); ok {
			go i.gather()
		}
	}
}

// bytes is the caller's memory as it is, for what is done with before the call returns.
func bytes(at *C.char, length C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(at)), length)
}

// text is bytes for a string.
func text(at *C.char, length C.size_t) string {
	return unsafe.String((*byte)(unsafe.Pointer(at)), length)
}

// copied returns the caller's input as Go memory: what is kept of it must not change under us.
func copied(json *C.char, length C.size_t) []byte {
	return append([]byte(nil), bytes(json, length)...)
}

// give hands an answer to the caller, in C memory that becomes his. The answer is void after it.
func give(a answer, reply **C.char) C.int32_t {
	defer driver.Recycle(a.reply)
	if reply == nil {
		return C.int32_t(a.status)
	}
	*reply = C.phgo_copy(unsafe.Pointer(unsafe.SliceData(a.text)), C.size_t(len(a.text)))
	if *reply == nil {
		return C.int32_t(core.NoMemory)
	}
	return C.int32_t(a.status)
}
