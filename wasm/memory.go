//go:build wasip1

package main

import (
	"slices"
	"unsafe"

	"github.com/libposthog/libposthog/wasm/reactor"
)

// maxBlock is the largest block posthog_alloc gives: the largest input an operation takes.
const maxBlock = 64 << 20

// blocks are the allocations the host holds, by address. The collector does not see the host's pointers, so this map
// is what keeps a block alive; and since only its keys are ever read from, no pointer of the host's is dereferenced.
var blocks = map[uint32][]byte{}

// keep hands a block to the host and returns its address, 0 for an empty one.
func keep(block []byte) uint32 {
	if len(block) == 0 {
		return 0
	}
	address := addressOf(block)
	blocks[address] = block
	return address
}

func addressOf(block []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(block))))
}

// input copies the first length bytes of a block the host holds: operations keep parts of their input, and the host
// may write to the block again. A null pointer and a length of 0 are no input.
func input(address, length uint32) (in []byte, ok bool) {
	if address == 0 || length == 0 {
		return nil, true
	}
	block, held := blocks[address]
	if !held || uint64(length) > uint64(len(block)) {
		return nil, false
	}
	return slices.Clone(block[:length]), true
}

//go:wasmexport posthog_alloc
func posthogAlloc(length uint32) uint32 {
	if length > maxBlock {
		return 0
	}
	return keep(make([]byte, length))
}

// latest is the reply that the host got last and has not freed, at its address. Hosts free a reply before the next call,
// so it is rarely in blocks.
var latest struct {
	address uint32
	reactor.Reply
}

// lend hands a reply to the host and returns its address in the upper half and the length of its JSON in the lower.
func lend(reply reactor.Reply) uint64 {
	if latest.address != 0 {
		keep(latest.Text)
	}
	latest.Reply, latest.address = reply, addressOf(reply.Text)
	return uint64(latest.address)<<32 | uint64(uint32(reply.JSONLen))
}

//go:wasmexport posthog_free
func posthogFree(address uint32) {
	if address == 0 || address != latest.address {
		delete(blocks, address)
		return
	}
	instance.Recycle(latest.Reply)
	latest.Reply, latest.address = reactor.Reply{}, 0
}
