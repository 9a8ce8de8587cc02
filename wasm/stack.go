//go:build wasip1

package main

// stackUsed is more than the deepest call needs.
const stackUsed = 32 << 10

// All calls run on the stack that package initialization runs on. It grows here, when the module is built, and not in the
// first calls of every instance, one copy after the other.
func init() { deepen(stackUsed >> 10) }

//go:noinline
func deepen(times int) byte {
	var frame [1 << 10]byte
	if times > 0 {
		frame[times] = deepen(times - 1)
	}
	return frame[times]
}
