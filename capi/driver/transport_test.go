package driver

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/libposthog/libposthog/core/wire"
)

// writeCA writes a server's certificate where the option ca_file can name it.
func writeCA(t *testing.T, server *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTransport_isSharedByEqualRoutes(t *testing.T) {
	first, _ := acquireTransport("http://proxy:3128", "a", "")
	second, _ := acquireTransport("http://proxy:3128", "a", "")
	other, _ := acquireTransport("http://proxy:3128", "b", "")
	if first != second || first == other {
		t.Error("transports are shared by other than equal routes")
	}
	for _, transport := range []*transport{first, second, other} {
		transport.release()
	}
	again, _ := acquireTransport("http://proxy:3128", "a", "")
	defer again.release()
	if again == first {
		t.Error("a transport outlived its last user")
	}
}

func TestTransport_releaseClosesConnections(t *testing.T) {
	closed := make(chan struct{})
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(closed)
		}
	}
	server.Start()
	defer server.Close()
	transport, err := acquireTransport("", "release", "")
	if err != nil {
		t.Fatal(err)
	}
	exchange(t.Context(), transport, get(server.URL))
	transport.release()
	<-closed // the test's time limit is the failure
}

func TestTransport_trustsCAFile(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	transport, err := acquireTransport("", "", writeCA(t, server))
	if err != nil {
		t.Fatal(err)
	}
	defer transport.release()
	if got := exchange(t.Context(), transport, get(server.URL)); string(got.Body) != "HTTP/2.0" {
		t.Errorf("got %+v with body %q, want HTTP/2.0", got, got.Body)
	}
}

// Reading a bundle takes long, and a server without TLS needs none.
func TestTransport_readsCAFileWhenItIsNeeded(t *testing.T) {
	plain, secure := httptest.NewServer(http.NotFoundHandler()), httptest.NewTLSServer(http.NotFoundHandler())
	defer plain.Close()
	defer secure.Close()
	transport, err := acquireTransport("", "", writeCA(t, secure))
	if err != nil {
		t.Fatal(err)
	}
	defer transport.release()
	for _, server := range []*httptest.Server{plain, secure} {
		if got := exchange(t.Context(), transport, get(server.URL)); got.Status != http.StatusNotFound {
			t.Errorf("%s: got %+v", server.URL, got)
		}
		if read := transport.TLSClientConfig.RootCAs != nil; read != (server == secure) {
			t.Errorf("after %s: ca_file was read: %v", server.URL, read)
		}
	}
}

func TestTransport_refusesWhatCannotWork(t *testing.T) {
	noPEM := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(noPEM, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, proxy, caFile, want string }{
		{"absent ca_file", "", "/does/not/exist", "ca_file cannot be read: no such file or directory"},
		{"folder as ca_file", "", t.TempDir(), "ca_file cannot be read: is a directory"},
		{"ca_file without certificate", "", noPEM, "ca_file holds no certificate in PEM form"},
		{"proxy of another scheme", "ftp://proxy", "", "proxy must be"},
		{"proxy without host", "http://", "", "proxy must be"},
		{"proxy that is no URL", "http://[::1", "", "proxy must be"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := acquireTransport(c.proxy, "", c.caFile)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// A proxy is used for localhost too, through CONNECT for https, and not for what no_proxy names.
func TestTransport_goesThroughProxy(t *testing.T) {
	target := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	defer target.Close()
	var tunnels atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tunnels.Add(1)
		if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") != "Basic dXNlcjpwYXNz" {
			t.Errorf("the proxy got %s with %v", r.Method, r.Header)
		}
		tunnel(w, r.Host)
	}))
	defer proxy.Close()
	through := strings.Replace(proxy.URL, "http://", "http://user:pass@", 1)
	caFile := writeCA(t, target)

	for _, c := range []struct {
		noProxy string
		tunnels int64
	}{{"", 1}, {"127.0.0.1", 0}} {
		tunnels.Store(0)
		transport, err := acquireTransport(through, c.noProxy, caFile)
		if err != nil {
			t.Fatal(err)
		}
		got := exchange(t.Context(), transport, get(target.URL+"/ingest/batch/"))
		transport.release()
		if string(got.Body) != "/ingest/batch/" || tunnels.Load() != c.tunnels {
			t.Errorf("no_proxy %q: got %+v through %d tunnels, want %d", c.noProxy, got, tunnels.Load(), c.tunnels)
		}
	}
}

// tunnel connects a CONNECT request with its target.
func tunnel(w http.ResponseWriter, host string) {
	out, err := net.Dial("tcp", host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	in, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		out.Close()
		return
	}
	_, _ = io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(out, in)
		out.Close()
	}()
	_, _ = io.Copy(in, out)
	in.Close()
}

func TestProxy_refusedIsAConnectFailure(t *testing.T) {
	transport, err := acquireTransport("127.0.0.1:9", "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer transport.release()
	if got := exchange(t.Context(), transport, get("http://example.com")).Error; got != wire.ErrConnect {
		t.Errorf("got %q, want %q", got, wire.ErrConnect)
	}
}

func TestNoProxy(t *testing.T) {
	for _, c := range []struct {
		rules, url string
		direct     bool
	}{
		{"", "http://example.com", false},
		{"*", "http://example.com", true},
		{"example.com", "http://example.com", true},
		{"example.com", "http://EU.Example.com.", true},
		{"example.com", "http://badexample.com", false},
		{".example.com", "http://a.b.example.com", true},
		{"*.example.com", "http://a.example.com", true},
		{"a.com, example.com:8080", "http://example.com:8080", true},
		{"example.com:8080", "http://example.com", false},
		{"example.com:443", "https://example.com", true},
		{"localhost", "http://localhost:9000", true},
		{"10.0.0.0/8", "http://10.1.2.3", true},
		{"10.0.0.0/8", "http://11.1.2.3", false},
		{"10.0.0.0/8", "http://example.com", false},
		{"127.0.0.1", "http://127.0.0.1:80", true},
		{"127.0.0.1:81", "http://127.0.0.1:80", false},
		{"[::1]:80", "http://[::1]", true},
		{"fd00::/8", "http://[fd00::1]", true},
		{",, ,", "http://example.com", false},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := parseNoProxy(c.rules).match(u); got != c.direct {
			t.Errorf("no_proxy %q, %s: direct %v, want %v", c.rules, c.url, got, c.direct)
		}
	}
}

func TestTransport_requiresModernTLS(t *testing.T) {
	if got := testTransport(t).TLSClientConfig.MinVersion; got != tls.VersionTLS12 {
		t.Errorf("minimum TLS version %x", got)
	}
}
