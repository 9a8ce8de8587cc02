package adapter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/libposthog/libposthog/tests/standin"
)

// recorder is a proxy between the clients and the services they send to. Bytes and headers pass as they are; only the
// address a client sends to differs, by a path of its own in front.
type recorder struct {
	listener net.Listener
	server   *http.Server
	proxy    *httputil.ReverseProxy
	mu       sync.Mutex
	records  map[string]*record
}

// record is what became of one client's requests.
type record struct {
	target *url.URL
	mu     sync.Mutex
	// attempts are the requests with events, in the order they were sent.
	attempts []*Attempt
	// seen counts the attempts of each event.
	seen      map[string]int
	lastError string
}

// Attempt is one request with events, as /state tells of it.
type Attempt struct {
	TimestampMs  int64    `json:"timestamp_ms"`
	StatusCode   int      `json:"status_code"`
	RetryAttempt int      `json:"retry_attempt"`
	EventCount   int      `json:"event_count"`
	UUIDs        []string `json:"uuid_list"`
}

// flight is a request on its way: its client's record and, if it has events, its attempt.
type flight struct {
	record  *record
	attempt *Attempt
}

type flightKey struct{}

func flightOf(r *http.Request) *flight { return r.Context().Value(flightKey{}).(*flight) }

func newRecorder() (*recorder, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &recorder{listener: listener, records: map[string]*record{}}
	r.proxy = &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { p.SetURL(flightOf(p.In).record.target) },
		ModifyResponse: answered,
		ErrorHandler:   unanswered,
		// Nothing may be decoded on the way.
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16},
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	r.server = &http.Server{Handler: r, ErrorLog: log.New(io.Discard, "", 0)}
	go r.server.Serve(listener)
	return r, nil
}

func (r *recorder) Close() error { return r.server.Close() }

// add begins a record and returns the address its client sends to, in place of target.
func (r *recorder) add(client, target string) (*record, string, error) {
	parsed, err := url.Parse(strings.TrimRight(target, "/"))
	if err != nil || parsed.Host == "" {
		return nil, "", fmt.Errorf("host must be a URL")
	}
	added := &record{target: parsed, seen: map[string]int{}}
	r.mu.Lock()
	r.records[client] = added
	r.mu.Unlock()
	return added, "http://" + r.listener.Addr().String() + "/" + client, nil
}

func (r *recorder) remove(client string) {
	r.mu.Lock()
	delete(r.records, client)
	r.mu.Unlock()
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	client, rest, _ := strings.Cut(strings.TrimPrefix(in.URL.Path, "/"), "/")
	r.mu.Lock()
	found := r.records[client]
	r.mu.Unlock()
	if found == nil {
		// A client that was reset: nobody listens any more.
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(in.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	in.Body = io.NopCloser(bytes.NewReader(body))
	decoded, _ := standin.ReadBody(in)
	in.Body = io.NopCloser(bytes.NewReader(body))
	in.URL.Path, in.URL.RawPath = "/"+rest, ""
	f := &flight{record: found, attempt: found.begin(decoded)}
	r.proxy.ServeHTTP(w, in.WithContext(context.WithValue(in.Context(), flightKey{}, f)))
}

// begin notes a request that carries events; one without is no attempt.
func (r *record) begin(body []byte) *Attempt {
	var batch struct{ Batch []struct{ UUID string } }
	if json.Unmarshal(body, &batch) != nil || len(batch.Batch) == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := &Attempt{TimestampMs: time.Now().UnixMilli(), EventCount: len(batch.Batch), RetryAttempt: r.seen[batch.Batch[0].UUID]}
	for _, event := range batch.Batch {
		a.UUIDs = append(a.UUIDs, event.UUID)
		r.seen[event.UUID]++
	}
	r.attempts = append(r.attempts, a)
	return a
}

// end notes what came of a request: a status, or 0 and why there was none.
func (f *flight) end(status int, problem string) {
	f.record.mu.Lock()
	defer f.record.mu.Unlock()
	if f.attempt != nil {
		f.attempt.StatusCode = status
	}
	if problem != "" {
		f.record.lastError = problem
	}
}

// told returns what happened so far: the attempts, and what went wrong last, "" where nothing did.
func (r *record) told() (attempts []Attempt, lastError string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	attempts = []Attempt{}
	for _, a := range r.attempts {
		attempts = append(attempts, *a)
	}
	return attempts, r.lastError
}

func answered(response *http.Response) error {
	problem := ""
	if response.StatusCode >= http.StatusBadRequest {
		problem = fmt.Sprintf("HTTP %d from %s", response.StatusCode, response.Request.URL.Path)
	}
	flightOf(response.Request).end(response.StatusCode, problem)
	return nil
}

// unanswered ends the client's connection without an answer, as the service did.
func unanswered(_ http.ResponseWriter, r *http.Request, _ error) {
	flightOf(r).end(0, "no answer from "+r.URL.Path)
	panic(http.ErrAbortHandler)
}
