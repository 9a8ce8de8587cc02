package host

import (
	"encoding/json"
	"time"
)

// breath is how long the loop waits with the next poll where nobody waits for it. What is called meanwhile shares the
// poll: one after every call would cost as much as the calls.
const breath = time.Millisecond

// loop polls whenever something may be due, until the client ends. When it is told to leave, the client is shut down: what
// it has for others who wait is handed out first.
func (c *Client) loop() {
	defer close(c.looped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		leaving := c.leaving.Load()
		wake, err := c.work()
		if err != nil {
			c.mu.Lock()
			c.end(err)
			c.mu.Unlock()
			return
		}
		if leaving {
			return
		}
		timer.Stop()
		if wake != nil {
			// A wake that is already past means now, yet the poll before it found nothing to do.
			pause := max(time.Duration(*wake-now())*time.Millisecond, time.Millisecond)
			timer.Reset(pause)
		}
		select {
		case <-c.changed:
			continue
		case <-timer.C:
			continue
		case <-c.touched:
			timer.Reset(breath)
		case <-c.ctx.Done():
			return
		}
		select {
		case <-c.changed:
		case <-timer.C:
		case <-c.ctx.Done():
			return
		}
	}
}

// work takes everything poll has and returns when to poll again, nil for not before the next call.
func (c *Client) work() (wakeMs *int64, err error) {
	for {
		p, body, err := c.poll()
		if err != nil {
			return nil, err
		}
		switch {
		case p.Request != nil:
			c.running.Go(func() { c.complete(perform(c.ctx, c.http, p.Request, body)) })
		case p.Done == nil:
			return p.WakeMs, nil
		}
	}
}

// poll asks once and passes a finished ticket on.
func (c *Client) poll() (*polled, []byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	reply, body, err := c.call(c.ctx, "poll", nil)
	if err != nil {
		return nil, nil, err
	}
	var e envelope
	if err := read(reply, &e); err != nil {
		return nil, nil, err
	}
	if err := statusError("poll", e.Status, reply); err != nil {
		return nil, nil, err
	}
	var p polled
	if err := read(reply, &p); err != nil {
		return nil, nil, err
	}
	if p.Done != nil {
		if answer, known := c.waiting[p.Done.Ticket]; known {
			delete(c.waiting, p.Done.Ticket)
			answer <- p.Done
		}
	}
	return &p, body, nil
}

// complete reports what became of a request, then counts what is left in the module.
func (c *Client) complete(result *completion) {
	in, err := result.encode()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		_, _, err = c.call(c.ctx, "complete", in)
	}
	if err == nil {
		err = c.count()
	}
	if err != nil {
		c.end(err)
	}
	notify(c.changed)
}

// count reads how many events the module still has, so that a trap later can say what it cost.
func (c *Client) count() error {
	reply, _, err := c.call(c.ctx, "stats", nil)
	if err != nil {
		return err
	}
	var ledger struct {
		Queued   int64 `json:"queued"`
		InFlight int64 `json:"in_flight"`
	}
	if err := json.Unmarshal(reply, &ledger); err != nil {
		return err
	}
	c.undelivered = ledger.Queued + ledger.InFlight
	return nil
}
