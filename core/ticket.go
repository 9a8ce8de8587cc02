package core

import "github.com/libposthog/libposthog/core/codec"

// Outcome is what an operation answers.
type Outcome struct {
	Status Status
	// Ticket is set where Status is Pending.
	Ticket int64
	// Result is what a success carries, or nil for nothing.
	Result Result
	// Message explains a failure.
	Message string
}

// Result is the content of a reply.
type Result interface {
	// WriteMembers writes the members of the reply object.
	WriteMembers(w *codec.Writer)
}

func succeed(r Result) Outcome { return Outcome{Result: r} }

func fail(status Status, message string) Outcome {
	return Outcome{Status: status, Message: message}
}

// Done is a finished ticket.
type Done struct {
	Ticket  int64
	Outcome Outcome
}

// waiter is an operation that may have to wait.
type waiter interface {
	// step goes on as far as it can; finished is false while something is still awaited.
	step(nowMs int64) (o Outcome, finished bool)
	// expire answers when the time to wait is over.
	expire(nowMs int64) Outcome
}

// tickets are the operations that wait, oldest first.
type tickets struct {
	last    int64
	waiting []*ticket
	done    []Done
}

type ticket struct {
	id         int64
	deadlineMs int64
	waiter     waiter
}

// wait runs an operation: to its end if it need not or, with a timeout of 0, must not wait, else under a ticket that
// ends after timeoutMs.
func (t *tickets) wait(nowMs, timeoutMs int64, w waiter) Outcome {
	if o, finished := w.step(nowMs); finished {
		return o
	}
	if timeoutMs <= 0 {
		return w.expire(nowMs)
	}
	t.last++
	t.waiting = append(t.waiting, &ticket{t.last, nowMs + timeoutMs, w})
	return Outcome{Status: Pending, Ticket: t.last}
}

// settle moves the tickets that are finished or out of time to done.
func (t *tickets) settle(nowMs int64) {
	kept := t.waiting[:0]
	for _, ticket := range t.waiting {
		o, finished := ticket.waiter.step(nowMs)
		if !finished && ticket.deadlineMs <= nowMs {
			o, finished = ticket.waiter.expire(nowMs), true
		}
		if finished {
			t.done = append(t.done, Done{ticket.id, o})
		} else {
			kept = append(kept, ticket)
		}
	}
	clear(t.waiting[len(kept):])
	t.waiting = kept
}

// cancel ends every ticket with the same outcome.
func (t *tickets) cancel(o Outcome) {
	for _, ticket := range t.waiting {
		t.done = append(t.done, Done{ticket.id, o})
	}
	t.waiting = nil
}

func (t *tickets) next() *Done {
	if len(t.done) == 0 {
		return nil
	}
	done := t.done[0]
	t.done = t.done[1:]
	return &done
}

func (t *tickets) wake() (atMs int64, ok bool) {
	w := wake{}
	for _, ticket := range t.waiting {
		w.add(ticket.deadlineMs, true)
	}
	return w.atMs, w.ok
}
