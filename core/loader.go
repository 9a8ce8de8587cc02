package core

import (
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/wire"
)

// maxPollBackoffMs is the longest pause after refusals, unless the polling interval is longer.
const maxPollBackoffMs = 60_000

// loader fetches the flag definitions and fetches them again.
type loader struct {
	enabled bool
	dueMs   int64
	// inFlight is set while a request is under way; finished counts the requests that ended.
	inFlight bool
	finished int64
	// asked is set by load_flags: fetch now, whatever is due.
	asked bool
	etag  string
	// refusals counts the answers in a row that said to stay away.
	refusals int
	// problem is what the last request failed with, or empty.
	problem string
}

func (l *loader) wake() (atMs int64, ok bool) {
	if l.inFlight {
		return 0, false
	}
	return l.dueMs, l.enabled || l.asked
}

func (c *Client) nextDefinitions(nowMs int64) *Request {
	l := &c.loader
	due := l.asked || l.enabled && l.dueMs <= nowMs
	if l.inFlight || !due || c.phase != open {
		return nil
	}
	l.inFlight, l.asked = true, false
	return c.exchanges.start(nowMs, c.project.Definitions(l.etag, c.options.RequestTimeoutMs), c.fetched)
}

// fetched takes the answer to a definitions request. Whatever it is, callers that waited for the first one go on.
func (c *Client) fetched(nowMs int64, answer *wire.Response) {
	l := &c.loader
	l.inFlight = false
	l.finished++
	l.problem = ""
	pause, least := c.options.PollIntervalMs, int64(0)
	switch status := answer.Status; {
	case answer.Error != "":
		l.problem = "the request failed: " + answer.Error
	case status == 200:
		c.received(nowMs, answer)
	case status == 304:
		c.confirmed(nowMs, answer)
	case status == 402:
		c.forget(nowMs)
	case status == 401 || status == 403:
		l.problem = "the server refuses the secret key"
		c.records.once(Record{Kind: "error", AtMs: nowMs, Level: "error", Code: "definitions_unauthorized",
			Message: "flag definitions: the server refuses the secret key; the old ones stay in use"})
		pause = l.backoff(pause)
	case status == 429:
		l.problem = "the server asks to wait"
		pause, least = l.backoff(pause), answer.RetryAfter(nowMs)
	default:
		l.problem = "the server answered with an error"
	}
	if l.problem == "" {
		l.refusals = 0
	} else {
		c.records.add(Record{Kind: "definitions", AtMs: nowMs, Level: "warning", Code: "not_loaded",
			Message: "flag definitions were not loaded: " + l.problem})
	}
	// A tenth more or less keeps clients from returning in step.
	pause += int64(float64(pause) * (0.2*c.jitter.Float64() - 0.1))
	l.dueMs = nowMs + max(pause, least)
	if c.view.loading {
		c.change(func(v *View) { v.loading = false })
	}
}

func (c *Client) received(nowMs int64, answer *wire.Response) {
	document, err := codec.Parse(answer.Body)
	if err == nil {
		err = c.publish(nowMs, document, "poll")
	}
	if err != nil {
		c.loader.problem = "the document is not usable: " + err.Error()
		return
	}
	c.loader.etag = answer.Headers["etag"]
}

// confirmed notes that the definitions in use are still the newest.
func (c *Client) confirmed(nowMs int64, answer *wire.Response) {
	if c.view.definitions == nil {
		c.loader.problem = "not modified, but there is nothing to keep"
		c.loader.etag = ""
		return
	}
	if etag := answer.Headers["etag"]; etag != "" {
		c.loader.etag = etag
	}
	c.remote.forget()
	c.change(func(v *View) { v.loadedAtMs = nowMs })
}

// forget drops the definitions, the ETag too, so that the next success brings a document and not a 304.
func (c *Client) forget(nowMs int64) {
	c.loader.problem = "the project is over its quota, the old ones are dropped"
	c.loader.etag = ""
	c.change(func(v *View) { v.definitions, v.document, v.source = nil, nil, "" })
	c.remote.forget()
}

// backoff lengthens the polling interval with every refusal in a row.
func (l *loader) backoff(intervalMs int64) int64 {
	l.refusals++
	return min(intervalMs<<min(l.refusals, 6), max(maxPollBackoffMs, intervalMs))
}

// LoadFlags fetches the definitions now and waits for them.
func (c *Client) LoadFlags(nowMs, timeoutMs int64) Outcome {
	nowMs = c.advance(nowMs)
	switch {
	case c.phase != open:
		return closedOutcome()
	case c.options.Mode != ModeLive || c.inert:
		return fail(WrongMode, "this client makes no requests")
	case c.options.SecretKey == "":
		return fail(NoSecretKey, "loading flag definitions needs the option secret_key")
	}
	l := &c.loader
	w := &loadWaiter{c: c, target: l.finished + 1}
	if l.inFlight {
		// What is under way may be older than the call.
		w.target++
	}
	l.asked = true
	return c.tickets.wait(nowMs, timeoutMs, w)
}

type loadWaiter struct {
	c      *Client
	target int64
}

func (w *loadWaiter) step(int64) (Outcome, bool) {
	l := &w.c.loader
	switch {
	case l.finished < w.target:
		return Outcome{}, false
	case l.problem != "":
		return fail(RemoteFailed, "flag definitions were not loaded: "+l.problem), true
	}
	return succeed(FlagCount{w.c.view.definitions.Len()}), true
}

func (w *loadWaiter) expire(int64) Outcome {
	return fail(Timeout, "the flag definitions did not come in time")
}

// WaitReady waits until definitions are loaded, without asking for them.
func (c *Client) WaitReady(nowMs, timeoutMs int64) Outcome {
	nowMs = c.advance(nowMs)
	switch {
	case c.phase != open:
		return closedOutcome()
	case c.view.definitions != nil || c.loader.enabled || c.options.PushDefinitions:
		return c.tickets.wait(nowMs, timeoutMs, &readyWaiter{c})
	case c.options.SecretKey == "":
		return fail(NoSecretKey, "no flag definitions will come without the option secret_key")
	}
	return fail(WrongMode, "no flag definitions will come: this client does not poll for them")
}

type readyWaiter struct{ c *Client }

func (w *readyWaiter) step(int64) (Outcome, bool) {
	if w.c.view.definitions == nil {
		return Outcome{}, false
	}
	return succeed(FlagCount{w.c.view.definitions.Len()}), true
}

func (w *readyWaiter) expire(int64) Outcome {
	return fail(Timeout, "the flag definitions did not come in time")
}
