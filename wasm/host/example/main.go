// Command example is a small HTTP service that embeds posthog.wasm:
//
//	go run ./wasm/host/example -key phc_… -secret phs_…
//	curl -d '{"user":"u-1","amount":12}' localhost:8080/purchase
//	curl 'localhost:8080/flag?key=beta&user=u-1&plan=premium'
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/libposthog/libposthog/wasm/host"
)

func main() {
	listen := flag.String("listen", "localhost:8080", "address to serve on")
	modulePath := flag.String("module", "build/posthog.wasm", "the module")
	cache := flag.String("cache", "build/wazero", "folder for the compiled module")
	options := map[string]any{}
	for name, usage := range map[string]string{"key": "api_key", "secret": "secret_key", "posthog": "host"} {
		flag.Func(name, "the option "+usage, func(value string) error {
			options[usage] = value
			return nil
		})
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", *listen)
	if err == nil {
		err = serve(ctx, listener, *modulePath, *cache, options)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve answers requests until ctx ends, then delivers what was captured.
func serve(ctx context.Context, listener net.Listener, modulePath, cache string, options map[string]any) error {
	defer listener.Close()
	wasm, err := os.ReadFile(modulePath)
	if err != nil {
		return err
	}
	module, err := host.Load(ctx, wasm, host.Options{CacheDir: cache})
	if err != nil {
		return err
	}
	defer module.Close(context.Background())
	in, err := json.Marshal(options)
	if err != nil {
		return err
	}
	client, err := module.Open(ctx, in)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: routes(client), ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		// Requests that are being answered may still capture; the client closes after them.
		stopped <- server.Shutdown(context.Background())
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, client.Close(context.Background()))
	}
	return errors.Join(<-stopped, client.Close(context.Background()))
}
