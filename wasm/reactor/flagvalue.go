package reactor

import (
	"unsafe"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
)

// FlagValue asks for one flag's value: [ops.FlagValue]. At the start of the block stand key, distinct id and input, so
// many bytes long, and the answer is written there, too: the value as NUL-terminated JSON, or the empty text where the
// status is not OK. recorded says that an event was queued or dropped.
func (r *Reactor) FlagValue(
	handle uint32, block []byte, key, distinctID, in int, nowMs int64,
) (status core.Status, recorded bool) {
	// Nothing of the arguments is kept, so they need not be copied.
	text := unsafe.String(unsafe.SliceData(block), key+distinctID)
	input := block[len(text) : len(text)+in]
	status, value, recorded := r.flagValue(handle, text[:key], text[key:], input, nowMs, len(block)-1)
	block[copy(block, value)] = 0
	return status, recorded
}

// flagValue gives a value of at most room bytes where the status is OK.
func (r *Reactor) flagValue(
	handle uint32, key, distinctID string, in []byte, nowMs int64, room int,
) (status core.Status, value codec.Value, recorded bool) {
	defer func() {
		if recover() != nil {
			status, value, recorded = core.Panic, nil, false
		}
	}()
	client, live := r.clients[handle]
	if !live {
		return r.dead(handle).Status, nil, false
	}
	defer r.asked.Forget()
	r.asked.Prepare(key, distinctID, in, client.View(), nowMs)
	return r.asked.Run(client, nowMs, room)
}
