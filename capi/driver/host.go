package driver

import (
	"slices"
	"sync"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
	"github.com/libposthog/libposthog/core/wire"
)

// Host is a client opened with "io":"host". Its caller performs the requests and tells the time; nothing waits. Safe
// for concurrent use.
type Host struct {
	compress bool
	// encodings are what the host compresses long bodies with.
	encodings []string

	// mu guards what follows.
	mu   sync.Mutex
	core *core.Client
	// nowMs is the latest time a caller told.
	nowMs int64
}

func newHost(c *core.Client, options core.Driver, nowMs int64) *Host {
	return &Host{core: c, compress: options.Compress, encodings: options.HostEncodings, nowMs: nowMs}
}

// longBody takes some milliseconds to compress: poll is called on event loops, which can have that done elsewhere.
const longBody = 256 << 10

// Call performs an operation at the time its input names, or at the last one named. It may change the input.
func (h *Host) Call(op *ops.Operation, in []byte) (reply ops.Reply) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.contain(&reply)
	in, nowMs := ops.CutNowMs(in, h.nowMs)
	h.nowMs = max(h.nowMs, nowMs)
	reply = op.PrepareIn(memories.Get().(*ops.Memory), in, h.core.View(), h.nowMs).Run(h.core, h.nowMs)
	if request := reply.Request(); request != nil && h.compress && !h.leaves(request) {
		h.encode(request)
	}
	return reply
}

// FlagValue answers one flag's value in at most room bytes, at the time its input names; see [ops.FlagValue].
func (h *Host) FlagValue(key, distinctID string, in []byte, room int) (status core.Status, value codec.Value) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.containStatus(&status)
	nowMs, ok := ops.OnlyNowMs(in)
	if ok {
		in = nil
	} else {
		nowMs = ops.NowMs(in, h.nowMs)
	}
	h.nowMs = max(h.nowMs, nowMs)
	asked := flagValues.Get().(*ops.FlagValue)
	asked.Prepare(key, distinctID, in, h.core.View(), h.nowMs)
	status, value, _ = asked.Run(h.core, h.nowMs, room)
	asked.Forget()
	flagValues.Put(asked)
	return status, value
}

// leaves reports whether a body is for the host to compress.
func (h *Host) leaves(r *core.Request) bool {
	return r.Body.Len() > longBody && slices.Contains(h.encodings, r.Encoding)
}

// encode applies a request's encoding, which its headers already declare. A body that cannot be encoded goes out as it
// is said to be, and the host answers that it could not apply it.
func (h *Host) encode(r *core.Request) {
	if body, err := encode(r.Encoding, &r.Body); err == nil {
		r.Body, r.Encoding = wire.Body{Head: body}, wire.Identity
	}
}

// Released reports whether the client is shut down; only stats and drain still answer.
func (h *Host) Released() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.core.Released()
}
