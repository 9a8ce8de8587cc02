package core

import (
	"math/rand/v2"
	"strings"

	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/queue"
	"github.com/libposthog/libposthog/core/wire"
)

type phase uint8

const (
	open phase = iota
	closing
	closed
)

// Client is one PostHog client. It is not safe for concurrent use.
type Client struct {
	options *Options
	project wire.Project
	view    *View
	// nowMs is the latest time heard of; it never runs backwards.
	nowMs int64
	phase phase
	// inert clients have no key or are switched off for good: they accept everything and send nothing.
	inert    bool
	optedOut bool

	ids       rand.Source
	jitter    *rand.Rand
	queue     *queue.Queue
	captured  []event.Event
	exchanges exchanges
	tickets   tickets
	loader    loader
	remote    remote
	configs   []*configCall
	exposures exposures
	hooks     hooks
	records   records
	// asking is memory for the flag call at hand.
	asking flagCall
	// encoding is how request bodies travel.
	encoding string
}

// Open makes a client. The first thing it does is up to Poll.
func Open(o *Options, nowMs int64) *Client {
	c := &Client{
		options: o,
		project: wire.Project{
			Host: o.Host, APIKey: o.APIKey, SecretKey: o.SecretKey,
			Lib: o.Event.Lib, LibVersion: o.Event.LibVersion, Headers: o.Headers,
		},
		view:     &View{settings: o.Event.Ready(), onlyLocal: o.OnlyEvaluateLocally || o.Mode != ModeLive},
		nowMs:    nowMs,
		inert:    o.Disabled || o.APIKey == "" || o.Mode == ModeOff,
		encoding: wire.Identity,
	}
	c.ids = rand.NewChaCha8(o.Entropy)
	// Jitter has a source of its own, so that a timer never changes an id.
	jitterSeed := o.Entropy
	jitterSeed[0] ^= 0xff
	c.jitter = rand.New(rand.NewChaCha8(jitterSeed))
	c.queue = queue.New(o.Limits, c.jitter.Float64)
	c.exposures = newExposures(int(o.MaxCacheSize))
	c.remote = newRemote(o.RemoteBudgetPerMinute)
	for _, encoding := range o.Encodings {
		if encoding == o.Compression {
			c.encoding = encoding
		}
	}
	c.loader.enabled = !c.inert && o.Mode == ModeLive && o.SecretKey != "" && o.EnableLocalEvaluation && !o.PushDefinitions
	c.loader.dueMs = nowMs
	c.view.loading = c.loader.enabled
	if o.APIKey == "" && !o.Disabled {
		c.records.add(Record{Kind: "log", AtMs: nowMs, Level: "error", Code: "no_api_key",
			Message: "api_key is missing or blank: this client sends nothing"})
	}
	if strings.HasPrefix(o.SecretKey, "phc_") {
		c.records.add(Record{Kind: "log", AtMs: nowMs, Level: "warning", Code: "secret_key",
			Message: "secret_key holds a project key (phc_): definitions need a personal or a secret key"})
	}
	return c
}

// View returns what flags are evaluated against. Another one takes its place whenever something in it changes.
func (c *Client) View() *View { return c.view }

// Released reports whether the client is shut down and Poll has handed out everything.
func (c *Client) Released() bool { return c.phase == closed && len(c.tickets.done) == 0 }

// Output is what Poll hands out: Done, Request, or neither.
type Output struct {
	Done    *Done
	Request *Request
	// WakeMs is when to poll again; HasWake is false when nothing is scheduled.
	WakeMs  int64
	HasWake bool
}

// Poll returns the next finished ticket, else the next request to perform, else when to come back.
func (c *Client) Poll(nowMs int64) Output {
	nowMs = c.advance(nowMs)
	c.exchanges.expire(nowMs)
	c.settle(nowMs)
	if done := c.tickets.next(); done != nil {
		return Output{Done: done}
	}
	if r := c.nextRequest(nowMs); r != nil {
		return Output{Request: r}
	}
	at, ok := c.Wake()
	return Output{WakeMs: at, HasWake: ok}
}

// Complete takes what became of a request. An unknown or finished id is ignored: the answer came too late.
func (c *Client) Complete(nowMs, id int64, r *wire.Response) {
	nowMs = c.advance(nowMs)
	c.exchanges.complete(nowMs, id, r)
	c.settle(nowMs)
}

// settle finishes the tickets that can be. The end of a shutdown is the end of all of them.
func (c *Client) settle(nowMs int64) {
	c.tickets.settle(nowMs)
	if c.phase == closed {
		c.tickets.cancel(closedOutcome())
	}
}

// Wake returns when Poll has something next; ok is false if nothing is scheduled. A time in the past means now.
func (c *Client) Wake() (atMs int64, ok bool) {
	c.settle(c.nowMs) // the last operation may have been what a ticket waits for
	if len(c.tickets.done)+len(c.configs) > 0 {
		return c.nowMs, true
	}
	w := wake{}
	w.add(c.exchanges.wake())
	w.add(c.tickets.wake())
	if c.phase == open {
		w.add(c.loader.wake())
	}
	w.add(c.remote.wake())
	w.add(c.queue.Wake())
	return w.atMs, w.ok
}

// wake finds the earliest of several times.
type wake struct {
	atMs int64
	ok   bool
}

func (w *wake) add(atMs int64, ok bool) {
	if ok && (!w.ok || atMs < w.atMs) {
		*w = wake{atMs, true}
	}
}

func (c *Client) nextRequest(nowMs int64) *Request {
	if r := c.nextDefinitions(nowMs); r != nil {
		return r
	}
	if r := c.nextRemote(nowMs); r != nil {
		return r
	}
	if r := c.nextConfig(nowMs); r != nil {
		return r
	}
	return c.nextUpload(nowMs)
}

func (c *Client) advance(nowMs int64) int64 {
	c.nowMs = max(c.nowMs, nowMs)
	return c.nowMs
}

func (c *Client) newUUID() event.UUID { return event.NewUUID(c.nowMs, c.ids) }
