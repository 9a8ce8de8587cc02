package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

const definitions = `{"flags":[{"id":1,"key":"beta","active":true,"filters":{"groups":[{"properties":[` +
	`{"key":"plan","type":"person","value":["premium"],"operator":"exact"}],"rollout_percentage":100}]}}]}`

func newService(t *testing.T, module *host.Module) (*posthog, string) {
	t.Helper()
	posthog, err := newPostHog(t.Context(), module, []byte(`{"api_key":"phc_test","mode":"memory"}`))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { posthog.close() })
	if err := posthog.call(t.Context(), "set_flag_definitions", json.RawMessage(definitions), &struct{}{}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(routes(posthog))
	t.Cleanup(server.Close)
	return posthog, server.URL
}

func read(t *testing.T, response *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestService_purchaseIsCaptured(t *testing.T) {
	posthog, url := newService(t, hosttest.Module(t))
	response, err := http.Post(url+"/purchase", "application/json", strings.NewReader(`{"user":"u-1","amount":12.50}`))
	status, body := read(t, response, err)
	if status != http.StatusOK || !strings.Contains(body, `"uuid":"`) {
		t.Fatalf("POST /purchase: %d %s", status, body)
	}
	var captured struct {
		Events []struct {
			Event      string
			DistinctID string `json:"distinct_id"`
			Properties struct{ Amount json.Number }
		}
	}
	if err := posthog.call(t.Context(), "captured", map[string]any{}, &captured); err != nil {
		t.Fatal(err)
	}
	if len(captured.Events) != 1 {
		t.Fatalf("captured %+v, want one event", captured)
	}
	if e := captured.Events[0]; e.Event != "purchase" || e.DistinctID != "u-1" || e.Properties.Amount != "12.50" {
		t.Errorf("captured %+v", e)
	}
}

func TestService_flagIsEvaluated(t *testing.T) {
	_, url := newService(t, hosttest.Module(t))
	for _, tc := range []struct{ query, want string }{
		{"key=beta&user=u-1&plan=premium", `"value":true`},
		{"key=beta&user=u-1&plan=free", `"value":false`},
		{"key=unheard-of&user=u-1", `"value":null`},
	} {
		response, err := http.Get(url + "/flag?" + tc.query)
		if status, body := read(t, response, err); status != http.StatusOK || !strings.Contains(body, tc.want) {
			t.Errorf("GET /flag?%s: %d %s, want %s", tc.query, status, body, tc.want)
		}
	}
}

func TestService_mistakesAreTheCallers(t *testing.T) {
	_, url := newService(t, hosttest.Module(t))
	response, err := http.Post(url+"/purchase", "application/json", strings.NewReader(`what`))
	if status, body := read(t, response, err); status != http.StatusBadRequest {
		t.Errorf("POST /purchase with text: %d %s", status, body)
	}
	for _, body := range []string{`{"user":"","amount":1}`, `{"user":"` + strings.Repeat("u", maxBody) + `"}`} {
		response, err = http.Post(url+"/purchase", "application/json", strings.NewReader(body))
		if status, text := read(t, response, err); status != http.StatusBadRequest {
			t.Errorf("POST /purchase with %.20s: %d %s", body, status, text)
		}
	}
	response, err = http.Get(url + "/flag?key=beta")
	if status, body := read(t, response, err); status != http.StatusBadRequest || !strings.Contains(body, "distinct_id") {
		t.Errorf("GET /flag without a user: %d %s", status, body)
	}
}

// TestService_outlivesATrap: the events of the lost instance are told of, and the service goes on with a new one.
func TestService_outlivesATrap(t *testing.T) {
	module, err := host.Load(t.Context(), hosttest.Wasm(t), host.Options{CacheDir: hosttest.CacheDir(), MemoryLimitMB: 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { module.Close(context.Background()) })
	_, url := newService(t, module)
	purchase := `{"user":"` + strings.Repeat("u", maxBody-100) + `","amount":1}`
	answered := 0
	for range 1000 {
		response, err := http.Post(url+"/purchase", "application/json", strings.NewReader(purchase))
		status, body := read(t, response, err)
		if status == http.StatusOK {
			answered++
			continue
		}
		if want := fmt.Sprintf("at most %d events were lost", answered+1); status != http.StatusServiceUnavailable || !strings.Contains(body, want) {
			t.Errorf("after %d purchases: %d %s, want 503 and %q", answered, status, body, want)
		}
		break
	}
	response, err := http.Get(url + "/stats")
	if status, body := read(t, response, err); status != http.StatusOK || !strings.Contains(body, `"accepted":0`) {
		t.Errorf("GET /stats after the trap: %d %s, want a new client's", status, body)
	}
	response, err = http.Post(url+"/purchase", "application/json", strings.NewReader(`{"user":"u-1","amount":1}`))
	if status, body := read(t, response, err); status != http.StatusOK {
		t.Errorf("POST /purchase after the trap: %d %s", status, body)
	}
}

// TestServe_deliversBeforeItEnds runs the whole program against a stand-in for PostHog.
func TestServe_deliversBeforeItEnds(t *testing.T) {
	hosttest.Wasm(t)
	uploads := make(chan string, 8)
	posthog := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		uploads <- r.URL.Path
	}))
	defer posthog.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		options := map[string]any{"api_key": "phc_test", "host": posthog.URL}
		served <- serve(ctx, listener, hosttest.Path(), hosttest.CacheDir(), options)
	}()
	url := "http://" + listener.Addr().String()
	response, err := http.Post(url+"/purchase", "application/json", strings.NewReader(`{"user":"u-1","amount":1}`))
	if status, body := read(t, response, err); status != http.StatusOK {
		t.Fatalf("POST /purchase: %d %s", status, body)
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	if len(uploads) != 1 || <-uploads != "/batch/" {
		t.Errorf("want one upload before serve returns, got %d", len(uploads))
	}
}
