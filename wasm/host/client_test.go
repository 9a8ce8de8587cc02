package host_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// service is a stand-in for PostHog: it keeps the events it gets and serves one flag.
type service struct {
	*httptest.Server
	mu sync.Mutex
	// events counts the deliveries of each uuid.
	events map[string]int
	// encodings are the content encodings of the uploads.
	encodings []string
	problems  []string
}

const definitions = `{"flags":[{"id":1,"key":"beta","active":true,"version":3,"filters":{"groups":[` +
	`{"properties":[{"key":"plan","type":"person","value":["premium"],"operator":"exact"}],"rollout_percentage":100}]}}],` +
	`"group_type_mapping":{},"cohorts":{}}`

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{events: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /batch/", s.upload)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "local_evaluation") && !strings.Contains(r.URL.Path, "definitions") {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, definitions)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *service) upload(w http.ResponseWriter, r *http.Request) {
	uuids, err := readUUIDs(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.problems = append(s.problems, err.Error())
	}
	s.encodings = append(s.encodings, r.Header.Get("Content-Encoding"))
	for _, uuid := range uuids {
		s.events[uuid]++
	}
	io.WriteString(w, `{"status":"Ok"}`)
}

func readUUIDs(r *http.Request) ([]string, error) {
	body, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	var batch struct{ Batch []struct{ UUID string } }
	if err := json.NewDecoder(body).Decode(&batch); err != nil {
		return nil, err
	}
	var uuids []string
	for _, event := range batch.Batch {
		uuids = append(uuids, event.UUID)
	}
	return uuids, nil
}

func open(t *testing.T, options string) *host.Client {
	t.Helper()
	client, err := hosttest.Module(t).Open(t.Context(), []byte(options))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(context.Background()) })
	return client
}

func call(t *testing.T, client *host.Client, op, in string, into any) {
	t.Helper()
	reply, err := client.Call(t.Context(), op, []byte(in))
	if err != nil {
		t.Fatalf("%s %s: %v", op, in, err)
	}
	if into != nil {
		if err := json.Unmarshal(reply, into); err != nil {
			t.Fatalf("%s %s: reply %s: %v", op, in, reply, err)
		}
	}
}

// TestClient_deliversEachEventOnceWithGzip captures from many goroutines while batches leave.
func TestClient_deliversEachEventOnceWithGzip(t *testing.T) {
	s := newService(t)
	client := open(t, `{"api_key":"phc_test","host":"`+s.URL+`"}`)
	var group sync.WaitGroup
	uuids := make(chan string, 500)
	for g := range 5 {
		group.Go(func() {
			for i := range 100 {
				in := fmt.Sprintf(`{"distinct_id":"user-%d","event":"purchase","properties":{"amount":%d}}`, g, i)
				reply, err := client.Call(t.Context(), "capture", []byte(in))
				var captured struct{ UUID string }
				if err == nil {
					err = json.Unmarshal(reply, &captured)
				}
				if err != nil {
					t.Errorf("capture: %s, %v", reply, err)
				}
				uuids <- captured.UUID
			}
		})
	}
	group.Wait()
	close(uuids)
	var flushed struct{ Pending, Dropped int }
	call(t, client, "flush", `{"timeout_ms":30000}`, &flushed)
	if flushed.Pending != 0 || flushed.Dropped != 0 {
		t.Errorf("flush: %+v", flushed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for uuid := range uuids {
		if s.events[uuid] != 1 {
			t.Errorf("event %s arrived %d times", uuid, s.events[uuid])
		}
	}
	if len(s.events) != 500 {
		t.Errorf("%d events arrived, want 500", len(s.events))
	}
	for _, encoding := range s.encodings {
		if encoding != "gzip" {
			t.Errorf("an upload came with content-encoding %q, want gzip", encoding)
		}
	}
	for _, problem := range s.problems {
		t.Errorf("an upload could not be read: %s", problem)
	}
}

func TestClient_evaluatesFlags(t *testing.T) {
	s := newService(t)
	client := open(t, `{"api_key":"phc_test","secret_key":"phs_test","host":"`+s.URL+`"}`)
	call(t, client, "wait_ready", `{"timeout_ms":30000}`, nil)
	for plan, want := range map[string]bool{"premium": true, "free": false} {
		var flag struct {
			Value  any
			Source string
		}
		call(t, client, "get_flag", `{"key":"beta","distinct_id":"u","person_properties":{"plan":"`+plan+`"}}`, &flag)
		if flag.Value != want || flag.Source != "local" {
			t.Errorf("beta for plan %s is %v from %s, want %v from local", plan, flag.Value, flag.Source, want)
		}
	}
}

func TestClient_sendsByItself(t *testing.T) {
	arrived := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uuids, err := readUUIDs(r)
		if err != nil {
			t.Error(err)
		}
		arrived <- strings.Join(uuids, " ")
		io.WriteString(w, `{"status":"Ok"}`)
	}))
	t.Cleanup(server.Close)
	client := open(t, `{"api_key":"phc_test","host":"`+server.URL+`","flush_interval_ms":20}`)
	var captured struct{ UUID string }
	call(t, client, "capture", `{"distinct_id":"u","event":"e"}`, &captured)
	if got := <-arrived; got != captured.UUID {
		t.Errorf("arrived %q, want %q", got, captured.UUID)
	}
}

func TestClient_closeDeliversAndEnds(t *testing.T) {
	s := newService(t)
	client := open(t, `{"api_key":"phc_test","host":"`+s.URL+`"}`)
	call(t, client, "capture", `{"distinct_id":"u","event":"e"}`, nil)
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.events) != 1 {
		t.Errorf("%d events arrived before Close returned, want 1", len(s.events))
	}
	if _, err := client.Call(t.Context(), "stats", nil); !errors.Is(err, host.ErrClosed) {
		t.Errorf("a call after Close: %v, want ErrClosed", err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// silent starts a server that never answers, and tells of every request.
func silent(t *testing.T) (url string, asked chan struct{}) {
	t.Helper()
	asked = make(chan struct{}, 1024)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// Only behind the body does the server notice that the client has gone.
		io.Copy(io.Discard, r.Body)
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

// TestClient_callsThatWaitEndWithTheClient: their answers are handed out before the client goes.
func TestClient_callsThatWaitEndWithTheClient(t *testing.T) {
	url, asked := silent(t)
	client := open(t, `{"api_key":"phc_test","host":"`+url+`","shutdown_timeout_ms":50}`)
	call(t, client, "capture", `{"distinct_id":"u","event":"e"}`, nil)
	type told struct {
		reply []byte
		err   error
	}
	waited := make(chan told)
	for range 4 {
		go func() {
			reply, err := client.Call(context.Background(), "flush", []byte(`{"timeout_ms":600000}`))
			waited <- told{reply, err}
		}()
	}
	<-asked
	if err := client.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	for range 4 {
		// A flush that came after the end of the client is refused.
		failed := (*host.StatusError)(nil)
		w := <-waited
		refused := errors.Is(w.err, host.ErrClosed) && w.reply == nil || errors.As(w.err, &failed) && failed.Code == "CLOSED"
		if string(w.reply) != `{"delivered":0,"dropped":1,"pending":0}` && !refused {
			t.Errorf("flush: %s, %v", w.reply, w.err)
		}
	}
}

// TestClient_ledgerOutlivesShutdown: what a shutdown cost can be asked until Close.
func TestClient_ledgerOutlivesShutdown(t *testing.T) {
	url, _ := silent(t)
	client := open(t, `{"api_key":"phc_test","host":"`+url+`"}`)
	call(t, client, "capture", `{"distinct_id":"u","event":"e"}`, nil)
	call(t, client, "shutdown", `{"timeout_ms":0}`, nil)
	var ledger struct{ Dropped map[string]int }
	call(t, client, "stats", "", &ledger)
	if ledger.Dropped["shutdown"] != 1 {
		t.Errorf("the ledger is %+v", ledger)
	}
}

// TestClient_callEndsWithItsContext: the server never answers, so only the context can end the wait.
func TestClient_callEndsWithItsContext(t *testing.T) {
	url, asked := silent(t)
	client := open(t, `{"api_key":"phc_test","host":"`+url+`"}`)
	call(t, client, "capture", `{"distinct_id":"u","event":"e"}`, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := client.Call(ctx, "flush", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("flush: %v, want context canceled", err)
	}
	call(t, client, "shutdown", `{"timeout_ms":0}`, nil)
}

func TestClient_failuresAreStatusErrors(t *testing.T) {
	client := open(t, `{"api_key":"phc_test","mode":"memory"}`)
	_, err := client.Call(t.Context(), "capture", []byte(`{"event":`))
	failed := (*host.StatusError)(nil)
	if !errors.As(err, &failed) || failed.Status != -1 || failed.Code != "INVALID_JSON" || failed.Message == "" {
		t.Errorf("capture of no JSON: %#v", err)
	}
	for _, op := range []string{"open", "poll", "complete", "frobnicate"} {
		if reply, err := client.Call(t.Context(), op, nil); err == nil {
			t.Errorf("%s: %s, want an error", op, reply)
		}
	}
	if _, err := hosttest.Module(t).Open(t.Context(), []byte(`{"api_key":1}`)); !errors.As(err, &failed) || failed.Status != -2 {
		t.Errorf("open with a number for a key: %v", err)
	}
	if _, err := hosttest.Module(t).Open(t.Context(), []byte(`[]`)); err == nil {
		t.Error("open with an array: want an error")
	}
}
