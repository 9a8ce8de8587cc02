package main

import (
	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/capi/driver"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
)

// maxInput is the largest input any operation takes. Longer ones are refused unread: a wrong length must not make
// the library copy what lies behind the input.
const maxInput = 64 << 20

// answer is a reply on its way out: the text is the JSON, with the body of a polled request behind it, or nil where the
// caller wants none.
type answer struct {
	status core.Status
	text   []byte
	reply  ops.Reply
}

func newAnswer(reply ops.Reply, wanted bool) answer {
	a := answer{status: reply.Status, reply: reply}
	if wanted {
		a.text, _ = reply.Encode(false)
	}
	return a
}

// contain turns a panic on the way to or from a client into its answer.
func contain(a *answer, wanted bool) {
	if recover() != nil {
		*a = newAnswer(driver.PanicReply(), wanted)
	}
}

func tooLarge(wanted bool) answer {
	return newAnswer(ops.Failure(core.TooLarge, "no operation takes more than 64 MiB"), wanted)
}

// perform answers an operation.
func (t *table) perform(op int, id uint32, in []byte, wanted bool) (a answer) {
	defer contain(&a, wanted)
	return newAnswer(t.call(ops.Table[op], id, in), wanted)
}

// writeFlagValue answers posthog_flag_value: OK and the value's text in value, NUL-terminated, or a status.
func (t *table) writeFlagValue(id uint32, key, distinctID string, in, value []byte) (status core.Status) {
	defer func() {
		if recover() != nil {
			status = core.Panic
		}
	}()
	status, text := t.flagValue(id, key, distinctID, in, len(value)-1)
	if status == core.OK {
		value[copy(value, text)] = 0
	}
	return status
}

// open answers posthog_open; the number is 0 where it failed.
func (t *table) open(in []byte, wanted bool) (id uint32, a answer) {
	defer contain(&a, wanted)
	client, reply := driver.Open(in, libposthog.Version)
	if client == nil {
		return 0, newAnswer(reply, wanted)
	}
	if id = t.add(client); id == 0 {
		return 0, newAnswer(ops.Failure(core.NoMemory, "all client numbers are used up"), wanted)
	}
	return id, newAnswer(ops.Outcome(core.Outcome{Result: opened(id)}), wanted)
}

// opened is the reply of open.
type opened uint32

// WriteMembers writes the client's number.
func (id opened) WriteMembers(w *codec.Writer) { w.IntMember("client", int64(id)) }
