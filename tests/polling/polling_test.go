// Package polling changes a flag at the server and looks when each host knows: programs in every language answer what
// the flag is whenever they are asked. `make test-polling` builds what they need.
package polling

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/libposthog/libposthog/tests/standin"
)

const (
	// interval is how often the hosts poll.
	interval = 250 * time.Millisecond
	// patience is how long to wait for what should happen at the next poll; longer is a hang.
	patience = 20 * time.Second
	flag     = "new-checkout"
)

// top is the checkout.
const top = "../.."

var hosts = []struct {
	name    string
	command []string
	env     []string
}{
	{"c", []string{"build/polling/watch-c"}, nil},
	{"python", []string{"python3", "tests/polling/hosts/watch.py"}, []string{"PYTHONPATH=bindings/python/src", "LIBPOSTHOG_PATH=build/libposthog.so"}},
	{"ruby", []string{"ruby", "-I", "bindings/ruby/lib", "tests/polling/hosts/watch.rb"}, []string{"LIBPOSTHOG_PATH=build/libposthog.so"}},
	{"node-native", []string{"node", "tests/polling/hosts/watch.mjs"}, []string{"LIBPOSTHOG_ENGINE=native"}},
	{"node-wasm", []string{"node", "tests/polling/hosts/watch.mjs"}, []string{"LIBPOSTHOG_ENGINE=wasm"}},
	{"wazero", []string{"build/polling/watch-wazero", "build/posthog.wasm", "build/wasm-cache"}, nil},
}

func TestMain(m *testing.M) {
	if _, err := os.Stat(top + "/build/polling/watch-wazero"); err != nil {
		fmt.Println("tests/polling: skipped: run `make test-polling`, which builds the hosts first")
		return
	}
	os.Exit(m.Run())
}

// watcher is a running host.
type watcher struct {
	t       *testing.T
	server  *standin.Server
	token   string
	stdin   io.Writer
	answers *bufio.Scanner
	// codes are those of the records about definitions that were not loaded.
	codes []string
}

func start(t *testing.T, server *standin.Server, name string, command, env []string) *watcher {
	t.Helper()
	w := &watcher{t: t, server: server, token: "phc_" + name}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stderr = top, os.Stderr
	cmd.Env = append(os.Environ(), append(env, "POSTHOG_API_KEY="+w.token, "POSTHOG_HOST="+server.URL,
		"POSTHOG_SECRET_KEY="+standin.DefaultSecretKey, fmt.Sprintf("POLL_MS=%d", interval.Milliseconds()))...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.stdin, w.answers = stdin, bufio.NewScanner(stdout)
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s ended with %v", name, err)
		}
	})
	return w
}

// ask returns the flag's value as the host gives it now.
func (w *watcher) ask() any {
	w.t.Helper()
	if _, err := fmt.Fprintln(w.stdin); err != nil {
		w.t.Fatal(err)
	}
	if !w.answers.Scan() {
		w.t.Fatalf("the host ended: %v", w.answers.Err())
	}
	var answer struct {
		Value   any
		Records struct {
			Records []struct{ Kind, Code string }
		}
	}
	if err := json.Unmarshal(w.answers.Bytes(), &answer); err != nil {
		w.t.Fatalf("%v in %s", err, w.answers.Text())
	}
	for _, r := range answer.Records.Records {
		if r.Kind == "definitions" && r.Code != "loaded" {
			w.codes = append(w.codes, r.Code)
		}
	}
	return answer.Value
}

// until waits for something that happens in another process.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for tick := time.NewTicker(5 * time.Millisecond); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// polls counts the host's requests for definitions that were answered with one of the statuses.
func (w *watcher) polls(statuses ...int) (n int) {
	for _, r := range w.server.Requests(standin.Filter{Token: w.token}) {
		if r.Path == "/flags/definitions" && slices.Contains(statuses, r.Status) {
			n++
		}
	}
	return n
}

// switchTo turns the flag on or off at the server and waits until the host has the new value.
func (w *watcher) switchTo(on bool) {
	w.t.Helper()
	before := w.polls(200)
	if _, err := w.server.EditFlag(flag, standin.FlagEdit{Active: &on}); err != nil {
		w.t.Fatal(err)
	}
	until(w.t, fmt.Sprintf("the flag is %v", on), func() bool { return w.ask() == on })
	if n := w.polls(200) - before; n != 1 {
		w.t.Errorf("the host fetched definitions %d times until it knew, want once", n)
	}
}

// A flag switched at the server has its new value in every host with the first poll after it. Definitions that cannot
// be used change nothing, and the host is told.
func TestPolling_everyHostSeesAChange(t *testing.T) {
	for _, h := range hosts {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			server, err := standin.Start(standin.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Close() })
			everyone := 100.0
			if _, err := server.EditFlag(flag, standin.FlagEdit{RolloutPercentage: &everyone}); err != nil {
				t.Fatal(err)
			}
			w := start(t, server, h.name, h.command, h.env)
			until(t, "the flag is on", func() bool { return w.ask() == true })
			w.switchTo(false)
			w.switchTo(true)

			broken := `{"flags":{}}`
			if err := server.AddFault(standin.Fault{Path: "/flags/definitions", Sequence: []standin.Step{
				{Status: 200, Body: &broken}, {Status: 200, Body: new(string)}, {Status: 503},
			}}); err != nil {
				t.Fatal(err)
			}
			until(t, "three records of definitions that were not loaded", func() bool {
				if value := w.ask(); value != true {
					t.Fatalf("the flag is %v after definitions that cannot be used", value)
				}
				return len(w.codes) >= 3
			})
			if want := []string{"not_loaded", "not_loaded", "not_loaded"}; !slices.Equal(w.codes, want) {
				t.Errorf("records of definitions: %v, want %v", w.codes, want)
			}
			w.switchTo(false)
		})
	}
}
