//go:build wasip1

package main

import (
	"runtime"
	"runtime/debug"
)

// collectEvery is after how many bytes of input and reply the garbage collector gets a turn.
const collectEvery = 64 << 10

// moved counts the bytes since the last turn.
var moved uint64

// Linear memory is never given back, so the collector starts after half the growth that is Go's default.
func init() { debug.SetGCPercent(50) }

// collect gives the collector its turn. Nothing runs between calls and no thread runs beside one, so without it marking
// goes on only as far as allocations pay for it: flag definitions of 4 MB, replaced some times, took 500 MB instead
// of 70. A turn costs 1 µs, hence not one for every call.
func collect(bytes int) {
	if moved += uint64(bytes); moved >= collectEvery {
		moved = 0
		runtime.Gosched()
	}
}
