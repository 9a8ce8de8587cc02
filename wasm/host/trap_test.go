package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// small loads the module with so little memory that a client can be driven out of it: a real trap.
func small(t *testing.T, output *bytes.Buffer) *host.Module {
	t.Helper()
	options := host.Options{CacheDir: hosttest.CacheDir(), MemoryLimitMB: 16, Output: output}
	module, err := host.Load(t.Context(), hosttest.Wasm(t), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { module.Close(context.Background()) })
	return module
}

func TestInstance_trapEndsIt(t *testing.T) {
	var output bytes.Buffer
	instance, err := small(t, &output).Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = instance.Call(t.Context(), "open", 0, bytes.Repeat([]byte(" "), 32<<20), 0)
	trap := (*host.TrapError)(nil)
	if !errors.As(err, &trap) || trap.Operation != "open" {
		t.Fatalf("32 MiB into 16: %v, want a trap in open", err)
	}
	if _, _, again := instance.Call(t.Context(), "stats", 1, nil, 0); again != err {
		t.Errorf("a call after the trap: %v, want %v", again, err)
	}
	if !strings.Contains(output.String(), "out of memory") {
		t.Errorf("the runtime's last words are %q", output.String())
	}
	if err := instance.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
}

// TestClient_trapSaysWhatWasLost captures until the memory is full. Every event was acknowledged to the caller, none
// was sent, so the loss must be bounded from above, and closely.
func TestClient_trapSaysWhatWasLost(t *testing.T) {
	var output bytes.Buffer
	client, err := small(t, &output).Open(t.Context(), []byte(`{"api_key":"phc_test","mode":"memory"}`))
	if err != nil {
		t.Fatal(err)
	}
	in := []byte(fmt.Sprintf(`{"distinct_id":"u","event":"e","properties":{"filler":"%s"}}`, strings.Repeat("x", 100<<10)))
	// Questions add no event and are not counted as one.
	for range 10 {
		if _, err := client.Call(t.Context(), "stats", nil); err != nil {
			t.Fatal(err)
		}
	}
	accepted := int64(0)
	for err == nil && accepted < 1000 {
		if _, err = client.Call(t.Context(), "capture", in); err == nil {
			accepted++
		}
	}
	lost := (*host.LostError)(nil)
	if !errors.As(err, &lost) {
		t.Fatalf("after %d captures of 100 KB in 16 MiB: %v, want a LostError", accepted, err)
	}
	if lost.AtMost < accepted || lost.AtMost > accepted+1 {
		t.Errorf("at most %d were lost, %d were accepted", lost.AtMost, accepted)
	}
	if trap := (*host.TrapError)(nil); !errors.As(err, &trap) {
		t.Errorf("the loss names no trap: %v", err)
	}
	if _, again := client.Call(t.Context(), "stats", nil); again != err {
		t.Errorf("a call after the trap: %v, want the same error", again)
	}
	if closing := client.Close(t.Context()); !errors.As(closing, &lost) {
		t.Errorf("close: %v, want the loss", closing)
	}
}

// TestClient_trapEndsWhoWaits: a call that waits for a request must not wait for an instance that is gone.
func TestClient_trapEndsWhoWaits(t *testing.T) {
	var output bytes.Buffer
	url, asked := silent(t)
	client, err := small(t, &output).Open(t.Context(), []byte(`{"api_key":"phc_test","host":"`+url+`","max_queue_bytes":1000000000}`))
	if err != nil {
		t.Fatal(err)
	}
	call(t, client, "capture", `{"distinct_id":"u","event":"e"}`, nil)
	waited := make(chan error)
	go func() {
		_, err := client.Call(context.Background(), "flush", []byte(`{"timeout_ms":600000}`))
		waited <- err
	}()
	<-asked
	in := []byte(fmt.Sprintf(`{"distinct_id":"u","event":"e","properties":{"filler":"%s"}}`, strings.Repeat("x", 100<<10)))
	for err == nil {
		_, err = client.Call(t.Context(), "capture", in)
	}
	lost := (*host.LostError)(nil)
	if !errors.As(err, &lost) {
		t.Fatalf("capture: %v, want a LostError", err)
	}
	if told := <-waited; !errors.As(told, &lost) {
		t.Errorf("flush: %v, want the loss", told)
	}
}

// TestModule_closedUnderItsClients: a program that closes the module too early loses events, and is told how many. No call
// crashes, and none answers as if nothing were.
func TestModule_closedUnderItsClients(t *testing.T) {
	const callers = 4
	for range 3 {
		module := small(t, &bytes.Buffer{})
		client, err := module.Open(t.Context(), []byte(`{"api_key":"phc_test","mode":"memory"}`))
		if err != nil {
			t.Fatal(err)
		}
		started, ended := make(chan struct{}, callers), make(chan error, callers)
		for range callers {
			go func() {
				var err error
				for n := 0; err == nil; n++ {
					if n == 10 {
						started <- struct{}{}
					}
					_, err = client.Call(context.Background(), "capture", []byte(`{"distinct_id":"u","event":"e"}`))
				}
				ended <- err
			}()
		}
		for range callers {
			<-started
		}
		module.Close(context.Background())
		for range callers {
			lost := (*host.LostError)(nil)
			if err := <-ended; !errors.As(err, &lost) || lost.AtMost < callers*10 {
				t.Errorf("capture: %v, want a LostError of %d events at least", err, callers*10)
			}
		}
		if _, err := module.Open(t.Context(), nil); err == nil {
			t.Error("a closed module opened a client")
		}
	}
}
