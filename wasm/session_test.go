package main

import (
	"encoding/json"
	"testing"

	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// start is the virtual time tests begin at.
const start = 1_780_000_000_000

// session is one instance driven in virtual time.
type session struct {
	t        *testing.T
	instance *host.Instance
	client   uint32
	nowMs    int64
}

// newSession opens a client with extra options, written as members: `"flush_at":5`.
func newSession(t *testing.T, options string) *session {
	t.Helper()
	s := &session{t: t, instance: hosttest.Instance(t), nowMs: start}
	s.client = s.open(options)
	return s
}

func (s *session) open(options string) uint32 {
	s.t.Helper()
	in := `{"api_key":"phc_test","entropy":"` + hosttest.Entropy + `"`
	if options != "" {
		in += "," + options
	}
	var opened struct{ Client uint32 }
	s.must("open", in+"}", &opened)
	return opened.Client
}

// reply is what every reply has.
type reply struct {
	Status int32
	Error  *struct{ Code, Message string }
	Ticket int64
	raw    []byte
	body   []byte
}

// call performs an operation, which may fail but not trap.
func (s *session) call(op, in string) reply {
	s.t.Helper()
	raw, body, err := s.instance.Call(s.t.Context(), op, s.client, []byte(in), s.nowMs)
	if err != nil {
		s.t.Fatalf("%s %.200s: %v", op, in, err)
	}
	r := reply{raw: raw, body: body}
	if err := json.Unmarshal(raw, &r); err != nil {
		s.t.Fatalf("%s %.200s: reply %q: %v", op, in, raw, err)
	}
	return r
}

// must performs an operation that succeeds, and reads its reply into a value.
func (s *session) must(op, in string, into any) {
	s.t.Helper()
	r := s.call(op, in)
	if r.Status != 0 {
		s.t.Fatalf("%s %.200s: %s", op, in, r.raw)
	}
	if into != nil {
		if err := json.Unmarshal(r.raw, into); err != nil {
			s.t.Fatalf("%s %.200s: reply %q: %v", op, in, r.raw, err)
		}
	}
}

// polled is poll's reply.
type polled struct {
	Done *struct {
		Ticket int64
		Status int32
		Reply  json.RawMessage
	}
	Request *struct {
		ID       int64
		Method   string
		URL      string
		Encoding string
		Body     struct{ At, Len uint32 }
	}
	WakeMs *int64 `json:"wake_ms"`
	body   []byte
}

func (s *session) poll() polled {
	s.t.Helper()
	r := s.call("poll", "")
	if r.Status != 0 {
		s.t.Fatalf("poll: %s", r.raw)
	}
	p := polled{body: r.body}
	if err := json.Unmarshal(r.raw, &p); err != nil {
		s.t.Fatalf("poll: %s: %v", r.raw, err)
	}
	return p
}
