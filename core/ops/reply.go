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
}

// Outcome makes the reply of an outcome, such as that of a finished ticket.
func Outcome(o core.Outcome) Reply {
	return Reply{Status: o.Status, Ticket: o.Ticket, outcome: o}
}

// Failure makes the reply of a call that failed before it reached a client.
func Failure(status core.Status, message string) Reply {
	return Outcome(core.Outcome{Status: status, Message: message})
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
	w := codec.NewWriter(size)
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
	buf = make([]byte, request.at, request.at+len(request.Body))
	copy(buf, text)
	return append(buf, request.Body...), len(text)
}
