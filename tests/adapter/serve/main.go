// Command serve is the adapter of one host, for a harness to drive:
//
//	serve -host python -protocol v1 -encoding gzip -listen :8080
//
// It runs from the top of the checkout, after `make adapter-hosts`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/libposthog/libposthog/tests/adapter"
)

func main() {
	name := flag.String("host", "c", "which host of libposthog: c, wazero, python, python-wasm, ruby, node-native or node-wasm")
	protocol := flag.String("protocol", "v0", "the capture protocol: v0 or v1")
	encoding := flag.String("encoding", "gzip", "what enable_compression means: gzip, and with v1 deflate, br or zstd")
	listen := flag.String("listen", "127.0.0.1:8080", "address to serve on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *name, adapter.Profile{Protocol: *protocol, Encoding: *encoding}, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, name string, profile adapter.Profile, listen string) error {
	host, err := adapter.Find(name)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	front, err := host.Start(profile)
	if err != nil {
		return err
	}
	fmt.Printf("%s %s on http://%s\n", host.Name, profile, listener.Addr())
	server := &http.Server{Handler: front}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, front.Close())
	}
	return front.Close()
}
