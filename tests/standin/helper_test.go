package standin

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// patience is how long a test waits for what should happen at once.
const patience = 10 * time.Second

func start(t *testing.T, options Options) *Server {
	t.Helper()
	server, err := Start(options)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return server
}

// freshClient has no connection to reuse, so that an error is the server's doing and not retried on another one.
func freshClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// got is an answer, read.
type got struct {
	status int
	header http.Header
	body   string
}

// send makes a request and fails the test if no answer comes.
func send(t *testing.T, method, url string, body []byte, headers map[string]string) got {
	t.Helper()
	answer, err := try(t, method, url, body, headers)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return answer
}

// try makes a request on a connection of its own.
func try(t *testing.T, method, url string, body []byte, headers map[string]string) (got, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := freshClient(t).Do(request)
	if err != nil {
		return got{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return got{response.StatusCode, response.Header, string(text)}, err
}

// control makes a request to the control API, expects a status, and decodes the answer.
func control(t *testing.T, server *Server, method, path, body string, status int) any {
	t.Helper()
	answer := send(t, method, server.ControlURL+"/_control/"+path, []byte(body), nil)
	if answer.status != status {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, answer.status, status, answer.body)
	}
	var value any
	if err := json.Unmarshal([]byte(answer.body), &value); err != nil {
		t.Fatalf("%s %s: answer is not JSON: %q", method, path, answer.body)
	}
	return value
}

// fault scripts a fault and fails the test if it is refused.
func fault(t *testing.T, server *Server, f Fault) {
	t.Helper()
	if err := server.AddFault(f); err != nil {
		t.Fatalf("add fault: %v", err)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("not within %v: %s", patience, what)
		case <-tick.C:
		}
	}
}

// batch is a v0 body with one event.
func batch(token, uuid, event string) []byte {
	return encodeJSON(map[string]any{
		"api_key": token,
		"batch": []any{map[string]any{
			"event":       event,
			"uuid":        uuid,
			"distinct_id": "user-1",
			"properties":  map[string]any{"$lib": "posthog-test", "amount": json.Number("12.0")},
		}},
	})
}
