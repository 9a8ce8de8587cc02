// Package sink has the least servers that a delivery test needs: one that counts events and answers, so that what is
// measured is the client, and two that are as good as absent.
//
// The counting one checks no key, knows no path and keeps no event but its uuid. For everything else, scripted failures
// above all, there is package standin.
package sink

import (
	"bytes"
	"cmp"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Options configure a sink. The zero value listens on a free loopback port and answers at once.
type Options struct {
	Addr  string        // "127.0.0.1:0" if empty
	Delay time.Duration // from having read a request to answering it
	Limit int           // the longest body that is taken, in bytes after decoding; others are answered 413. 0: any
	Mark  string        // what to count in the bodies that are taken; nothing if empty
}

// Count is what a sink was sent.
type Count struct {
	Connections int64
	Requests    int64 // the refused ones included
	Events      int64
	Distinct    int64 // events of different uuids
	Marks       int64
}

// Sink is a running sink. Its methods may be called from any goroutine.
type Sink struct {
	URL     string
	options Options
	server  *http.Server
	serving sync.WaitGroup

	// mu guards what follows.
	mu    sync.Mutex
	count Count
	seen  map[[uuidLength]byte]struct{}
}

const uuidLength = 36

// uuidMember stands before the uuid of every event on the wire, and nowhere else in what the tests send.
var uuidMember = []byte(`"uuid":"`)

var decoders = sync.Pool{New: func() any { return new(gzip.Reader) }}

// Start listens and serves until Close.
func Start(options Options) (*Sink, error) {
	listener, err := net.Listen("tcp", cmp.Or(options.Addr, "127.0.0.1:0"))
	if err != nil {
		return nil, err
	}
	s := &Sink{URL: "http://" + listener.Addr().String(), options: options, seen: map[[uuidLength]byte]struct{}{}}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ConnState: s.connState, ReadHeaderTimeout: time.Minute}
	s.serving.Go(func() { _ = s.server.Serve(listener) })
	return s, nil
}

// Close breaks every connection.
func (s *Sink) Close() {
	_ = s.server.Close()
	s.serving.Wait()
}

// Count returns the counts as they stand. An event counts from before its request is answered.
func (s *Sink) Count() Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := s.count
	count.Distinct = int64(len(s.seen))
	return count
}

func (s *Sink) connState(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.count.Connections++
	}
}

func (s *Sink) serve(w http.ResponseWriter, r *http.Request) {
	body, err := read(r)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	taken := s.take(body)
	if s.options.Delay > 0 {
		time.Sleep(s.options.Delay)
	}
	if !taken {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	_, _ = io.WriteString(w, `{"status":1}`)
}

func read(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	decoder := decoders.Get().(*gzip.Reader)
	defer decoders.Put(decoder)
	if err := decoder.Reset(r.Body); err != nil {
		return nil, err
	}
	return io.ReadAll(decoder)
}

// take counts the events of a body, unless it is too long.
func (s *Sink) take(body []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Requests++
	if s.options.Limit > 0 && len(body) > s.options.Limit {
		return false
	}
	if s.options.Mark != "" {
		s.count.Marks += int64(bytes.Count(body, []byte(s.options.Mark)))
	}
	for at := bytes.Index(body, uuidMember); at >= 0; at = bytes.Index(body, uuidMember) {
		body = body[at+len(uuidMember):]
		if len(body) < uuidLength {
			break
		}
		s.count.Events++
		s.seen[[uuidLength]byte(body)] = struct{}{}
	}
	return true
}
