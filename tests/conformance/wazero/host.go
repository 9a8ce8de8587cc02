package main

import (
	"context"
	"fmt"
	"os"

	"github.com/libposthog/libposthog/wasm/host"
)

// instance is the module in the reference host.
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

func (i instance) Call(op string, client uint32, in []byte, nowMs int64) (reply, body []byte, err error) {
	return i.Instance.Call(context.Background(), op, client, in, nowMs)
}

func (i instance) FlagValue(
	client uint32, key, distinctID string, in []byte, nowMs int64,
) (status int32, value string, err error) {
	status, value, _, err = i.Instance.FlagValue(context.Background(), client, key, distinctID, in, nowMs)
	return status, value, err
}
