package main

import (
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/libposthog/libposthog/tests/standin"
)

// mock is a stand-in for PostHog as the harness's is: it keeps the requests of each test apart by X-Test-Id, gives a
// test's programmed answers to whatever comes, in order, and after those says yes.
type mock struct {
	url    string
	server *http.Server
	mu     sync.Mutex
	tests  map[string]*traffic
}

// traffic is what one test's client sent, and what it is to be told.
type traffic struct {
	answers  []answer
	requests []*request
	// arrived is signalled for every request.
	arrived chan struct{}
}

// answer is a programmed response. A capture v1 request is answered by results, one for each event, if there are any.
type answer struct {
	status  int
	headers map[string]string
	body    string
	results []string
}

// request is a recorded request and how it was answered.
type request struct {
	at      time.Time
	path    string
	query   map[string][]string
	header  http.Header
	body    map[string]any
	events  []map[string]any
	status  int
	problem error
}

const (
	pathV0    = "/batch"
	pathV1    = "/i/v1/analytics/events"
	pathAI    = "/i/v0/ai/batch"
	pathFlags = "/flags"
)

func newMock() (*mock, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &mock{url: "http://" + listener.Addr().String(), tests: map[string]*traffic{}}
	m.server = &http.Server{Handler: m, ErrorLog: log.New(io.Discard, "", 0)}
	go m.server.Serve(listener)
	return m, nil
}

func (m *mock) close() { m.server.Close() }

// test begins a test's traffic.
func (m *mock) test(id string) *traffic {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &traffic{arrived: make(chan struct{}, 1024)}
	m.tests[id] = t
	return t
}

func (m *mock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &request{at: time.Now(), path: strings.TrimRight(r.URL.Path, "/"), query: r.URL.Query(), header: r.Header}
	known := []string{pathV0, pathV1, pathFlags}
	if r.Method != http.MethodPost || !slices.Contains(known, q.path) && r.URL.Path != pathAI+"/" {
		http.NotFound(w, r)
		return
	}
	q.read(r)
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tests[r.Header.Get("X-Test-Id")]
	if t == nil {
		http.Error(w, "a request of no test", http.StatusInternalServerError)
		return
	}
	t.requests = append(t.requests, q)
	var programmed *answer
	if len(t.answers) > 0 {
		programmed, t.answers = &t.answers[0], t.answers[1:]
	}
	q.answer(w, programmed)
	t.arrived <- struct{}{}
}

func (q *request) read(r *http.Request) {
	body, err := standin.ReadBody(r)
	if err == nil {
		decoder := json.NewDecoder(strings.NewReader(string(body)))
		decoder.UseNumber()
		err = decoder.Decode(&q.body)
	}
	q.problem = err
	batch, _ := q.body["batch"].([]any)
	for _, event := range batch {
		if event, ok := event.(map[string]any); ok {
			q.events = append(q.events, event)
		}
	}
}

// answer writes a programmed response, or the ordinary one of the path.
func (q *request) answer(w http.ResponseWriter, programmed *answer) {
	a := answer{status: http.StatusOK}
	if programmed != nil {
		a = *programmed
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.Header().Set("Content-Type", "application/json")
	if q.path == pathV1 {
		q.answerV1(w, &a)
	}
	for name, value := range a.headers {
		w.Header().Set(name, value)
	}
	if a.body == "" {
		switch {
		case a.status >= http.StatusBadRequest:
			a.body = `{"error":"Server error"}`
		case q.path == pathFlags:
			a.body = `{"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false}`
		default:
			a.body = `{"status":1}`
		}
	}
	q.status = a.status
	w.WriteHeader(a.status)
	io.WriteString(w, a.body)
}

// answerV1 adds what capture v1 answers with: a result for each event, and how long to wait before a retry.
func (q *request) answerV1(w http.ResponseWriter, a *answer) {
	w.Header().Set("PostHog-Request-Id", q.header.Get("PostHog-Request-Id"))
	switch a.status {
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		w.Header().Set("Retry-After", "1")
	}
	if a.status != http.StatusOK || a.body != "" {
		return
	}
	results := map[string]any{}
	for i, event := range q.events {
		result := "ok"
		if i < len(a.results) {
			result = a.results[i]
		}
		if result == "retry" {
			w.Header().Set("Retry-After", "1")
		}
		results[text(event["uuid"])] = map[string]string{"result": result}
	}
	body, _ := json.Marshal(map[string]any{"results": results})
	a.body = string(body)
}

// text returns a string, or "" of anything else.
func text(value any) string {
	s, _ := value.(string)
	return s
}
