package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/libposthog/libposthog/tests/oracle/corpus"
	"github.com/libposthog/libposthog/wasm/host"
)

// module is a client inside the wasm module.
type module struct {
	instance *host.Instance
	client   uint32
	nowMs    int64
}

func openModule(ctx context.Context, path string, nowMs int64) (*module, error) {
	wasm, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: run make wasm", err)
	}
	loaded, err := host.Load(ctx, wasm, host.Options{})
	if err != nil {
		return nil, err
	}
	instance, err := loaded.Instantiate(ctx)
	if err != nil {
		return nil, err
	}
	m := &module{instance: instance, nowMs: nowMs}
	reply, err := m.call(ctx, "open", []byte(options))
	if err != nil {
		return nil, err
	}
	var opened struct{ Client uint32 }
	if err := json.Unmarshal(reply, &opened); err != nil || opened.Client == 0 {
		return nil, fmt.Errorf("open: %s", reply)
	}
	m.client = opened.Client
	return m, nil
}

func (m *module) call(ctx context.Context, op string, in []byte) ([]byte, error) {
	reply, _, err := m.instance.Call(ctx, op, m.client, in, m.nowMs)
	return reply, err
}

// replay answers every call natively and in the module, and compares the replies byte for byte.
func replay(c *corpus.Corpus, path string) error {
	ctx := context.Background()
	wasm, err := openModule(ctx, path, c.NowMs)
	if err != nil {
		return err
	}
	client, err := openNative(c.NowMs)
	if err != nil {
		return err
	}
	both := func(op string, in []byte) error {
		_, here := client.call(op, in)
		there, err := wasm.call(ctx, op, in)
		if err == nil && !bytes.Equal(here, there) {
			err = fmt.Errorf("%s %s\nnative %s\nwasm   %s\n%w", op, in, here, there, errDiffer)
		}
		return err
	}
	for i := range c.Documents {
		d := &c.Documents[i]
		if err := both("set_flag_definitions", d.Definitions); err != nil {
			return err
		}
		for j := range d.Calls {
			in, err := query(&d.Calls[j])
			if err != nil {
				return err
			}
			if err := both("get_flag", in); err != nil {
				return fmt.Errorf("definitions %s\n%w", d.Definitions, err)
			}
		}
	}
	fmt.Printf("native and wasm: %d calls, the same bytes\n", c.Count())
	return nil
}
