package driver

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
	"github.com/libposthog/libposthog/tests/standin"
)

// Hammer: clients on real sockets, each called from several goroutines, shut down by several at once. Every event
// arrives once, and in the end nothing is left running.
func TestClient_hammer(t *testing.T) {
	const clients, callers, events = 4, 4, 250
	server, err := standin.Start(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	before := ours()

	var hammering sync.WaitGroup
	for n := range clients {
		c, reply := Open(fmt.Appendf(nil, `{"api_key":"phc_%d","host":%q}`, n, server.URL), "1")
		if c == nil {
			t.Fatal(reply.Status)
		}
		hammering.Go(func() { hammer(t, c, callers, events) })
	}
	hammering.Wait()
	want := standin.Count{Events: clients * callers * events, Distinct: clients * callers * events}
	if got := server.Summary("").Count; got != want {
		t.Errorf("the server received %+v, want %+v", got, want)
	}
	waitFor(t, func() bool { return ours() <= before })
}

func hammer(t *testing.T, c Caller, callers, events int) {
	call := func(name, in string, want core.Status) {
		if got := c.Call(ops.Lookup(name), []byte(in)).Status; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	var calling sync.WaitGroup
	for caller := range callers {
		calling.Go(func() {
			for n := range events {
				call("capture", fmt.Sprintf(`{"distinct_id":"u%d","event":"e%d"}`, caller, n), core.OK)
				if n%50 == 0 {
					call("flush", `{"timeout_ms":5}`, core.OK)
					call("drain", `{"timeout_ms":1}`, core.OK)
				}
			}
		})
	}
	calling.Wait()
	for range callers {
		calling.Go(func() { call("shutdown", `{"timeout_ms":20000}`, core.OK) })
	}
	calling.Wait()
	call("capture", `{"distinct_id":"u","event":"late"}`, core.Closed)
}

// ours counts the goroutines that the driver or its transports started.
func ours() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	n := 0
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "driver.(*Client)") || strings.Contains(stack, "net/http.(*persistConn)") {
			n++
		}
	}
	return n
}

// waitFor polls for something that closing sockets brings about in its own time.
func waitFor(t *testing.T, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !reached(); runtime.Gosched() {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("still running:\n%s", stacks[:runtime.Stack(stacks, true)])
		}
	}
}
