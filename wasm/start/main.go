// Command start says how long posthog.wasm takes from its bytes to a client, in wazero:
//
//	go run ./wasm/start build/posthog.wasm
//
// v8.mjs beside it says the same for V8.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/libposthog/libposthog/wasm/host"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: start MODULE"))
	}
	wasm, err := os.ReadFile(os.Args[1])
	fail(err)
	cache, err := os.MkdirTemp("", "wazero")
	fail(err)
	defer os.RemoveAll(cache)
	ctx := context.Background()
	var module *host.Module
	for _, title := range []string{"compile", "compile, from its cache"} {
		report(title, func() error {
			module, err = host.Load(ctx, wasm, host.Options{CacheDir: cache})
			return err
		})
	}
	var instance *host.Instance
	report("instantiate", func() error {
		instance, err = module.Instantiate(ctx)
		return err
	})
	report("open a client", func() error {
		entropy := fmt.Sprintf("%064d", time.Now().UnixNano())
		_, _, err := instance.Call(ctx, "open", 0, []byte(`{"api_key":"phc_start","entropy":"`+entropy+`"}`), time.Now().UnixMilli())
		return err
	})
	fmt.Printf("wazero: memory %.1f MB\n", float64(instance.MemoryBytes())/1e6)
	fail(module.Close(ctx))
}

func report(title string, work func() error) {
	begin := time.Now()
	fail(work())
	fmt.Printf("wazero: %s %.1f ms\n", title, time.Since(begin).Seconds()*1000)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
