package reactor

import (
	"fmt"
	"math"
	"runtime"

	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
)

// keptClosed is how many clients that were shut down still answer stats and drain, so that a host can read what the
// shutdown cost. It bounds what an instance keeps when clients come and go.
const keptClosed = 64

// Reactor holds the clients of one instance.
type Reactor struct {
	clients map[uint32]*core.Client
	// last is the youngest handle. Handles are never given twice.
	last uint32
	// closed are the handles in clients that were shut down, oldest first.
	closed []uint32
	// memory is for the next operation, nil while a reply has it.
	memory *ops.Memory
	// asked is the memory of FlagValue.
	asked ops.FlagValue
}

// Reply is what an operation answers.
type Reply struct {
	// Text starts with JSON of JSONLen bytes, whose first member is "status"; behind it stands what it refers to as a body.
	Text    []byte
	JSONLen int
	reply   ops.Reply
}

func encode(reply ops.Reply) Reply {
	text, length := reply.Encode(true)
	return Reply{Text: text, JSONLen: length, reply: reply}
}

// New returns a Reactor without clients.
func New() *Reactor {
	return &Reactor{clients: map[uint32]*core.Client{}}
}

// Call performs one operation, open included. in must not change afterwards.
func (r *Reactor) Call(operation string, handle uint32, in []byte, nowMs int64) (reply Reply) {
	defer func() {
		if cause := recover(); cause != nil {
			reply = encode(panicked(cause))
		}
	}()
	return encode(r.perform(operation, handle, in, nowMs))
}

// Recycle takes a reply back that nobody needs any more: the next operation uses its memory.
func (r *Reactor) Recycle(reply Reply) {
	if m := reply.reply.Recycle(); m != nil {
		r.memory = m
	}
}

// NotABlock is the reply to an input that lies in no allocation of the host's.
func NotABlock() Reply {
	return encode(ops.Failure(core.InvalidArgument, "the input must start where a block from posthog_alloc does, and fit it"))
}

func (r *Reactor) perform(operation string, handle uint32, in []byte, nowMs int64) ops.Reply {
	if operation == "open" {
		return r.open(in, nowMs)
	}
	op := ops.Lookup(operation)
	if op == nil {
		return ops.Failure(core.Unsupported, "no such operation")
	}
	client, live := r.clients[handle]
	if !live {
		return r.dead(handle)
	}
	released := client.Released()
	memory := r.memory
	if r.memory = nil; memory == nil {
		memory = new(ops.Memory)
	}
	reply := op.PrepareIn(memory, in, client.View(), nowMs).Run(client, nowMs)
	if !released && client.Released() {
		r.close(handle)
	}
	return reply
}

// open gives the new client a handle, which is all its reply says.
func (r *Reactor) open(in []byte, nowMs int64) ops.Reply {
	client, _, reply := ops.Open(in, nowMs, ops.HostMode, libposthog.Version, nil)
	if client == nil {
		return reply
	}
	if r.last == math.MaxUint32 {
		return ops.Failure(core.NoMemory, "all client numbers are used up")
	}
	r.last++
	r.clients[r.last] = client
	return ops.Outcome(core.Outcome{Result: opened{r.last}})
}

// opened is the reply of open.
type opened struct{ handle uint32 }

func (o opened) WriteMembers(w *codec.Writer) { w.IntMember("client", int64(o.handle)) }

// close notes that a client was shut down, and forgets the one that was so longest.
func (r *Reactor) close(handle uint32) {
	r.closed = append(r.closed, handle)
	if len(r.closed) > keptClosed {
		delete(r.clients, r.closed[0])
		r.closed = append(r.closed[:0], r.closed[1:]...)
	}
}

// dead tells a client that is gone from one that never was.
func (r *Reactor) dead(handle uint32) ops.Reply {
	if handle != 0 && handle <= r.last {
		return ops.Failure(core.Closed, "the client is shut down")
	}
	return ops.Failure(core.UnknownClient, "no client has this number")
}

// panicked is the reply to a defect. The text of a runtime error names no input; other panics may, so only their
// type is told.
func panicked(cause any) ops.Reply {
	message := fmt.Sprintf("%T", cause)
	if err, ok := cause.(runtime.Error); ok {
		message = err.Error()
	}
	return ops.Failure(core.Panic, "the operation panicked: "+message)
}
