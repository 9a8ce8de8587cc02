package delivery

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/libposthog/libposthog/tests/delivery/sink"
)

// When the last client is shut down, nothing of the library runs and no socket of it is open, wherever its requests
// were stuck. The tests that run in parallel have not begun when this one runs.
func TestShutdown_leavesNothing(t *testing.T) {
	silent, unreachable := absent(sink.Silent)(t).url, absent(sink.Unreachable)(t).url
	healthy := startSink(t, sink.Options{}).URL
	a := newAuthority(t)
	secure := startIngestion(t, a).host
	for _, c := range []struct {
		name    string
		options object
	}{
		{"idle connections", object{"host": healthy}},
		{"an idle HTTP/2 connection", object{"host": secure, "ca_file": a.file}},
		{"answers that do not come", object{"host": silent}},
		{"connects that do not end", object{"host": unreachable}},
		{"TLS that is not answered", object{"host": strings.Replace(silent, "http:", "https:", 1)}},
		{"a proxy that is not there", object{"host": "https://localhost:1", "proxy": unreachable}},
		{"a proxy that says nothing", object{"host": "https://localhost:1", "proxy": silent}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := sockets(t)
			options := object{"secret_key": "phs_test", "flush_at": 1}
			maps.Copy(options, c.options)
			client := open(t, options)
			client.capture(20)
			go client.try("get_flag", object{"key": "flag", "distinct_id": "user"})
			client.try("flush", object{"timeout_ms": 100})
			client.shutDown(200 * time.Millisecond)
			// Closing is done in the background, but at once.
			until(t, "nothing of the client is left", func() bool { return ours() == "" && sockets(t) <= before })
			if left := ours(); left != "" {
				t.Error(left)
			}
		})
	}
}

// ours are the stacks of the goroutines that the driver or its transport started.
func ours() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found strings.Builder
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		for _, name := range []string{"driver.(*Client)", "net/http.(*persistConn)", "net/http.(*Transport)",
			"net/http.(*http2ClientConn)"} {
			if strings.Contains(stack, name) {
				found.WriteString(stack + "\n\n")
				break
			}
		}
	}
	return found.String()
}

// sockets counts the sockets of this process that are connected or connecting; the servers of the tests have
// half of them.
func sockets(t *testing.T) (n int) {
	t.Helper()
	descriptors, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range descriptors {
		if target, err := os.Readlink(name); err == nil && strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}
