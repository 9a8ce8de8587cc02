package core

import (
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/queue"
	"github.com/libposthog/libposthog/core/wire"
)

// nextUpload hands out the next batch that is due.
func (c *Client) nextUpload(nowMs int64) *Request {
	b := c.queue.Next(nowMs)
	if b == nil {
		return nil
	}
	return c.exchanges.start(nowMs, c.upload(nowMs, b), func(nowMs int64, answer *wire.Response) {
		c.uploaded(nowMs, b, answer)
	})
}

// Crowd is for a driver that many clients share: while it is told that the crowd is large, a client sends its uploads
// one after the other. It always sends one, and what is not an upload is not held up.
func (c *Client) Crowd(crowded bool) { c.queue.Crowd(crowded) }

// isV1 reports whether a lane speaks the v1 protocol: the AI endpoint has none.
func (c *Client) isV1(l event.Lane) bool { return c.options.CaptureV1 && l == event.Analytics }

func (c *Client) upload(nowMs int64, b *queue.Batch) *wire.Request {
	if !c.isV1(b.Lane) {
		encoding := c.encoding
		if encoding != wire.Gzip {
			// The older endpoints know no other.
			encoding = wire.Identity
		}
		return c.project.Upload(&wire.Batch{
			AI: b.Lane == event.AI, Historical: c.options.HistoricalMigration, Events: b.Events(),
			SentAt: event.FormatTime(nowMs), TimeoutMs: c.options.RequestTimeoutMs, Encoding: encoding,
		})
	}
	if b.ID == "" {
		b.ID, b.CreatedMs = c.newUUID().String(), nowMs
	}
	return c.project.Analytics(&wire.Analytics{
		Historical: c.options.HistoricalMigration, Events: b.Events(), RequestID: b.ID, Attempt: b.Attempts,
		CreatedAt: event.FormatTime(b.CreatedMs), SentAt: event.FormatTime(nowMs),
		TimeoutMs: c.options.RequestTimeoutMs, Encoding: c.encoding,
	})
}

func (c *Client) uploaded(nowMs int64, b *queue.Batch, answer *wire.Response) {
	if answer.Error == wire.ErrEncoding && c.encoding != wire.Identity {
		c.encoding = wire.Identity
		c.records.add(Record{Kind: "log", AtMs: nowMs, Level: "warning", Code: "encoding",
			Message: "the host could not compress a request body: bodies are sent as they are from now on"})
		c.queue.Again(b, nowMs)
		return
	}
	verdict := wire.Verdict(0)
	var verdictOn func(uuid []byte) wire.Verdict
	if c.isV1(b.Lane) {
		verdict, verdictOn = wire.ReadAnalytics(answer)
	} else {
		verdict = wire.ReadUpload(answer)
	}
	if verdictOn != nil {
		c.queue.ResolveEach(b, nowMs, verdictOn, answer.RetryAfter(nowMs))
	} else {
		c.queue.Resolve(b, nowMs, verdict, answer.Status, answer.RetryAfter(nowMs))
	}
	if answer.Status == 401 {
		c.records.once(Record{Kind: "error", AtMs: nowMs, Level: "error", Code: "unauthorized",
			Message: "the server refuses the project key: events are dropped"})
	}
	c.recordDrops()
}
