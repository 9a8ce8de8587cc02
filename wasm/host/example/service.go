package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/libposthog/libposthog/wasm/host"
)

// service answers requests with the help of one PostHog client.
type service struct {
	posthog *host.Client
}

func routes(client *host.Client) http.Handler {
	s := &service{client}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /purchase", s.purchase)
	mux.HandleFunc("GET /flag", s.flag)
	return mux
}

// call performs an operation with Go values on both sides.
func (s *service) call(ctx context.Context, op string, in, out any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	reply, err := s.posthog.Call(ctx, op, text)
	if err != nil {
		return err
	}
	return json.Unmarshal(reply, out)
}

// purchase captures an event. It answers before the event is sent.
func (s *service) purchase(w http.ResponseWriter, r *http.Request) {
	var purchase struct {
		User   string
		Amount json.Number
	}
	if err := json.NewDecoder(r.Body).Decode(&purchase); err != nil {
		http.Error(w, "want {\"user\":…,\"amount\":…}", http.StatusBadRequest)
		return
	}
	var captured struct {
		UUID string `json:"uuid"`
	}
	err := s.call(r.Context(), "capture", map[string]any{
		"event":       "purchase",
		"distinct_id": purchase.User,
		"properties":  map[string]any{"amount": purchase.Amount},
	}, &captured)
	answer(w, captured, err)
}

// flag evaluates a flag for a user; value is null where it cannot be decided.
func (s *service) flag(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var record struct {
		Value  any    `json:"value"`
		Reason string `json:"reason"`
	}
	err := s.call(r.Context(), "get_flag", map[string]any{
		"key":               query.Get("key"),
		"distinct_id":       query.Get("user"),
		"person_properties": map[string]any{"plan": query.Get("plan")},
	}, &record)
	answer(w, record, err)
}

// answer writes a value as JSON. A failed operation is the caller's mistake, anything else the service's.
func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		status := http.StatusServiceUnavailable
		if failed := (*host.StatusError)(nil); errors.As(err, &failed) {
			status = http.StatusBadRequest
		}
		http.Error(w, err.Error(), status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}
