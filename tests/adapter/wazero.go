package adapter

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/libposthog/libposthog/wasm/host"
)

// Wazero is posthog.wasm in this process, by the reference host. Its actions are operations.
type Wazero struct {
	module  *host.Module
	mu      sync.Mutex
	clients map[string]*host.Client
}

// StartWazero loads the module.
func StartWazero(path, cacheDir string) (*Wazero, error) {
	wasm, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	module, err := host.Load(context.Background(), wasm, host.Options{CacheDir: cacheDir})
	if err != nil {
		return nil, err
	}
	return &Wazero{module: module, clients: map[string]*host.Client{}}, nil
}

func (w *Wazero) Do(ctx context.Context, client, action string, in []byte) ([]byte, error) {
	if action == "open" {
		opened, err := w.module.Open(ctx, in)
		if err != nil {
			return nil, err
		}
		w.mu.Lock()
		w.clients[client] = opened
		w.mu.Unlock()
		return []byte("{}"), nil
	}
	w.mu.Lock()
	c := w.clients[client]
	if action == "shutdown" {
		delete(w.clients, client)
	}
	w.mu.Unlock()
	if c == nil {
		return nil, fmt.Errorf("no client %s", client)
	}
	reply, err := c.Call(ctx, action, in)
	if action == "shutdown" {
		c.Close(ctx)
	}
	return reply, err
}

func (w *Wazero) Close() error { return w.module.Close(context.Background()) }
