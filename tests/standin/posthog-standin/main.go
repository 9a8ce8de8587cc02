// The posthog-standin command runs a stand-in PostHog server on real ports, for tests in any language and for the demo.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/libposthog/libposthog/tests/standin"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "posthog-standin:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, or until stdin does when told so.
func run(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	var options standin.Options
	var definitions string
	var exitOnStdinClose bool
	flags := flag.NewFlagSet("posthog-standin", flag.ContinueOnError)
	flags.StringVar(&options.Addr, "addr", "127.0.0.1:0", "main `address`; port 0 takes a free one")
	flags.StringVar(&options.ControlAddr, "control-addr", "127.0.0.1:0", "second `address`, for the control API alone")
	flags.StringVar(&options.SecretKey, "secret-key", standin.DefaultSecretKey, "`key` asked for by definitions")
	flags.StringVar(&definitions, "definitions", "", "`file` with the flag definitions (default: the demo document)")
	flags.BoolVar(&exitOnStdinClose, "exit-on-stdin-close", false, "stop when stdin closes, so as not to outlive a parent")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if definitions != "" {
		document, err := os.ReadFile(definitions)
		if err != nil {
			return err
		}
		options.Definitions = document
	}

	server, err := standin.Start(options)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on %s\ncontrol on %s\n", server.URL, server.ControlURL)
	if exitOnStdinClose {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel()
		}()
	}
	<-ctx.Done()
	return server.Close()
}
