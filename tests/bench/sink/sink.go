// Package sink is the server of every measured program: it answers at once and does its counting afterwards.
//
// It must never be what is measured. A request costs it one read of the body; decoding the bodies and telling the uuids
// apart waits until the program has ended.
package sink

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Behaviour is what the sink does with the requests of one program.
type Behaviour struct {
	Delay time.Duration // from having read a batch to answering it
	Mute  bool          // batches are read and never answered
	Flags int           // how many flag definitions there are
}

// Count is what one program delivered.
type Count struct {
	Acknowledged int // events of different uuids in batches that were answered 200
	Requests     int
	Bytes        int64 // of the bodies, as sent
	Last         time.Time
}

// Sink is a running server. One program at a time may use it.
type Sink struct {
	URL    string
	server *http.Server

	// mu guards what follows.
	mu        sync.Mutex
	behaviour Behaviour
	document  string // the definitions
	bodies    []body
	last      time.Time
	ended     chan struct{} // closed when the program that is served has ended
}

type body struct {
	gzip bool
	data []byte
}

// Start listens on a free loopback port.
func Start() (*Sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Sink{URL: "http://" + listener.Addr().String(), ended: make(chan struct{})}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve)}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

// Close breaks every connection.
func (s *Sink) Close() { _ = s.server.Close() }

// Begin forgets what came before and behaves as told from now on.
func (s *Sink) Begin(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behaviour, s.document = b, Definitions(b.Flags)
	s.bodies, s.last, s.ended = nil, time.Time{}, make(chan struct{})
}

// End counts what came since Begin.
func (s *Sink) End() (Count, error) {
	s.mu.Lock()
	bodies, last := s.bodies, s.last
	s.bodies = nil
	close(s.ended)
	s.mu.Unlock()
	count := Count{Requests: len(bodies), Last: last}
	uuids, err := distinct(bodies)
	for _, b := range bodies {
		count.Bytes += int64(len(b.data))
	}
	count.Acknowledged = uuids
	return count, err
}

func (s *Sink) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	behaviour, document, ended := s.behaviour, s.document, s.ended
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodGet {
		if strings.Contains(r.URL.Path, "definitions") || strings.Contains(r.URL.Path, "local_evaluation") {
			_, _ = io.WriteString(w, document)
			return
		}
		_, _ = io.WriteString(w, "{}")
		return
	}
	data, err := readBody(r)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if behaviour.Mute {
		select {
		case <-r.Context().Done():
		case <-ended:
		}
		return
	}
	if behaviour.Delay > 0 {
		time.Sleep(behaviour.Delay)
	}
	_, _ = io.WriteString(w, `{"status":1}`)
	if !strings.Contains(r.URL.Path, "batch") {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	s.bodies = append(s.bodies, body{gzip: r.Header.Get("Content-Encoding") == "gzip", data: data})
}

// readBody reads into a buffer of the right size where the client says how much there is.
func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 {
		return io.ReadAll(r.Body)
	}
	data := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, data)
	return data, err
}
