package ops

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
)

// Reply is what an operation answers, on its way to being JSON.
type Reply struct {
	Status core.Status
	// Ticket is set where Status is Pending.
	Ticket  int64
	outcome core.Outcome
	// memory is that of the operation, or nil.
	memory *Memory
}

// in says which memory the operation used. What waits goes on using it, so that it does not come back.
func (r Reply) in(m *Memory) Reply {
	if r.Status != core.Pending {
		r.memory = m
	}
	return r
}

// Recycle returns the memory that the operation used, for another one, or nil. The reply and what Encode returned are void
// after it.
func (r Reply) Recycle() *Memory {
	if r.memory == nil || !r.memory.forget() {
		return nil
	}
	return r.memory
}

// writer returns an empty Writer with room for about size bytes.
func (r Reply) writer(size int) *codec.Writer {
	if r.memory == nil {
		return codec.NewWriter(size)
	}
	w := &r.memory.writer
	w.Prepare(size)
	return w
}

// Outcome makes the reply of an outcome, such as that of a finished ticket.
func Outcome(o core.Outcome) Reply {
	return Reply{Status: o.Status, Ticket: o.Ticket, outcome: o}
}

// Failure makes the reply of a call that failed before it reached a client.
func Failure(status core.Status, message string) Reply {
	return Outcome(core.Outcome{Status: status, Message: message})
}

// Err returns a failure as an error, and nil for every other reply.
func (r Reply) Err() error {
	if r.Status >= 0 {
		return nil
	}
	return &core.Error{Status: r.Status, Message: r.outcome.Message}
}

// Request returns the request that poll handed out, or nil. Who encodes bodies for the host changes it before Encode.
func (r Reply) Request() *core.Request {
	if polled, ok := r.outcome.Result.(*polledRequest); ok {
		return polled.Request
	}
	return nil
}

// Encode writes the reply object; withStatus puts the status in as its first member. Behind the JSON, at the offset
// it names, stands the body of a polled request, if there is one; the bytes between are NUL.
func (r Reply) Encode(withStatus bool) (buf []byte, jsonLen int) {
	size := 256
	if long, ok := r.outcome.Result.(interface{ Bytes() int }); ok {
		size = long.Bytes()
	}
	w := r.writer(size)
	w.BeginObject()
	if withStatus {
		w.IntMember("status", int64(r.Status))
	}
	switch {
	case r.Status < 0:
		w.Key("error")
		w.BeginObject()
		w.StringMember("code", r.Status.String())
		w.StringMember("message", r.outcome.Message)
		w.EndObject()
	case r.Status == core.Pending:
		w.IntMember("ticket", r.Ticket)
	case r.outcome.Result != nil:
		r.outcome.Result.WriteMembers(w)
	}
	w.EndObject()
	text := w.Bytes()
	request, ok := r.outcome.Result.(*polledRequest)
	if !ok {
		return text, len(text)
	}
	buf = make([]byte, request.at, request.at+request.Body.Len())
	copy(buf, text)
	return request.Body.AppendTo(buf), len(text)
}
