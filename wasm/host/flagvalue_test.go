package host_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

const premium = `{"person_properties":{"plan":"premium"}}`

// TestInstance_flagValueIsWhatGetFlagSays asks with inputs that fit the shared block and with one that needs a block of
// its own.
func TestInstance_flagValueIsWhatGetFlagSays(t *testing.T) {
	instance := hosttest.Instance(t)
	call := func(op, in string) string {
		reply, _, err := instance.Call(t.Context(), op, 1, []byte(in), 1)
		if err != nil {
			t.Fatal(err)
		}
		return string(reply)
	}
	call("open", `{"api_key":"phc_test","mode":"memory","entropy":"`+hosttest.Entropy+`"}`)
	call("set_flag_definitions", definitions)
	call("override_flags", `{"flags":{"colour":"dark \"blue\""}}`)
	for _, tc := range []struct {
		key, user, in string
		status        int32
		value         string
	}{
		{"beta", "u", premium, 0, "true"},
		{"beta", "u", `{"person_properties":{"plan":"free"}}`, 0, "false"},
		{"beta", strings.Repeat("u", 1<<20), premium, 0, "true"},
		{"colour", "u", "", 0, `"dark \"blue\""`},
		{"unheard-of", "u", "", 0, "null"},
		{"", "u", "", -2, ""},
		{"beta", "u", "{", -1, ""},
		{"beta", strings.Repeat("u", 3<<20), "", -3, ""},
	} {
		status, value, _, err := instance.FlagValue(t.Context(), 1, tc.key, tc.user, []byte(tc.in), 1)
		if err != nil || status != tc.status || value != tc.value {
			t.Errorf("%s for %.9s with %s: %d %s %v, want %d %s", tc.key, tc.user, tc.in, status, value, err, tc.status, tc.value)
		}
	}
	if _, _, _, err := instance.FlagValue(t.Context(), 1, "beta", strings.Repeat("u", 65<<20), nil, 1); err == nil {
		t.Error("65 MiB of user: want an error")
	}
	if status, _, _, err := instance.FlagValue(t.Context(), 2, "beta", "u", nil, 1); status != -4 || err != nil {
		t.Errorf("of a client that is none: %d %v, want -4", status, err)
	}
}

func TestClient_flagValue(t *testing.T) {
	s := newService(t)
	client := open(t, `{"api_key":"phc_test","secret_key":"phs_test","host":"`+s.URL+`"}`)
	call(t, client, "wait_ready", `{"timeout_ms":30000}`, nil)
	call(t, client, "override_flags", `{"flags":{"colour":"blue"}}`, nil)
	for _, tc := range []struct {
		key, in string
		want    any
	}{
		{"beta", premium, true},
		{"beta", `{"person_properties":{"plan":"free"}}`, false},
		{"colour", "", "blue"},
		{"unheard-of", `{"only_evaluate_locally":true}`, nil},
		// Only PostHog could tell, and the service here knows no such request.
		{"beta", `{"key":"other","distinct_id":"other"}`, nil},
		{"beta", "null", nil},
	} {
		if got, err := client.FlagValue(t.Context(), tc.key, "u", []byte(tc.in)); got != tc.want || err != nil {
			t.Errorf("%s with %s: %v %v, want %v", tc.key, tc.in, got, err, tc.want)
		}
	}
	failed := (*host.StatusError)(nil)
	if got, err := client.FlagValue(t.Context(), "", "u", nil); !errors.As(err, &failed) || failed.Code != "INVALID_ARGUMENT" {
		t.Errorf("without a key: %v %v, want INVALID_ARGUMENT", got, err)
	}
	for _, tc := range []struct{ key, in string }{{"beta", "{"}, {"beta", "[]"}, {"\xff", ""}} {
		if got, err := client.FlagValue(t.Context(), tc.key, "u", []byte(tc.in)); err == nil || got != nil {
			t.Errorf("%q with %s: %v, want an error", tc.key, tc.in, got)
		}
	}
}

// TestClient_flagValueAsksPostHog: what this way cannot decide is one request, as get_flag makes it.
func TestClient_flagValueAsksPostHog(t *testing.T) {
	url, asked := silent(t)
	client := open(t, `{"api_key":"phc_test","host":"`+url+`"}`)
	if got, err := client.FlagValue(t.Context(), "beta", "u", []byte(`{"timeout_ms":50}`)); got != nil || err != nil {
		t.Errorf("of a service that does not answer: %v %v, want nil", got, err)
	}
	<-asked
	call(t, client, "shutdown", `{"timeout_ms":0}`, nil)
	failed := (*host.StatusError)(nil)
	if _, err := client.FlagValue(t.Context(), "beta", "u", nil); !errors.As(err, &failed) || failed.Code != "CLOSED" {
		t.Errorf("after the shutdown: %v, want CLOSED", err)
	}
	client.Close(t.Context())
	if _, err := client.FlagValue(t.Context(), "beta", "u", nil); !errors.Is(err, host.ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
}

// TestClient_flagValueSendsItsExposure: the loop is told that there is something to send.
func TestClient_flagValueSendsItsExposure(t *testing.T) {
	arrived := make(chan int, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		uuids, err := readUUIDs(r)
		if err != nil {
			t.Error(err)
		}
		arrived <- len(uuids)
	}))
	t.Cleanup(server.Close)
	client := open(t, `{"api_key":"phc_test","host":"`+server.URL+`","definitions":"push","flush_interval_ms":20}`)
	call(t, client, "set_flag_definitions", definitions, nil)
	for range 2 {
		if got, err := client.FlagValue(t.Context(), "beta", "u", []byte(premium)); got != true || err != nil {
			t.Fatalf("beta: %v %v", got, err)
		}
	}
	if n := <-arrived; n != 1 {
		t.Errorf("%d exposures arrived, want one", n)
	}
}
