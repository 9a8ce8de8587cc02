// Command demo runs one script in every host against the stand-in server and compares what they did: every event must
// arrive exactly once, and all hosts must give every flag the same value.
//
// With -serve it leaves the stand-in and its page up, and the hosts running, until it is interrupted.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/libposthog/libposthog/tests/standin"
)

// hostTimeout ends a host that hangs; an ordinary run takes well under a second.
const hostTimeout = time.Minute

// roundPause is how often the hosts run again while the page is up.
const roundPause = 5 * time.Second

// hosts are the programs to run, from the top of the checkout, after `make demo` has built them.
var hosts = []struct {
	name    string
	command []string
	env     []string
}{
	{"c", []string{"build/demo/hello-c"}, nil},
	{"python", []string{"python3", "tests/demo/hosts/hello.py"}, []string{"PYTHONPATH=bindings/python/src", "LIBPOSTHOG_PATH=build/libposthog.so"}},
	{"ruby", []string{"ruby", "-I", "bindings/ruby/lib", "tests/demo/hosts/hello.rb"}, []string{"LIBPOSTHOG_PATH=build/libposthog.so"}},
	{"node-native", []string{"node", "tests/demo/hosts/hello.mjs"}, []string{"LIBPOSTHOG_ENGINE=native"}},
	{"node-wasm", []string{"node", "tests/demo/hosts/hello.mjs"}, []string{"LIBPOSTHOG_ENGINE=wasm"}},
	{"wazero", []string{"build/demo/hello-wazero", "build/posthog.wasm", "build/wasm-cache"}, nil},
}

// outcome is what a host printed.
type outcome struct {
	Captured, Delivered int64
	// Flags are the values by user and flag.
	Flags map[string]map[string]any
}

func main() {
	serve := flag.Bool("serve", false, "leave the stand-in and its page up")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *serve); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, serve bool) error {
	server, err := standin.Start(standin.Options{})
	if err != nil {
		return err
	}
	defer server.Close()

	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "HOST\tCAPTURED\tDELIVERED\tARRIVED\tTWICE\tFLAG ANSWERS")
	var problems []string
	var first *outcome
	for _, h := range hosts {
		key := "phc_demo_" + h.name
		o, err := runHost(ctx, server.URL, key, h.command, h.env)
		if err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
		arrived, twice, err := arrivals(server.URL, key)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\n", h.name, o.Captured, o.Delivered, arrived, twice, brief(o.Flags))
		if o.Captured == 0 || o.Delivered != o.Captured || arrived != o.Captured || twice != 0 {
			problems = append(problems, h.name+" did not deliver every event exactly once")
		}
		if first == nil {
			first = o
		}
		if text := canonical(o.Flags); text != canonical(first.Flags) {
			problems = append(problems, h.name+" disagrees about flags: "+text)
		}
	}
	table.Flush()
	if serve {
		fmt.Println("page:", server.URL)
	} else {
		fmt.Println("page:", server.URL, "(it ends with this program; make demo SERVE=1 leaves it up)")
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s", strings.Join(problems, "; "))
	}
	if serve {
		fmt.Println("The hosts go on reading flags until this program is interrupted: switch one on the page.")
		return keepRunning(ctx, server.URL)
	}
	return nil
}

// keepRunning runs the hosts again and again, so that the page shows them pick up what is switched on it.
func keepRunning(ctx context.Context, url string) error {
	pause := time.NewTicker(roundPause)
	defer pause.Stop()
	for {
		for _, h := range hosts {
			if _, err := runHost(ctx, url, "phc_demo_"+h.name, h.command, h.env); err != nil && ctx.Err() == nil {
				return fmt.Errorf("%s: %w", h.name, err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
	}
}

func runHost(ctx context.Context, url, key string, command, env []string) (*outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, hostTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), append(env,
		"POSTHOG_HOST="+url, "POSTHOG_API_KEY="+key, "POSTHOG_SECRET_KEY="+standin.DefaultSecretKey)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	if stderr.Len() > 0 {
		return nil, fmt.Errorf("wrote to stderr: %s", stderr.String())
	}
	o := &outcome{}
	if err := json.Unmarshal(stdout.Bytes(), o); err != nil {
		return nil, fmt.Errorf("printed %q: %w", stdout.String(), err)
	}
	return o, nil
}

// arrivals asks the stand-in how many events came with a key, and how many of them more than once.
func arrivals(url, key string) (distinct, duplicates int64, err error) {
	response, err := http.Get(url + "/_control/summary?token=" + key)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	var summary struct{ Distinct, Duplicates int64 }
	err = json.NewDecoder(response.Body).Decode(&summary)
	return summary.Distinct, summary.Duplicates, err
}

func canonical(flags map[string]map[string]any) string {
	text, err := json.Marshal(flags)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// brief writes the values of the first user.
func brief(flags map[string]map[string]any) string {
	users := slices.Sorted(maps.Keys(flags))
	if len(users) == 0 {
		return "none"
	}
	var parts []string
	values := flags[users[0]]
	for _, key := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, fmt.Sprintf("%s=%v", key, values[key]))
	}
	return fmt.Sprintf("%s: %s (%d users)", users[0], strings.Join(parts, " "), len(users))
}
