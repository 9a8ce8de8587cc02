package main

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/tests/adapter"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// tampered is an SDK that is made to err in one way.
type tampered struct {
	adapter.SDK
	do func(next adapter.SDK, client, action string, in []byte) ([]byte, error)
}

func (s tampered) Do(ctx context.Context, client, action string, in []byte) ([]byte, error) {
	if reply, err := s.do(s.SDK, client, action, in); reply != nil || err != nil {
		return reply, err
	}
	return s.SDK.Do(ctx, client, action, in)
}

// rewrite replaces a text in the input of an action.
func rewrite(of, old, new string) func(adapter.SDK, string, string, []byte) ([]byte, error) {
	return func(next adapter.SDK, client, action string, in []byte) ([]byte, error) {
		if action != of || !strings.Contains(string(in), old) {
			return nil, nil
		}
		return next.Do(context.Background(), client, action, []byte(strings.ReplaceAll(string(in), old, new)))
	}
}

// answering gives an action an answer of the test's own.
func answering(of, reply string) func(adapter.SDK, string, string, []byte) ([]byte, error) {
	return func(_ adapter.SDK, _, action string, _ []byte) ([]byte, error) {
		if action == of {
			return []byte(reply), nil
		}
		return nil, nil
	}
}

// TestJudge_seesWhatIsWrong: each fault turns the contract red that is about it, and without a fault it is green.
func TestJudge_seesWhatIsWrong(t *testing.T) {
	v0, v1 := adapter.Profile{Protocol: "v0", Encoding: "gzip"}, adapter.Profile{Protocol: "v1", Encoding: "gzip"}
	wazero, err := adapter.StartWazero(hosttest.Path(), hosttest.CacheDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wazero.Close() })
	mock, err := newMock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mock.close)
	for _, tc := range []struct {
		fault    string
		profile  adapter.Profile
		contract string
		do       func(adapter.SDK, string, string, []byte) ([]byte, error)
	}{
		{"none", v0, "capture/retries_on_503", answering("", "")},
		{"none", v1, "capture_v1/retries_only_retry_events_from_partial", answering("", "")},
		{"a retry too many", v0, "capture/max_retries_respected", rewrite("init", `"max_retries":3`, `"max_retries":4`)},
		{"a retry too few", v0, "capture/max_retries_respected", rewrite("init", `"max_retries":3`, `"max_retries":2`)},
		{"no retry", v0, "capture/retries_on_500", rewrite("init", `"max_retries":3`, `"max_retries":0`)},
		{"geoip as the library would have it", v0, "capture/disable_geoip_is_absent_by_default", rewrite("init", `"disable_geoip":false`, `"disable_geoip":true`)},
		{"geoip as the library would have it", v0, "feature_flags/disable_geoip_omitted_defaults_to_false", rewrite("init", `"disable_geoip":false`, `"disable_geoip":true`)},
		{"no compression", v0, "encoding/sends_gzip", rewrite("init", `"compression":"gzip"`, `"compression":"none"`)},
		{"the other protocol", v1, "capture_v1/targets_v1_endpoint", rewrite("init", `"capture_mode":"v1"`, `"capture_mode":"v0"`)},
		{"another key", v0, "capture/token_is_present", rewrite("init", `phc_specific_key_12345`, `phc_other`)},
		{"batches of one", v0, "capture/multiple_events_batched_together", rewrite("init", `"flush_at":10`, `"flush_at":10,"max_batch_size":1,"flush_at":1`)},
		{"timestamps lost", v0, "capture/non_utc_event_timestamp_is_converted_to_utc", rewrite("capture", `"timestamp":"2025-01-02T08:34:05+05:30"`, `"x":0`)},
		{"timestamps without their zone", v0, "capture/non_utc_event_timestamp_is_converted_to_utc", rewrite("capture", `08:34:05+05:30`, `08:34:05Z`)},
		{"one uuid for all", v0, "capture/generates_unique_uuids", rewrite("capture", `{`, `{"uuid":"0198c0de-0000-7000-8000-000000000abc",`)},
		{"an event twice", v0, "capture/flush_at_triggers_batch", func(next adapter.SDK, client, action string, in []byte) ([]byte, error) {
			if action == "capture" {
				next.Do(context.Background(), client, action, in)
			}
			return nil, nil
		}},
		{"an option as a property", v1, "capture_v1/option_cookieless_mode", rewrite("capture", `$cookieless_mode`, `cookieless`)},
		{"AI events among the others", v0, "capture_ai/capture_ai_posts_to_ai_endpoint", func(next adapter.SDK, client, action string, in []byte) ([]byte, error) {
			if action != "capture_ai" {
				return nil, nil
			}
			return next.Do(context.Background(), client, "capture", in)
		}},
		{"a uuid of its own", v0, "capture_ai/capture_ai_keeps_supplied_uuid", rewrite("capture_ai", `"uuid"`, `"id"`)},
		{"an invented value", v0, "feature_flags/mock_response_value_is_returned_to_caller", answering("get_feature_flag", `{"value":true}`)},
		{"all flags", v0, "feature_flags/two_flag_calls_produce_two_remote_requests", answering("get_feature_flag", `{"value":null}`)},
		{"no reset", v0, "adapter/reset_drops_what_is_queued", func(next adapter.SDK, client, action string, _ []byte) ([]byte, error) {
			if action == "reset" {
				return next.Do(context.Background(), client, "flush", []byte("{}"))
			}
			return nil, nil
		}},
		{"a ledger of wishes", v0, "adapter/state_counts_a_loss", answering("stats", `{"accepted":1,"delivered":1}`)},
	} {
		t.Run(tc.contract+" with "+tc.fault, func(t *testing.T) {
			t.Parallel()
			sdk := tampered{shared{adapter.Operations(wazero), t.Name()}, tc.do}
			front, err := adapter.NewFront(adapter.Host{Name: "wazero"}, sdk, tc.profile)
			if err != nil {
				t.Fatal(err)
			}
			defer front.Close()
			server := httptest.NewServer(front)
			defer server.Close()
			problem := run(server.URL, mock, strings.ReplaceAll(t.Name(), "/", "-"), find(t, tc.contract))
			if (problem == nil) != (tc.fault == "none") || problem != nil && strings.Contains(problem.Error(), "answers map") {
				t.Errorf("the judge says: %v", problem)
			}
		})
	}
}

// shared is an SDK that several fronts use: it stays open, and each front has clients of its own.
type shared struct {
	adapter.SDK
	prefix string
}

func (s shared) Do(ctx context.Context, client, action string, in []byte) ([]byte, error) {
	return s.SDK.Do(ctx, s.prefix+client, action, in)
}

func (shared) Close() error { return nil }

func find(t *testing.T, name string) contract {
	for _, c := range contracts() {
		if c.name == name {
			return c
		}
	}
	t.Fatalf("no contract %s", name)
	return contract{}
}
