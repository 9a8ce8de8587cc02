package conformance

import (
	"bytes"
	"fmt"
	"strconv"
)

// Module is an instance of posthog.wasm in some host. Call performs an operation and returns the reply, whose first
// member is status, and the body of the request that poll handed out.
type Module interface {
	Call(op string, client uint32, in []byte, nowMs int64) (reply, body []byte, err error)
}

// FlagValueModule is a Module in a host that has a flag's value alone, which is JSON.
type FlagValueModule interface {
	Module
	FlagValue(client uint32, key, distinctID string, in []byte, nowMs int64) (status int32, value string, err error)
}

// Wasm is the [Host] that an instance of the module is. It serves the clients of all cases, one after the other.
type Wasm struct{ Module Module }

// WasmValues is Wasm with clients that are a [FlagValuer].
type WasmValues struct{ Module FlagValueModule }

func (w WasmValues) Open(options []byte, nowMs int64) (Client, error) {
	client, err := Wasm{w.Module}.Open(options, nowMs)
	if err != nil {
		return nil, err
	}
	return valuesClient{client.(wasmClient), w.Module}, nil
}

type valuesClient struct {
	wasmClient
	module FlagValueModule
}

func (c valuesClient) FlagValue(key, distinctID string, in []byte, nowMs int64) (status int, value []byte, err error) {
	number, text, err := c.module.FlagValue(c.number, key, distinctID, in, nowMs)
	return int(number), []byte(text), err
}

func (w Wasm) Open(options []byte, nowMs int64) (Client, error) {
	reply, err := w.call("open", 0, options, nowMs)
	if err != nil {
		return nil, err
	}
	if reply.Status != 0 {
		return nil, fmt.Errorf("%s", reply.JSON)
	}
	opened, err := Parse(reply.JSON)
	if err != nil {
		return nil, err
	}
	number, err := opened.Integer("client")
	return wasmClient{w, uint32(number)}, err
}

type wasmClient struct {
	wasm   Wasm
	number uint32
}

func (c wasmClient) Call(op string, in []byte, nowMs int64) (Reply, error) {
	return c.wasm.call(op, c.number, in, nowMs)
}

// CallRaw is Call: the clock is an argument here.
func (c wasmClient) CallRaw(op string, in []byte, nowMs int64) (Reply, error) {
	return c.Call(op, in, nowMs)
}

// call performs an operation and cuts the status, which the module puts first, out of the reply.
func (w Wasm) call(op string, client uint32, in []byte, nowMs int64) (Reply, error) {
	text, body, err := w.Module.Call(op, client, in, nowMs)
	if err != nil {
		return Reply{}, err
	}
	rest, found := bytes.CutPrefix(text, []byte(`{"status":`))
	end := bytes.IndexAny(rest, ",}")
	if !found || end < 0 {
		return Reply{}, fmt.Errorf("%s: the first member of %s is not status", op, text)
	}
	status, err := strconv.Atoi(string(rest[:end]))
	rest = bytes.TrimPrefix(rest[end:], []byte(","))
	return Reply{Status: status, JSON: append([]byte("{"), rest...), Body: body}, err
}
