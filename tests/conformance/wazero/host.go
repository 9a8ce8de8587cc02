package main

import (
	"context"
	"fmt"
	"os"

	"github.com/libposthog/libposthog/tests/conformance"
	"github.com/libposthog/libposthog/wasm/host"
)

// instance serves the clients of all cases, one after the other.
type instance struct{ *host.Instance }

// load makes an instance of the module in a file.
func load(path string) (instance, error) {
	wasm, err := os.ReadFile(path)
	if err != nil {
		return instance{}, fmt.Errorf("%w: run make wasm", err)
	}
	ctx := context.Background()
	module, err := host.Load(ctx, wasm, host.Options{CacheDir: "build/wazero"})
	if err != nil {
		return instance{}, err
	}
	i, err := module.Instantiate(ctx)
	return instance{i}, err
}

func (i instance) Open(options []byte, nowMs int64) (conformance.Client, error) {
	reply, err := call(i, "open", 0, options, nowMs)
	if err != nil {
		return nil, err
	}
	if reply.Status != 0 {
		return nil, fmt.Errorf("%s", reply.JSON)
	}
	opened, err := conformance.Parse(reply.JSON)
	if err != nil {
		return nil, err
	}
	number, err := opened.Integer("client")
	return client{i, uint32(number)}, err
}

type client struct {
	instance instance
	number   uint32
}

func (c client) Call(op string, in []byte, nowMs int64) (conformance.Reply, error) {
	return call(c.instance, op, c.number, in, nowMs)
}

// CallRaw is Call: the clock is an argument here.
func (c client) CallRaw(op string, in []byte, nowMs int64) (conformance.Reply, error) {
	return c.Call(op, in, nowMs)
}

// call performs an operation and takes the status, which the module puts first, out of the reply.
func call(i instance, op string, number uint32, in []byte, nowMs int64) (conformance.Reply, error) {
	text, body, err := i.Instance.Call(context.Background(), op, number, in, nowMs)
	if err != nil {
		return conformance.Reply{}, err
	}
	reply, err := conformance.Parse(text)
	if err != nil {
		return conformance.Reply{}, fmt.Errorf("%s: reply is no JSON: %w", op, err)
	}
	if len(reply.Members) == 0 || reply.Members[0].Name != "status" {
		return conformance.Reply{}, fmt.Errorf("%s: the first member of %s is not status", op, text)
	}
	status, err := reply.Integer("status")
	return conformance.Reply{Status: int(status), JSON: reply.Without("status").Encode(), Body: body}, err
}
