//go:build wasip1

package main

import "github.com/libposthog/libposthog/core"

// flagValue asks for one flag's value without JSON around it: c the client, p a block in which key, distinct id and the
// other members of get_flag's input stand one behind the other, k, u and n bytes long, t the time in milliseconds. It
// returns how many events were recorded in the upper half and the status in the lower; the value is then in the block.
//
//go:wasmexport posthog_flag_value
func flagValue(c, p, k, u, n uint32, t int64) uint64 {
	block, held := blocks[p]
	if !held || uint64(k)+uint64(u)+uint64(n) > uint64(len(block)) {
		return pack(0, core.InvalidArgument)
	}
	status, recorded := instance.FlagValue(c, block, int(k), int(u), int(n), t)
	if !recorded {
		return pack(0, status)
	}
	collect(int(k + u + n))
	return pack(1, status)
}

func pack(recorded uint64, status core.Status) uint64 { return recorded<<32 | uint64(uint32(status)) }
