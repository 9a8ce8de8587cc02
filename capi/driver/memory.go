package driver

import (
	"runtime/debug"
	"sync"
)

// memoryLimit is the largest limit a client has asked for. The Go runtime has one heap for all of them, and one
// client's small limit must not make another's work crawl.
var memoryLimit struct {
	sync.Mutex
	megabytes int64
}

// raiseMemoryLimit sets the soft limit of the Go heap, unless there is a larger one; 0 asks for none.
func raiseMemoryLimit(megabytes int64) {
	memoryLimit.Lock()
	defer memoryLimit.Unlock()
	if megabytes > memoryLimit.megabytes {
		memoryLimit.megabytes = megabytes
		debug.SetMemoryLimit(megabytes << 20)
	}
}
