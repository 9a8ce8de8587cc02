// Command example is a small HTTP service that embeds posthog.wasm. wasm/README.md walks through it:
//
//	go run ./wasm/host/example -key phc_… -secret phs_…
//	curl -d '{"user":"u-1","amount":12}' localhost:8080/purchase
//	curl 'localhost:8080/flag?key=beta&user=u-1&plan=premium'
//	curl localhost:8080/stats
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/libposthog/libposthog/wasm/host"
)

// stopTimeout is how long requests that are being answered may take once the service is told to stop. The delivery of
// what they captured comes after it, within the option shutdown_timeout_ms.
const stopTimeout = 5 * time.Second

func main() {
	listen := flag.String("listen", "localhost:8080", "address to serve on")
	modulePath := flag.String("module", "build/posthog.wasm", "the module")
	cache := flag.String("cache", "build/wazero", "folder for the compiled module")
	options := map[string]any{"shutdown_timeout_ms": 10000}
	for name, usage := range map[string]string{"key": "api_key", "secret": "secret_key", "posthog": "host"} {
		flag.Func(name, "the option "+usage, func(value string) error {
			options[usage] = value
			return nil
		})
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", *listen)
	if err == nil {
		log.Printf("on http://%s", listener.Addr())
		err = serve(ctx, listener, *modulePath, *cache, options)
	}
	if err != nil {
		log.Fatal(err)
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
	posthog, err := newPostHog(ctx, module, in)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: routes(posthog), ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		// Requests that are being answered may still capture, so the client is closed after them.
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	}()
	err = server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		err = <-stopped
	}
	return errors.Join(err, posthog.close())
}
