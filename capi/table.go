package main

import (
	"math"
	"slices"
	"sync"

	"github.com/libposthog/libposthog/capi/driver"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
)

// keptClosed is how many clients are kept after their shutdown for stats and drain.
const keptClosed = 64

// table gives clients their numbers: 1, 2, 3 and so on, none of them twice.
type table struct {
	// mu guards what follows.
	mu      sync.RWMutex
	last    uint32
	clients map[uint32]driver.Caller
	// closed are the numbers of the clients that were shut down last, oldest first.
	closed []uint32
}

var clients = newTable()

func newTable() *table {
	return &table{clients: map[uint32]driver.Caller{}}
}

// add returns the number of a new client, or 0 when none is left.
func (t *table) add(client driver.Caller) uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last == math.MaxUint32 {
		return 0
	}
	t.last++
	if native, ok := client.(*driver.Client); ok {
		client = newIntake(native, t.last)
	}
	t.clients[t.last] = client
	return t.last
}

// find returns a client, or why there is none.
func (t *table) find(id uint32) (driver.Caller, core.Status) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if client, ok := t.clients[id]; ok {
		return client, core.OK
	}
	if id == 0 || id > t.last {
		return nil, core.UnknownClient
	}
	return nil, core.Closed
}

// retire notes that a client was shut down. Once keptClosed others were after it, it is forgotten.
func (t *table) retire(id uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.clients[id] == nil || slices.Contains(t.closed, id) {
		return
	}
	t.closed = append(t.closed, id)
	if len(t.closed) > keptClosed {
		delete(t.clients, t.closed[0])
		t.closed = slices.Delete(t.closed, 0, 1)
	}
}

// call performs an operation on the client of that number.
func (t *table) call(op *ops.Operation, id uint32, in []byte) ops.Reply {
	client, status := t.find(id)
	switch status {
	case core.UnknownClient:
		return ops.Failure(status, "no client has this number")
	case core.Closed:
		return ops.Failure(status, "the client is shut down")
	}
	reply := client.Call(op, in)
	// Only a shutdown, or the poll that hands out its outcome, can have released the client.
	if (op.Waits || op.HostOnly) && client.Released() {
		t.retire(id)
	}
	return reply
}

// flagValue answers one flag's value on the client of that number; see [ops.FlagValue].
func (t *table) flagValue(id uint32, key, distinctID string, in []byte, room int) (core.Status, codec.Value) {
	client, status := t.find(id)
	if client == nil {
		return status, nil
	}
	return client.FlagValue(key, distinctID, in, room)
}
