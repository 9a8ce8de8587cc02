package main

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/libposthog/libposthog/wasm/host"
)

const (
	// maxBody bounds what a caller may send.
	maxBody = 64 << 10
	// flagTimeoutMs bounds how long a page waits for a flag that PostHog has to decide.
	flagTimeoutMs = 500
)

// service answers requests with the help of one PostHog client.
type service struct {
	posthog *posthog
}

func routes(posthog *posthog) http.Handler {
	s := &service{posthog}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /purchase", s.purchase)
	mux.HandleFunc("GET /flag", s.flag)
	mux.HandleFunc("GET /stats", s.stats)
	return mux
}

// purchase captures an event. It answers before the event is sent.
func (s *service) purchase(w http.ResponseWriter, r *http.Request) {
	var purchase struct {
		User   string
		Amount json.Number
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&purchase); err != nil || purchase.User == "" {
		http.Error(w, `want {"user":"…","amount":…}`, http.StatusBadRequest)
		return
	}
	var captured struct {
		UUID string `json:"uuid"`
	}
	err := s.posthog.call(r.Context(), "capture", map[string]any{
		"event":       "purchase",
		"distinct_id": purchase.User,
		"properties":  map[string]any{"amount": purchase.Amount},
	}, &captured)
	answer(w, captured, err)
}

// flag evaluates a flag for a user; value is null where it cannot be decided in time.
func (s *service) flag(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var record struct {
		Value  any    `json:"value"`
		Reason string `json:"reason"`
	}
	err := s.posthog.call(r.Context(), "get_flag", map[string]any{
		"key":               query.Get("key"),
		"distinct_id":       query.Get("user"),
		"person_properties": map[string]any{"plan": query.Get("plan")},
		"timeout_ms":        flagTimeoutMs,
	}, &record)
	answer(w, record, err)
}

// stats shows the ledger: what became of every event.
func (s *service) stats(w http.ResponseWriter, r *http.Request) {
	var ledger json.RawMessage
	err := s.posthog.call(r.Context(), "stats", map[string]any{}, &ledger)
	answer(w, ledger, err)
}

// answer writes a value as JSON, or a failure by whose fault it is.
func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

func statusOf(err error) int {
	failed := (*host.StatusError)(nil)
	if !errors.As(err, &failed) {
		return http.StatusServiceUnavailable
	}
	switch failed.Code {
	case "INVALID_ARGUMENT", "INVALID_JSON":
		return http.StatusBadRequest
	case "TOO_LARGE":
		return http.StatusRequestEntityTooLarge
	case "TIMEOUT":
		return http.StatusGatewayTimeout
	default:
		return http.StatusServiceUnavailable
	}
}
