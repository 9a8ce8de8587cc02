package adapter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// scribe is an SDK that writes down what it is told and does nothing.
type scribe struct{ told []string }

func (s *scribe) Do(_ context.Context, client, action string, in []byte) ([]byte, error) {
	s.told = append(s.told, fmt.Sprintf("%s %s %s", client, action, in))
	if strings.Contains(string(in), "refuse me") {
		return nil, fmt.Errorf("refused")
	}
	return []byte(`{"uuid":"an-id","value":"blue","accepted":3,"delivered":1,"queued":2}`), nil
}

func (*scribe) Close() error { return nil }

// ask calls the service as the harness does without parallel tests, and requires 200 and JSON whatever happens.
func ask(t *testing.T, url, method, path, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequest(method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var reply map[string]any
	err = json.NewDecoder(response.Body).Decode(&reply)
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/json" || err != nil {
		t.Fatalf("%s: HTTP %d, %s, %v", path, response.StatusCode, response.Header.Get("Content-Type"), err)
	}
	return reply
}

func TestFront_answersTheHarness(t *testing.T) {
	sdk := &scribe{}
	front, err := NewFront(Host{Name: "scribe"}, sdk, Profile{"v1", "zstd"})
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	server := httptest.NewServer(front)
	defer server.Close()
	for _, tc := range []struct {
		method, path, body string
		// want are members of the reply; told is what the SDK is told of it, with the client's address left out.
		want map[string]any
		told []string
	}{
		{"GET", "/health", "", map[string]any{"sdk_name": "libposthog-scribe", "supports_parallel": true, "adapter_version": Version}, nil},
		{"POST", "/reset", "", map[string]any{"success": true}, nil},
		{"POST", "/flush", "", map[string]any{"success": false}, nil},
		{"GET", "/state", "", map[string]any{"success": true, "pending_events": 0.0, "last_error": nil}, nil},
		{"POST", "/init", "no JSON", map[string]any{"success": false}, nil},
		{"POST", "/init", `{"api_key":"k","host":"no URL"}`, map[string]any{"success": false}, nil},
		{"POST", "/init", `{"api_key":"k","host":"http://localhost:1"}`, map[string]any{"success": true}, []string{
			`client-2 init {"api_key":"k","host":"…","flush_at":100,"flush_interval_ms":5000,"max_retries":3,"capture_mode":"v1",` +
				`"compression":"none","disable_geoip":false,"historical_migration":false,"headers":{}}`}},
		{"POST", "/capture", `{"distinct_id":"u","event":"e","properties":null,"timestamp":null}`, map[string]any{"success": true, "uuid": "an-id"},
			[]string{`client-2 capture {"distinct_id":"u","event":"e"}`}},
		{"POST", "/capture", `{"distinct_id":"u","event":"e","properties":{"n":1.50},"options":{"cookieless_mode":true}}`, map[string]any{"success": true},
			[]string{`client-2 capture {"distinct_id":"u","event":"e","properties":{"$cookieless_mode":true,"n":1.50}}`}},
		{"POST", "/capture", `{"distinct_id":"u","event":"refuse me"}`, map[string]any{"success": false, "error": "capture: refused"},
			[]string{`client-2 capture {"distinct_id":"u","event":"refuse me"}`}},
		{"POST", "/get_feature_flag", `{"key":"a","distinct_id":"u","groups":{},"force_remote":true}`, map[string]any{"success": true, "value": "blue"},
			[]string{`client-2 get_feature_flag {"key":"a","distinct_id":"u","groups":{}}`}},
		{"POST", "/flush", "", map[string]any{"success": true, "events_flushed": 0.0}, []string{"client-2 stats {}", "client-2 flush {}", "client-2 stats {}"}},
		{"GET", "/state", "", map[string]any{"success": true, "pending_events": 2.0, "total_events_captured": 3.0, "total_events_sent": 1.0},
			[]string{"client-2 stats {}"}},
		{"POST", "/init?test_id=t-1", `{"host":"http://localhost:1","enable_compression":true,"max_retries":1}`, map[string]any{"success": true}, []string{
			`client-3 init {"api_key":"","host":"…","flush_at":100,"flush_interval_ms":5000,"max_retries":1,"capture_mode":"v1",` +
				`"compression":"zstd","disable_geoip":false,"historical_migration":false,"headers":{"X-Test-Id":"t-1"}}`}},
		{"POST", "/reset", "", map[string]any{"success": true}, []string{"client-2 reset {}"}},
		{"POST", "/reset?test_id=t-1", "", map[string]any{"success": true}, []string{"client-3 reset {}"}},
	} {
		sdk.told = nil
		reply := ask(t, server.URL, tc.method, tc.path, tc.body)
		for name, want := range tc.want {
			if reply[name] != want {
				t.Errorf("%s %s: %s is %v, want %v", tc.path, tc.body, name, reply[name], want)
			}
		}
		for i, line := range sdk.told {
			if before, after, found := strings.Cut(line, "http://127.0.0.1:"); found {
				_, after, _ = strings.Cut(after, `"`)
				sdk.told[i] = before + `…"` + after
			}
		}
		if !slices.Equal(sdk.told, tc.told) {
			t.Errorf("%s %s: the SDK is told\n%s, want\n%s", tc.path, tc.body, strings.Join(sdk.told, "\n"), strings.Join(tc.told, "\n"))
		}
	}
}
