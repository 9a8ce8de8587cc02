package driver

import (
	"time"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
	"github.com/libposthog/libposthog/core/wire"
)

// settle takes note of what an operation changed: a new view, an earlier time to wake up. An operation after which
// nothing is due earlier than the timer already stands costs two comparisons. Needs the lock.
func (d *Client) settle() {
	d.core.Crowd(d.sender.crowded())
	if view := d.core.View(); view != d.view.Load() {
		d.view.Store(view)
	}
	if atMs, ok := d.core.Wake(); ok {
		d.wakeAt(atMs)
	}
}

// wakeAt makes the timer fire at atMs at the latest. It never moves the timer back: a tick that finds nothing to do is
// cheaper than moving the timer with every event. Needs the lock.
func (d *Client) wakeAt(atMs int64) {
	if atMs >= d.armedMs {
		return
	}
	d.armedMs = atMs
	d.timer.Reset(time.Duration(max(atMs-d.clock.nowMs(), 0)) * time.Millisecond)
}

// tick does what has become due.
func (d *Client) tick() {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.containDriving()
	d.armedMs = idle
	d.pump()
}

// pump hands out everything the core has: outcomes to their callers, requests to goroutines. The core bounds how many
// uploads are out at a time, and does with one while the transport is crowded. Needs the lock.
func (d *Client) pump() {
	for {
		d.core.Crowd(d.sender.crowded())
		out := d.core.Poll(d.clock.nowMs())
		switch {
		case out.Done != nil:
			d.deliver(out.Done.Ticket, ops.Outcome(out.Done.Outcome))
		case out.Request != nil:
			d.requests.Add(1)
			d.sender.enter()
			go d.perform(out.Request)
		default:
			d.settle()
			return
		}
	}
}

func (d *Client) deliver(ticket int64, reply ops.Reply) {
	if waiter := d.waiters[ticket]; waiter != nil {
		delete(d.waiters, ticket)
		waiter <- reply
	}
}

// perform performs a request and brings back what became of it.
func (d *Client) perform(r *core.Request) {
	defer d.requests.Done()
	response := d.attempt(r)
	d.sender.leave()
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.containDriving()
	d.core.Complete(d.clock.nowMs(), r.ID, response)
	d.pump()
}

// attempt is exchange, except that a panic counts as a failed request.
func (d *Client) attempt(r *core.Request) (response *wire.Response) {
	defer func() {
		if recover() == nil {
			return
		}
		response = &wire.Response{Error: wire.ErrOther}
		d.mu.Lock()
		defer d.mu.Unlock()
		note(d.core, d.clock.nowMs(), "a request panicked")
	}()
	return exchange(d.ctx, d.sender, r.Request)
}
