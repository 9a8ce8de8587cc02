package core

import (
	"slices"

	"github.com/libposthog/libposthog/core/wire"
)

// graceMs is how long after a request's own timeout its answer is still waited for: the driver's clock may be late.
const graceMs = 1000

// Request is a request to perform; its answer comes back through Complete with the same ID.
type Request struct {
	ID int64
	*wire.Request
}

// exchanges are the requests that were handed out and not answered, oldest first.
type exchanges struct {
	lastID int64
	open   []*exchange
}

type exchange struct {
	id         int64
	deadlineMs int64
	answer     func(nowMs int64, r *wire.Response)
}

// start hands out a request; answer is called once, with its response or with an error.
func (x *exchanges) start(nowMs int64, r *wire.Request, answer func(nowMs int64, r *wire.Response)) *Request {
	x.lastID++
	x.open = append(x.open, &exchange{x.lastID, nowMs + r.TimeoutMs + graceMs, answer})
	return &Request{x.lastID, r}
}

func (x *exchanges) complete(nowMs, id int64, r *wire.Response) {
	at := slices.IndexFunc(x.open, func(e *exchange) bool { return e.id == id })
	if at < 0 {
		return
	}
	e := x.open[at]
	x.open = slices.Delete(x.open, at, at+1)
	e.answer(nowMs, r)
}

// expire gives up requests whose answer is overdue.
func (x *exchanges) expire(nowMs int64) {
	for _, e := range slices.Clone(x.open) {
		if e.deadlineMs <= nowMs {
			x.complete(nowMs, e.id, &wire.Response{Error: wire.ErrTimeout})
		}
	}
}

func (x *exchanges) wake() (atMs int64, ok bool) {
	w := wake{}
	for _, e := range x.open {
		w.add(e.deadlineMs, true)
	}
	return w.atMs, w.ok
}
