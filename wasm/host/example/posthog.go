package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"sync"

	"github.com/libposthog/libposthog/wasm/host"
)

// posthog is the client of the service. An instance that traps is gone, with what was queued in it: posthog says so and
// goes on with a new one.
type posthog struct {
	module  *host.Module
	options []byte
	mu      sync.Mutex
	client  *host.Client
}

func newPostHog(ctx context.Context, module *host.Module, options []byte) (*posthog, error) {
	client, err := module.Open(ctx, options)
	return &posthog{module: module, options: options, client: client}, err
}

// call performs an operation with Go values on both sides.
func (p *posthog) call(ctx context.Context, op string, in, out any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	p.mu.Lock()
	client := p.client
	p.mu.Unlock()
	reply, err := client.Call(ctx, op, text)
	if lost := (*host.LostError)(nil); errors.As(err, &lost) {
		p.replace(client, lost)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(reply, out)
}

// replace puts a new client where a lost one was, once. The call that met the trap is not repeated: its event may have been
// the cause.
func (p *posthog) replace(dead *host.Client, lost *host.LostError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != dead {
		return
	}
	log.Print(lost)
	dead.Close(context.Background())
	client, err := p.module.Open(context.Background(), p.options)
	if err != nil {
		// The next call tries again.
		log.Print(err)
		return
	}
	p.client = client
}

// close delivers what was captured and logs what could not be.
func (p *posthog) close() error {
	var counts struct{ Delivered, Dropped int64 }
	err := p.call(context.Background(), "shutdown", map[string]any{}, &counts)
	if err == nil && counts.Dropped > 0 {
		log.Printf("%d events could not be delivered", counts.Dropped)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(err, p.client.Close(context.Background()))
}
