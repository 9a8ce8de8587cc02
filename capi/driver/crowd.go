package driver

import "sync/atomic"

// crowdSize is how many requests of all clients of a transport may be out before each client is to send its uploads one
// after the other. A request takes some 40 KB with its connection and goroutines, so this is what bounds the memory of
// many busy clients. Two clients may still send as many uploads at once as one may.
const crowdSize = 64

// crowd counts the requests under way.
type crowd struct {
	out atomic.Int64
}

func (c *crowd) enter() { c.out.Add(1) }

func (c *crowd) leave() { c.out.Add(-1) }

// crowded reports whether there are so many that no client should send several uploads at once.
func (c *crowd) crowded() bool { return c.out.Load() >= crowdSize }
