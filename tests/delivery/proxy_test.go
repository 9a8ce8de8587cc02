package delivery

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/standin"
)

// tunnels is an HTTP proxy that knows CONNECT and nothing else.
type tunnels struct {
	*httptest.Server
	// mu guards targets, which are the addresses asked for.
	mu      sync.Mutex
	targets []string
}

func startTunnels(t *testing.T) *tunnels {
	t.Helper()
	p := &tunnels{}
	p.Server = httptest.NewServer(http.HandlerFunc(p.connect))
	t.Cleanup(p.Close)
	return p
}

func (p *tunnels) connect(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.targets = append(p.targets, r.Host)
	p.mu.Unlock()
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	out, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer out.Close()
	in, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer in.Close()
	_, _ = io.WriteString(in, "HTTP/1.1 200 Connection Established\r\n\r\n")
	go func() {
		_, _ = io.Copy(out, in)
		out.Close()
	}()
	_, _ = io.Copy(in, out)
}

// asked returns the addresses that tunnels were asked for, in order.
func (p *tunnels) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.targets)
}

// ingestion is a stand-in behind https://localhost:PORT/ingest.
type ingestion struct {
	*standin.Server
	host string
	// address is what a proxy is asked for to get there, connections are those made to it.
	address     string
	connections *atomic.Int64
}

func startIngestion(t *testing.T, a *authority) *ingestion {
	t.Helper()
	server := startStandin(t)
	behind, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(behind)
	// Its connections must not be taken for the client's, nor its words for those of the library.
	forward.Transport = &http.Transport{DisableKeepAlives: true}
	forward.ErrorLog = log.New(io.Discard, "", 0)
	address, connections := a.start(t, forward)
	return &ingestion{server, "https://" + address + "/ingest", address, connections}
}

// everyEndpoint are the requests of a client that does all there is to do, as ingestion sees their paths.
var everyEndpoint = []string{
	"/ingest/api/projects/@current/feature_flags/settings/remote_config",
	"/ingest/batch/",
	"/ingest/flags/",
	"/ingest/flags/definitions",
	"/ingest/i/v0/ai/batch/",
	"/ingest/i/v1/analytics/events",
}

// useEverything makes two clients, one for each capture protocol, do all there is to do.
func useEverything(t *testing.T, options object) {
	t.Helper()
	options["secret_key"] = standin.DefaultSecretKey
	c := open(t, options)
	c.call("load_flags", nil, core.OK, nil)
	var config struct{ Payload string }
	if c.call("get_remote_config", object{"key": "settings"}, core.OK, &config); config.Payload != "dark" {
		t.Errorf("remote config: %q, want dark", config.Payload)
	}
	var flag struct {
		Value   any
		Request string
	}
	c.call("get_flag", object{"key": "remote-only", "distinct_id": "user"}, core.OK, &flag)
	if flag.Value != true || flag.Request != "made" {
		t.Errorf("flag: %+v, want true by a request", flag)
	}
	c.call("capture_ai", object{"event": "$ai_generation", "distinct_id": "user"}, core.OK, nil)
	c.capture(10)
	if n, _ := c.shutDown(patience); n.Delivered != 12 { // an exposure too
		t.Errorf("shutdown: %+v, want 12 delivered", n)
	}
	options["capture_mode"] = "v1"
	v1 := open(t, options)
	v1.capture(10)
	if n, _ := v1.shutDown(patience); n.Delivered != 10 {
		t.Errorf("shutdown: %+v, want 10 delivered", n)
	}
}

func TestProxy_everyRequestFindsItsWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, noProxy string
		proxied       bool
	}{
		{"through the proxy", "", true},
		{"through the proxy, others direct", "example.com,10.0.0.0/8", true},
		{"past the proxy", "example.com,localhost", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			server := startIngestion(t, a)
			if err := server.SetRemoteConfig("settings", []byte(`"\"dark\""`)); err != nil {
				t.Fatal(err)
			}
			if err := server.SetRemoteFlags([]byte(`{"flags":{"remote-only":{"key":"remote-only","enabled":true}}}`)); err != nil {
				t.Fatal(err)
			}
			proxy := startTunnels(t)
			useEverything(t, object{"host": server.host, "proxy": proxy.URL, "no_proxy": c.noProxy, "ca_file": a.file})

			var paths []string
			for _, r := range server.Requests(standin.Filter{}) {
				paths = append(paths, r.Path)
			}
			slices.Sort(paths)
			if paths = slices.Compact(paths); !slices.Equal(paths, everyEndpoint) {
				t.Errorf("requests at %v, want %v", paths, everyEndpoint)
			}
			// The name is resolved by the proxy, and nothing goes another way.
			var want []string
			if c.proxied {
				want = slices.Repeat([]string{server.address}, int(server.connections.Load()))
			}
			if got := proxy.asked(); !slices.Equal(got, want) {
				t.Errorf("the proxy was asked for %v, want %v", got, want)
			}
		})
	}
}

// A server that the client has no reason to trust gets nothing, and the records say why.
func TestTLS_untrustedServerGetsNothing(t *testing.T) {
	t.Parallel()
	server := startIngestion(t, newAuthority(t))
	c := open(t, object{"host": server.host, "ca_file": newAuthority(t).file, "max_retries": 0,
		"secret_key": standin.DefaultSecretKey, "feature_flags_request_max_retries": 0})
	stop := c.watch()
	status, text := c.try("load_flags", nil)
	if status != core.RemoteFailed || !strings.Contains(string(text), "the request failed: tls") {
		t.Errorf("load_flags: %v %s, want a failure of kind tls", status, text)
	}
	uuids := c.capture(10)
	if got, want := c.flush(), (counts{Dropped: 10}); got != want {
		t.Errorf("flush: %+v, want %+v", got, want)
	}
	stop()
	dropped := map[string]int64{"retries_exhausted": 10}
	c.wantLedger(0, dropped)
	c.wantDrops(dropped, uuids)
	if n := len(server.Requests(standin.Filter{})); n != 0 {
		t.Errorf("%d requests reached the server", n)
	}
}
