package main

import (
	"fmt"

	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
	"github.com/libposthog/libposthog/tests/conformance"
)

// host opens clients of the core in this process.
type host struct{}

func (host) Open(options []byte, nowMs int64) (conformance.Client, error) {
	c, _, reply := ops.Open(options, nowMs, ops.HostMode, libposthog.Version, nil)
	if c == nil {
		text, _ := reply.Encode(false)
		return nil, fmt.Errorf("%s", text)
	}
	return client{c}, nil
}

type client struct{ core *core.Client }

func (c client) Call(op string, in []byte, nowMs int64) (conformance.Reply, error) {
	operation := ops.Lookup(op)
	if operation == nil {
		return conformance.Reply{}, fmt.Errorf("no operation %s", op)
	}
	reply := operation.Do(c.core, nowMs, in)
	buffer, length := reply.Encode(false)
	answer := conformance.Reply{Status: int(reply.Status), JSON: buffer[:length]}
	parsed, err := conformance.Parse(answer.JSON)
	if err != nil {
		return answer, fmt.Errorf("%s: reply is no JSON: %w", op, err)
	}
	answer.Body, err = conformance.BodyIn(parsed, buffer)
	return answer, err
}

// CallRaw is Call: the clock is an argument here.
func (c client) CallRaw(op string, in []byte, nowMs int64) (conformance.Reply, error) {
	return c.Call(op, in, nowMs)
}
