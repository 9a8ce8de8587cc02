package driver

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/libposthog/libposthog/core/wire"
)

// testTransport is a transport of its own, given back when the test ends.
func testTransport(t *testing.T) *transport {
	t.Helper()
	shared, err := acquireTransport("", t.Name(), "") // the name makes the route this test's alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shared.release)
	return shared
}

func get(url string) *wire.Request {
	return &wire.Request{Method: "GET", URL: url, Encoding: wire.Identity, TimeoutMs: 10_000}
}

// plain undoes a content encoding with another implementation than the driver's where there is one.
func plain(encoding string, body io.Reader) (io.Reader, error) {
	switch encoding {
	case wire.Gzip:
		return gzip.NewReader(body)
	case wire.Deflate:
		return zlib.NewReader(body)
	case wire.Brotli:
		return brotli.NewReader(body), nil
	case wire.Zstd:
		return zstd.NewReader(body)
	}
	return body, nil
}

func TestExchange_appliesEncodings(t *testing.T) {
	body := []byte(strings.Repeat(`{"event":"page view","distinct_id":"user"},`, 100))
	for _, encoding := range wire.Encodings {
		t.Run(encoding, func(t *testing.T) {
			var sent int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent = r.ContentLength
				reader, err := plain(encoding, r.Body)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, body) {
					t.Errorf("the server read %d bytes (%v), want the %d sent", len(got), err, len(body))
				}
			}))
			defer server.Close()
			for range 2 { // the second use of a pooled encoder must be as good as the first
				r := &wire.Request{Method: "POST", URL: server.URL, Encoding: encoding, TimeoutMs: 10_000, Body: wire.Body{Head: body}}
				if response := exchange(t.Context(), testTransport(t), r); response.Status != 200 {
					t.Fatalf("got %+v", response)
				}
			}
			if encoding != wire.Identity && sent > int64(len(body))/5 {
				t.Errorf("%d bytes travelled as %d", len(body), sent)
			}
		})
	}
}

func TestExchange_unknownEncodingIsSaid(t *testing.T) {
	r := &wire.Request{Method: "POST", URL: "http://127.0.0.1:9", Encoding: "lzma", TimeoutMs: 1000}
	if got := exchange(t.Context(), testTransport(t), r).Error; got != wire.ErrEncoding {
		t.Errorf("got %q, want %q", got, wire.ErrEncoding)
	}
}

func TestExchange_readsResponses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/headers":
			if r.Header.Get("User-Agent") != "posthog-c/1" {
				t.Errorf("user agent %q", r.Header.Get("User-Agent"))
			}
			w.Header().Add("X-Many", "a")
			w.Header().Add("X-Many", "b")
			w.Header().Set("ETag", `"1"`)
			w.WriteHeader(304)
		case "/gzip":
			if r.Header.Get("Accept-Encoding") != "gzip" {
				t.Errorf("accepts %q", r.Header.Get("Accept-Encoding"))
			}
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			fmt.Fprint(z, `{"flags":[]}`)
			z.Close()
		case "/gzip-of-nothing":
			w.Header().Set("Content-Encoding", "gzip")
		case "/redirect":
			http.Redirect(w, r, "/headers", http.StatusFound)
		}
	}))
	defer server.Close()
	for _, c := range []struct {
		path   string
		status int
		header string
		value  string
		body   string
	}{
		{"/headers", 304, "x-many", "a, b", ""},
		{"/headers", 304, "etag", `"1"`, ""},
		{"/gzip", 200, "content-encoding", "gzip", `{"flags":[]}`},
		{"/gzip-of-nothing", 200, "content-encoding", "gzip", ""},
		{"/redirect", 302, "location", "/headers", "<a href=\"/headers\">Found</a>.\n\n"},
	} {
		t.Run(c.path+" "+c.header, func(t *testing.T) {
			r := get(server.URL + c.path)
			r.Headers = []wire.Header{{Name: "user-agent", Value: "posthog-c/1"}}
			got := exchange(t.Context(), testTransport(t), r)
			if got.Error != "" || got.Status != c.status || got.Headers[c.header] != c.value || string(got.Body) != c.body {
				t.Errorf("got %+v with body %q, want %+v", got, got.Body, c)
			}
		})
	}
}

// What a response may weigh is counted after decompression, or a few bytes could fill the memory.
func TestReadBody_bounds(t *testing.T) {
	small, err := encode(wire.Gzip, &wire.Body{Head: bytes.Repeat([]byte("a"), 1000)})
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]error{1000: nil, 999: errResponseTooLarge} {
		response := &http.Response{Header: http.Header{"Content-Encoding": {"gzip"}}, Body: io.NopCloser(bytes.NewReader(small))}
		if _, err := readBody(response, limit); !errors.Is(err, want) {
			t.Errorf("1000 bytes with a limit of %d: %v, want %v", limit, err, want)
		}
	}
}

func TestExchange_reusesConnections(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"status":1}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	transport := testTransport(t)
	for range 10 {
		exchange(t.Context(), transport, get(server.URL))
	}
	if opened.Load() != 1 {
		t.Errorf("10 requests opened %d connections, want 1", opened.Load())
	}
}

func TestExchange_failsInTheCoresWords(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-hang
		case "/reset":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		case "/cut":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "short")
		case "/garbage":
			conn, buffered, _ := w.(http.Hijacker).Hijack()
			fmt.Fprint(buffered, "no HTTP at all\r\n\r\n")
			buffered.Flush()
			conn.Close()
		}
	}))
	defer server.Close()
	defer close(hang)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of what the test is about
	secure.StartTLS()
	defer secure.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + free.Addr().String()
	free.Close()

	for _, c := range []struct {
		name, url string
		timeoutMs int64
		want      string
	}{
		{"timeout", server.URL + "/hang", 50, wire.ErrTimeout},
		{"reset", server.URL + "/reset", 10_000, wire.ErrReset},
		{"cut short", server.URL + "/cut", 10_000, wire.ErrReset},
		{"no HTTP", server.URL + "/garbage", 10_000, wire.ErrOther},
		{"unknown certificate", secure.URL, 10_000, wire.ErrTLS},
		{"TLS where there is none", strings.Replace(server.URL, "http:", "https:", 1), 10_000, wire.ErrTLS},
		{"refused", refused, 10_000, wire.ErrConnect},
		{"no URL", "http://[", 10_000, wire.ErrOther},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := get(c.url)
			r.TimeoutMs = c.timeoutMs
			if got := exchange(t.Context(), testTransport(t), r); got.Error != c.want || got.Status != 0 {
				t.Errorf("got %q, status %d; want %q", got.Error, got.Status, c.want)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got := exchange(ctx, testTransport(t), get(server.URL+"/hang")).Error; got != wire.ErrCancelled {
			t.Errorf("got %q, want %q", got, wire.ErrCancelled)
		}
	})
}

// The failures that need a network of a certain kind.
func TestFailureKind(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host"}}, wire.ErrDNS},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true}}, wire.ErrTimeout},
		{&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}, wire.ErrConnect},
		{&net.OpError{Op: "remote error", Err: tls.AlertError(42)}, wire.ErrTLS},
		{fmt.Errorf("wrapped: %w", x509.HostnameError{}), wire.ErrTLS},
		{errors.New("anything"), wire.ErrOther},
	} {
		if got := failureKind(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
}
