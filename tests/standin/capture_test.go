package standin

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// encode compresses with one of the encodings that SDKs use.
func encode(t *testing.T, encoding string, body []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	var writer io.WriteCloser
	switch encoding {
	case "gzip":
		writer = gzip.NewWriter(&buffer)
	case "deflate":
		writer = zlib.NewWriter(&buffer)
	case "br":
		writer = brotli.NewWriter(&buffer)
	case "zstd":
		encoder, err := zstd.NewWriter(&buffer)
		if err != nil {
			t.Fatal(err)
		}
		writer = encoder
	default:
		return body
	}
	if _, err := writer.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func TestCapture_pathsAndEncodings(t *testing.T) {
	server := start(t, Options{})
	v1 := []byte(`{"batch":[{"event":"paid","uuid":"u-1","distinct_id":"user-1","options":{},"properties":{"amount":12.0}}]}`)
	v0 := batch("phc_a", "u-1", "paid")
	paths := []struct {
		path, want string
		body       []byte
	}{
		{"/batch/", `{"status":1}`, v0},
		{"/batch", `{"status":1}`, v0},
		{"/ingest/batch/", `{"status":1}`, v0},
		{"/i/v0/ai/batch/", `{"status":1}`, v0},
		{"/deep/er/i/v0/ai/batch/", `{"status":1}`, v0},
		{"/i/v1/analytics/events", `{"results":{"u-1":{"result":"ok"}}}`, v1},
		{"/ingest/i/v1/analytics/events/", `{"results":{"u-1":{"result":"ok"}}}`, v1},
	}
	for _, p := range paths {
		for _, encoding := range []string{"", "identity", "gzip", "deflate", "br", "zstd"} {
			t.Run(p.path+" "+encoding, func(t *testing.T) {
				if err := server.Reset(); err != nil {
					t.Fatal(err)
				}
				headers := map[string]string{
					"Authorization":      "Bearer phc_a",
					"User-Agent":         "posthog-test/1.2.3",
					"PostHog-Request-Id": "r-1",
				}
				if encoding != "" {
					headers["Content-Encoding"] = encoding
				}
				answer := send(t, http.MethodPost, server.URL+p.path, encode(t, encoding, p.body), headers)
				if answer.status != http.StatusOK || answer.body != p.want {
					t.Fatalf("answer %d %s, want 200 %s", answer.status, answer.body, p.want)
				}
				if strings.Contains(p.path, "/i/v1/") && answer.header.Get("PostHog-Request-Id") != "r-1" {
					t.Errorf("PostHog-Request-Id is not echoed: %v", answer.header)
				}
				checkPaid(t, server, p.path, string(p.body))
			})
		}
	}
}

// checkPaid expects exactly one event and one request, recorded in full.
func checkPaid(t *testing.T, server *Server, path, body string) {
	t.Helper()
	events := server.Events(Filter{})
	if len(events) != 1 {
		t.Fatalf("%d events, want 1", len(events))
	}
	event := *events[0]
	if event.ReceivedAtMS == 0 || !strings.Contains(string(event.Properties), `"amount":12.0`) {
		t.Errorf("event has no time or not its properties as sent: %+v", event)
	}
	event.ReceivedAtMS, event.Properties = 0, nil
	want := Event{Token: "phc_a", Path: path, Lib: "posthog-test", Event: "paid", UUID: "u-1", DistinctID: "user-1"}
	if event.Token != want.Token || event.notice() != want.notice() {
		t.Errorf("event %+v, want %+v", event, want)
	}
	requests := server.Requests(Filter{})
	if len(requests) != 1 {
		t.Fatalf("%d requests, want 1", len(requests))
	}
	r := requests[0]
	if r.Method != http.MethodPost || r.Path != path || r.Body != body || r.Status != 200 || r.Token != "phc_a" ||
		r.Lib != "posthog-test" || r.Headers["user-agent"] != "posthog-test/1.2.3" || r.RemoteAddr == "" || r.ReceivedAtMS == 0 {
		t.Errorf("request is recorded as %+v", r)
	}
}

func TestCapture_gzipHintInQueryDecodes(t *testing.T) {
	server := start(t, Options{})
	body := encode(t, "gzip", batch("phc_a", "u-1", "paid"))
	if answer := send(t, http.MethodPost, server.URL+"/batch/?compression=gzip", body, nil); answer.status != 200 {
		t.Errorf("without the header: %d %s", answer.status, answer.body)
	}
	headers := map[string]string{"Content-Encoding": "gzip"}
	if answer := send(t, http.MethodPost, server.URL+"/batch/?compression=gzip", body, headers); answer.status != 200 {
		t.Errorf("with both: %d %s", answer.status, answer.body)
	}
}

func TestCapture_refusesAndRecords(t *testing.T) {
	server := start(t, Options{})
	bearer := map[string]string{"Authorization": "Bearer phc_a"}
	large := bytes.Repeat([]byte(" "), maxBody+1)
	cases := []struct {
		name, method, path string
		body               []byte
		headers            map[string]string
		status             int
		want               string // in the body
	}{
		{"v0 not JSON", "POST", "/batch/", []byte(`{"api_key":`), nil, 400, "request_parsing_error"},
		{"v0 NaN", "POST", "/batch/", []byte(`{"api_key":"k","batch":[{"event":"e","properties":{"a":NaN}}]}`), nil, 400, "request_parsing_error"},
		{"v0 empty", "POST", "/batch/", nil, nil, 400, "request_parsing_error"},
		{"v0 null", "POST", "/batch/", []byte(`null`), nil, 400, "request_parsing_error"},
		{"v0 no batch", "POST", "/batch/", []byte(`{"api_key":"k"}`), nil, 400, "batch is not an array"},
		{"v0 event without name", "POST", "/batch/", []byte(`{"api_key":"k","batch":[{}]}`), nil, 400, "event 0"},
		{"v0 properties not an object", "POST", "/batch/", []byte(`{"api_key":"k","batch":[{"event":"e","properties":[]}]}`), nil, 400, "event 0"},
		{"v0 no key", "POST", "/batch/", []byte(`{"batch":[{"event":"e"}]}`), nil, 401, "missing_api_key"},
		{"v0 wrong method", "GET", "/batch/", nil, nil, 405, "method_not_allowed"},
		{"v0 broken gzip", "POST", "/batch/", []byte("not gzip"), map[string]string{"Content-Encoding": "gzip"}, 400, "decode gzip"},
		{"v0 cut gzip", "POST", "/batch/", encode(t, "gzip", batch("k", "u", "e"))[:40], map[string]string{"Content-Encoding": "gzip"}, 400, "decode gzip"},
		{"v0 unknown encoding", "POST", "/batch/", batch("k", "u", "e"), map[string]string{"Content-Encoding": "lz4"}, 415, "unsupported_content_encoding"},
		{"v0 too large", "POST", "/batch/", large, nil, 413, "payload_too_large"},
		{"gzip bomb", "POST", "/batch/", encode(t, "gzip", large), map[string]string{"Content-Encoding": "gzip"}, 413, "payload_too_large"},
		{"zstd bomb", "POST", "/batch/", encode(t, "zstd", large), map[string]string{"Content-Encoding": "zstd"}, 413, "payload_too_large"},
		{"v1 no credential", "POST", "/i/v1/analytics/events", []byte(`{"batch":[]}`), nil, 401, "missing_authorization"},
		{"v1 not JSON", "POST", "/i/v1/analytics/events", []byte(`[`), bearer, 400, "error_description"},
		{"v1 no uuid", "POST", "/i/v1/analytics/events", []byte(`{"batch":[{"event":"e"}]}`), bearer, 400, "event 0 has no uuid"},
		{"unknown path", "POST", "/decide/", []byte(`{}`), nil, 404, "not_found"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := server.Reset(); err != nil {
				t.Fatal(err)
			}
			answer := send(t, c.method, server.URL+c.path, c.body, c.headers)
			if answer.status != c.status || !strings.Contains(answer.body, c.want) {
				t.Errorf("answer %d %s, want %d and %q", answer.status, answer.body, c.status, c.want)
			}
			if content := answer.header.Get("Content-Type"); content != "application/json" {
				t.Errorf("content type %q", content)
			}
			requests := server.Requests(Filter{})
			if len(requests) != 1 || requests[0].Status != c.status || requests[0].Error == "" {
				t.Errorf("recorded as %+v", requests)
			}
			if events := server.Events(Filter{}); len(events) != 0 {
				t.Errorf("%d events of a refused request", len(events))
			}
		})
	}
}

func TestCapture_tooLargeIsAnsweredAlsoToAClientThatSendsAllFirst(t *testing.T) {
	server := start(t, Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	const size = maxBody + 16<<20
	if _, err := fmt.Fprintf(conn, "POST /batch/ HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", size); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(make([]byte, size)); err != nil {
		t.Fatalf("send: %v", err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestCapture_readsWhereTheSDKsPutIt(t *testing.T) {
	cases := []struct {
		name, body, agent string
		want              Event
	}{
		{"token at the root", `{"token":"t","batch":[{"event":"e"}]}`, "posthog-go/1", Event{Token: "t", Lib: "posthog-go"}},
		{"token in the event", `{"batch":[{"event":"e","api_key":"t"}]}`, "curl", Event{Token: "t", Lib: "curl"}},
		{"token in properties", `{"batch":[{"event":"e","properties":{"token":"t"}}]}`, "a b/1", Event{Token: "t", Lib: "a"}},
		{"lib in properties", `{"api_key":"t","batch":[{"event":"e","properties":{"$lib":"l"}}]}`, "a/1", Event{Token: "t", Lib: "l"}},
		{"distinct_id in properties", `{"api_key":"t","batch":[{"event":"e","properties":{"distinct_id":"d"}}]}`, "a/1", Event{Token: "t", Lib: "a", DistinctID: "d"}},
		{"distinct_id a number", `{"api_key":"t","batch":[{"event":"e","distinct_id":7.0}]}`, "a/1", Event{Token: "t", Lib: "a", DistinctID: "7.0"}},
		{"names match exactly", `{"api_key":"t","batch":[{"event":"e","Distinct_ID":"no","UUID":"no"}]}`, "a/1", Event{Token: "t", Lib: "a"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			server := start(t, Options{})
			if answer := send(t, "POST", server.URL+"/batch/", []byte(c.body), map[string]string{"User-Agent": c.agent}); answer.status != 200 {
				t.Fatalf("answer %d %s", answer.status, answer.body)
			}
			got := *server.Events(Filter{})[0]
			want := c.want
			want.Event, want.Path, want.ReceivedAtMS = "e", "/batch/", got.ReceivedAtMS
			if got.notice() != want.notice() {
				t.Errorf("event %+v, want %+v", got, want)
			}
		})
	}
}

func TestRequests_shareARemoteAddressByConnection(t *testing.T) {
	server := start(t, Options{})
	client := freshClient(t)
	for range 3 {
		response, err := client.Post(server.URL+"/batch/", "application/json", bytes.NewReader(batch("k", "", "e")))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
	send(t, "POST", server.URL+"/batch/", batch("k", "", "e"), nil)
	addresses := make(map[string]int)
	for _, request := range server.Requests(Filter{}) {
		addresses[request.RemoteAddr]++
	}
	if len(addresses) != 2 {
		t.Errorf("4 requests on 2 connections came from %v", addresses)
	}
}
