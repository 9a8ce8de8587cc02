package posthog

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/capi/driver"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
)

// Error is a failed operation; Status is one of those of include/posthog.h, as package core names them.
type Error = core.Error

// Client is an open client.
type Client struct {
	caller driver.Caller
}

// Open makes a client. It does not wait: flag definitions are fetched in the background.
func Open(options Options) (*Client, error) {
	in, err := options.json()
	if err != nil {
		return nil, err
	}
	caller, reply := driver.Open(in, libposthog.Version)
	if caller == nil {
		return nil, reply.Err()
	}
	return &Client{caller}, nil
}

// Counts is what became of the events that a flush or a shutdown covers.
type Counts struct {
	Delivered, Dropped, Pending int64
}

// Flush sends what is queued and returns when every event captured before is delivered or dropped, or with what is
// pending at the deadline.
func (c *Client) Flush(ctx context.Context) (Counts, error) { return c.counts(ctx, "flush") }

// Shutdown delivers what is queued until the deadline, counts the rest as dropped, and retires the client. With a context
// that has ended already it sends nothing.
func (c *Client) Shutdown(ctx context.Context) (counts Counts, err error) {
	if ctx.Err() == nil {
		return c.counts(ctx, "shutdown")
	}
	reply, err := c.now("shutdown", []byte(`{"timeout_ms":0}`))
	if err == nil {
		err = json.Unmarshal(reply, &counts)
	}
	return counts, err
}

func (c *Client) counts(ctx context.Context, op string) (counts Counts, err error) {
	reply, err := c.wait(ctx, op, codec.Value("{}"))
	if err == nil {
		err = json.Unmarshal(reply, &counts)
	}
	return counts, err
}

// Stats is the ledger: Accepted is the sum of Delivered, Queued, InFlight, Spooled and everything in Dropped, always.
type Stats struct {
	Accepted  int64            `json:"accepted"`
	Invalid   int64            `json:"invalid"`
	Delivered int64            `json:"delivered"`
	Queued    int64            `json:"queued"`
	InFlight  int64            `json:"in_flight"`
	Spooled   int64            `json:"spooled"`
	Dropped   map[string]int64 `json:"dropped"`
}

// Stats counts, also after Shutdown.
func (c *Client) Stats() (stats Stats, err error) {
	reply, err := c.now("stats", nil)
	if err == nil {
		err = json.Unmarshal(reply, &stats)
	}
	return stats, err
}

// Captured returns the events of a client with mode "memory", each as it would be sent.
func (c *Client) Captured() ([]json.RawMessage, error) {
	var captured struct{ Events []json.RawMessage }
	reply, err := c.now("captured", nil)
	if err == nil {
		err = json.Unmarshal(reply, &captured)
	}
	return captured.Events, err
}

// Do performs any operation of include/posthog.h by its name: in is marshalled as its input, and the reply is JSON.
func (c *Client) Do(ctx context.Context, op string, in any) (json.RawMessage, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	operation := ops.Lookup(op)
	if operation == nil {
		return nil, fmt.Errorf("posthog: there is no operation %q", op)
	}
	if !operation.Waits {
		return c.now(op, text)
	}
	object, err := codec.Parse(text)
	if err != nil {
		return nil, err
	}
	if object.Kind() != codec.Object {
		object = codec.Value("{}")
	}
	return c.wait(ctx, op, object)
}

// now performs an operation that does not wait.
func (c *Client) now(op string, in []byte) (json.RawMessage, error) {
	return answer(c.caller.Call(ops.Lookup(op), in))
}

// wait performs an operation that may wait, with what is left of the context's time as its timeout_ms.
func (c *Client) wait(ctx context.Context, op string, in codec.Value) (json.RawMessage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		w := codec.NewWriter(len(in) + 32)
		w.BeginObject()
		w.Members(in.Inside())
		w.IntMember("timeout_ms", max(time.Until(deadline).Milliseconds(), 1))
		w.EndObject()
		in = w.Bytes()
	}
	if ctx.Done() == nil {
		return answer(c.caller.Call(ops.Lookup(op), in))
	}
	type outcome struct {
		reply json.RawMessage
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		reply, err := answer(c.caller.Call(ops.Lookup(op), in))
		done <- outcome{reply, err}
	}()
	select {
	case o := <-done:
		return o.reply, o.err
	case <-ctx.Done():
		// At the deadline the operation has an answer of its own, which says more.
		if _, ok := ctx.Deadline(); ok && ctx.Err() == context.DeadlineExceeded {
			o := <-done
			return o.reply, o.err
		}
		return nil, ctx.Err()
	}
}

// answer reads a reply.
func answer(reply ops.Reply) (json.RawMessage, error) {
	defer driver.Recycle(reply)
	if err := reply.Err(); err != nil {
		return nil, err
	}
	text, length := reply.Encode(false)
	return append(json.RawMessage(nil), text[:length]...), nil
}
