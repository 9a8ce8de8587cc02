package adapter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/libposthog/libposthog"
)

// Version is the adapter's own.
const Version = "1"

// The harness's defaults, where /init leaves something out. disable_geoip is the harness's too: libposthog's own
// default is true.
const (
	defaultFlushAt         = 100
	defaultFlushIntervalMs = 5000
	defaultMaxRetries      = 3
)

// Profile is what one adapter process is set to, since /init cannot say it.
type Profile struct {
	// Protocol is v0 or v1.
	Protocol string
	// Encoding is what enable_compression means: gzip, deflate, br or zstd.
	Encoding string
}

func (p Profile) String() string { return p.Protocol + "-" + p.Encoding }

// Front is the HTTP service. One client is kept for each test_id, and one for calls without.
type Front struct {
	host     Host
	sdk      SDK
	profile  Profile
	recorder *recorder
	mux      *http.ServeMux

	mu       sync.Mutex
	sessions map[string]*session
	// clients numbers the clients, so that one that was reset is never taken for its successor.
	clients int
}

// session is the client of one test.
type session struct {
	// mu makes init and reset wait for each other.
	mu     sync.Mutex
	client string
	record *record
}

// NewFront puts the service in front of an SDK, which it owns from then on.
func NewFront(host Host, sdk SDK, profile Profile) (*Front, error) {
	recorder, err := newRecorder()
	if err != nil {
		return nil, err
	}
	f := &Front{host: host, sdk: sdk, profile: profile, recorder: recorder, mux: http.NewServeMux(), sessions: map[string]*session{}}
	f.mux.HandleFunc("GET /health", f.health)
	for pattern, handle := range map[string]func(context.Context, *session, string, []byte) (map[string]any, error){
		"POST /init":             f.init,
		"POST /capture":          f.capture("capture"),
		"POST /capture_ai":       f.capture("capture_ai"),
		"POST /flush":            f.flush,
		"POST /get_feature_flag": f.getFeatureFlag,
		"POST /reset":            f.reset,
		"GET /state":             f.state,
	} {
		f.mux.HandleFunc(pattern, f.answer(handle))
	}
	return f, nil
}

func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

// Close ends the SDK.
func (f *Front) Close() error { return errors.Join(f.sdk.Close(), f.recorder.Close()) }

func (f *Front) health(w http.ResponseWriter, _ *http.Request) {
	write(w, map[string]any{
		"sdk_name": "libposthog-" + f.host.Name, "sdk_version": libposthog.Version, "adapter_version": Version,
		"supports_parallel": true, "capabilities": f.capabilities(),
	})
}

// capabilities are what the harness chooses its tests by. The AI lane speaks v0 whatever the analytics lane speaks.
func (f *Front) capabilities() []string {
	return []string{"capture_" + f.profile.Protocol, "encoding_" + f.profile.Encoding, "capture_ai_v0"}
}

// answer reads a request and writes what became of it: always 200, since anything else ends the harness's test with
// another reason than its own.
func (f *Front) answer(handle func(context.Context, *session, string, []byte) (map[string]any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		test := r.URL.Query().Get("test_id")
		body, err := io.ReadAll(r.Body)
		var reply map[string]any
		if err == nil {
			reply, err = handle(r.Context(), f.session(test), test, body)
		}
		if reply == nil {
			reply = map[string]any{}
		}
		if reply["success"] = err == nil; err != nil {
			reply["error"] = err.Error()
		}
		write(w, reply)
	}
}

func write(w http.ResponseWriter, reply map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(reply)
}

// session returns the session of a test, made on demand.
func (f *Front) session(test string) *session {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[test]
	if s == nil {
		s = &session{}
		f.sessions[test] = s
	}
	return s
}

func (f *Front) init(ctx context.Context, s *session, test string, body []byte) (map[string]any, error) {
	given := struct {
		Init
		EnableCompression bool `json:"enable_compression"`
	}{Init: Init{FlushAt: defaultFlushAt, FlushIntervalMs: defaultFlushIntervalMs, MaxRetries: defaultMaxRetries}}
	if err := json.Unmarshal(body, &given); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := f.end(ctx, s); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.clients++
	client := "client-" + strconv.Itoa(f.clients)
	f.mu.Unlock()
	record, host, err := f.recorder.add(client, given.Host)
	if err != nil {
		return nil, err
	}
	in := given.Init
	in.Host, in.CaptureMode, in.Compression, in.Headers = host, f.profile.Protocol, "none", map[string]string{}
	if given.EnableCompression {
		in.Compression = f.profile.Encoding
	}
	if test != "" {
		in.Headers["X-Test-Id"] = test
	}
	if err := f.do(ctx, client, "init", in, nil); err != nil {
		f.recorder.remove(client)
		return nil, err
	}
	s.client, s.record = client, record
	return nil, nil
}

// sentinels are the properties that a user of the SDK sets to ask for an event option.
var sentinels = map[string]string{
	"cookieless_mode":         "$cookieless_mode",
	"disable_skew_correction": "$ignore_sent_at",
	"process_person_profile":  "$process_person_profile",
	"product_tour_id":         "$product_tour_id",
}

func (f *Front) capture(action string) func(context.Context, *session, string, []byte) (map[string]any, error) {
	return func(ctx context.Context, s *session, _ string, body []byte) (map[string]any, error) {
		var given struct {
			DistinctID string                     `json:"distinct_id"`
			Event      string                     `json:"event"`
			Properties map[string]json.RawMessage `json:"properties,omitempty"`
			Timestamp  *string                    `json:"timestamp,omitempty"`
			UUID       *string                    `json:"uuid,omitempty"`
			Options    map[string]json.RawMessage `json:"options,omitempty"`
		}
		if err := json.Unmarshal(body, &given); err != nil {
			return nil, err
		}
		for option, value := range given.Options {
			if given.Properties == nil {
				given.Properties = map[string]json.RawMessage{}
			}
			given.Properties[sentinels[option]] = value
		}
		given.Options = nil
		var reply struct {
			UUID *string `json:"uuid"`
		}
		if err := f.act(ctx, s, action, given, &reply); err != nil {
			return nil, err
		}
		return map[string]any{"uuid": reply.UUID}, nil
	}
}

func (f *Front) flush(ctx context.Context, s *session, _ string, _ []byte) (map[string]any, error) {
	var before, after Ledger
	err := f.act(ctx, s, "stats", struct{}{}, &before)
	if err == nil {
		err = f.act(ctx, s, "flush", struct{}{}, nil)
	}
	if err == nil {
		err = f.act(ctx, s, "stats", struct{}{}, &after)
	}
	return map[string]any{"events_flushed": after.Delivered - before.Delivered}, err
}

func (f *Front) getFeatureFlag(ctx context.Context, s *session, _ string, body []byte) (map[string]any, error) {
	var given struct {
		Key              string          `json:"key"`
		DistinctID       string          `json:"distinct_id"`
		PersonProperties json.RawMessage `json:"person_properties,omitempty"`
		Groups           json.RawMessage `json:"groups,omitempty"`
		GroupProperties  json.RawMessage `json:"group_properties,omitempty"`
		DisableGeoip     *bool           `json:"disable_geoip,omitempty"`
	}
	if err := json.Unmarshal(body, &given); err != nil {
		return nil, err
	}
	// force_remote needs nothing: a client without a secret key has no definitions to decide by.
	var reply struct {
		Value json.RawMessage `json:"value"`
	}
	err := f.act(ctx, s, "get_feature_flag", given, &reply)
	return map[string]any{"value": reply.Value}, err
}

func (f *Front) state(ctx context.Context, s *session, _ string, _ []byte) (map[string]any, error) {
	s.mu.Lock()
	record := s.record
	s.mu.Unlock()
	var l Ledger
	attempts, retries, lastError := []Attempt{}, 0, any(nil)
	if record != nil {
		if err := f.act(ctx, s, "stats", struct{}{}, &l); err != nil {
			return nil, err
		}
		var problem string
		if attempts, problem = record.told(); problem != "" {
			lastError = problem
		}
	}
	for _, a := range attempts {
		if a.RetryAttempt > 0 {
			retries++
		}
	}
	return map[string]any{
		"pending_events": l.Queued + l.InFlight, "total_events_captured": l.Accepted, "total_events_sent": l.Delivered,
		"total_retries": retries, "last_error": lastError, "requests_made": attempts,
	}, nil
}

func (f *Front) reset(ctx context.Context, s *session, test string, _ []byte) (map[string]any, error) {
	f.mu.Lock()
	delete(f.sessions, test)
	f.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, f.end(ctx, s)
}

// end drops a session's client, and what it has not sent.
func (f *Front) end(ctx context.Context, s *session) error {
	if s.client == "" {
		return nil
	}
	client := s.client
	s.client, s.record = "", nil
	err := f.do(ctx, client, "reset", struct{}{}, nil)
	f.recorder.remove(client)
	return err
}

// act performs an action of a session's client.
func (f *Front) act(ctx context.Context, s *session, action string, in, out any) error {
	s.mu.Lock()
	client := s.client
	s.mu.Unlock()
	if client == "" {
		return fmt.Errorf("%s before init", action)
	}
	return f.do(ctx, client, action, in, out)
}

func (f *Front) do(ctx context.Context, client, action string, in, out any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	reply, err := f.sdk.Do(ctx, client, action, text)
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(reply, out)
}
