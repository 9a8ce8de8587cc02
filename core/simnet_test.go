package core

import (
	"slices"
	"strings"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/queue"
	"github.com/libposthog/libposthog/core/wire"
)

// weather is how a seed's network and server behave. Each seed is bad in its own way: where everything goes wrong
// equally often, no batch lives long enough to meet two faults in a row.
type weather struct {
	// healthy seeds lose nothing, so every event has to arrive.
	healthy bool
	// faults and refusals are the percentages of requests that the network spoils and that the server refuses.
	faults, refusals int
	// mostEvents is how many events an upload may carry before the server answers 413.
	mostEvents int
	// Between holeFromMs and holeToMs nothing that is sent is ever heard of again.
	holeFromMs, holeToMs int64
}

func (s *simulation) drawWeather() weather {
	w := weather{
		healthy: s.seed%4 == 0, faults: s.IntN(70), refusals: s.IntN(70), mostEvents: 1000,
		holeFromMs: t0 + s.Int64N(60_000),
	}
	w.holeToMs = w.holeFromMs + s.Int64N(2)*s.Int64N(30_000)
	if s.IntN(3) == 0 {
		w.mostEvents = 1 + s.IntN(12)
	}
	return w
}

// flight is what the simulation knows of a request: when it is due, and what it carries.
type flight struct {
	*Request
	uuids []string
	lane  event.Lane
	// results is set where the server has a word on every event.
	results bool
	// deadlineMs is when the client stops waiting for the answer.
	deadlineMs int64
}

// reply is a server's answer, and what it did with the events of the upload it answers.
type reply struct {
	*wire.Response
	took, again []string
}

// send takes a request to the server, and the answer back, as the weather has it.
func (s *simulation) send(r *Request) {
	f := s.depart(r)
	there, back := 1+s.Int64N(300), 1+s.Int64N(300)
	if s.healthy {
		s.roundTrip(f, there, back)
		return
	}
	if s.nowMs >= s.holeFromMs && s.nowMs < s.holeToMs {
		s.tracef("request %d falls into the hole", r.ID)
		return
	}
	if s.IntN(100) >= s.faults {
		s.roundTrip(f, there, back)
		return
	}
	fate := s.IntN(9)
	s.tracef("request %d: %s", r.ID, []string{
		"lost, timeout", "lost, silence", "answer lost, timeout", "answer lost, silence", "reset", "reset after accept",
		"slow", "late answer", "answered twice",
	}[fate])
	failure := func(afterMs int64, kind string) {
		s.after(afterMs, func() { s.complete(f, reply{Response: &wire.Response{Error: kind}}) })
	}
	switch fate {
	case 0:
		failure(r.TimeoutMs, wire.ErrTimeout)
	case 1:
	case 2:
		s.after(there, func() { s.serve(f) })
		failure(r.TimeoutMs, wire.ErrTimeout)
	case 3:
		s.after(there, func() { s.serve(f) })
	case 4:
		failure(there, wire.ErrReset)
	case 5:
		s.after(there, func() { s.serve(f) })
		failure(there+back, wire.ErrReset)
	case 6:
		// It may reach the server when the client has long sent the next attempt.
		s.roundTrip(f, 1+s.Int64N(2*r.TimeoutMs), back)
	case 7:
		s.roundTrip(f, there, r.TimeoutMs+graceMs+s.Int64N(20_000))
	case 8:
		s.roundTrip(f, there, back)
		status := []int{200, 400, 413, 429, 500}[s.IntN(5)]
		s.after(there+back+s.Int64N(10_000), func() { s.complete(f, reply{Response: &wire.Response{Status: status}}) })
	}
}

func (s *simulation) roundTrip(f *flight, there, back int64) {
	s.after(there, func() {
		answer := s.serve(f)
		s.after(back, func() { s.complete(f, answer) })
	})
}

// serve is the server: what it answers, and what it keeps.
func (s *simulation) serve(f *flight) reply {
	var a reply
	switch {
	case f.uuids != nil:
		a = s.serveUpload(f)
	case strings.Contains(f.URL, "/flags/definitions"):
		a.Response = s.serveDefinitions(f)
	default:
		a.Response = s.serveFlags()
	}
	for _, uuid := range a.took {
		s.taken[uuid]++
	}
	s.tracef("server: request %d gets %d, %d events kept", f.ID, a.Status, len(a.took))
	return a
}

func (s *simulation) serveUpload(f *flight) reply {
	refused := !s.healthy && s.IntN(100) < s.refusals
	switch {
	case !s.healthy && len(f.uuids) > s.mostEvents:
		return reply{Response: &wire.Response{Status: 413}}
	case refused:
		return s.refuse(f)
	case f.results:
		return s.results(f)
	}
	return reply{Response: &wire.Response{Status: 200, Body: []byte(`{"status":1}`)}, took: f.uuids}
}

func (s *simulation) refuse(f *flight) reply {
	a := reply{Response: &wire.Response{Status: []int{200, 400, 408, 429, 429, 500, 503, 503, 500}[s.IntN(9)]}}
	switch a.Status {
	case 200:
		a.Body = []byte(`{"quota_limited":["events"]}`)
		if f.results {
			// The v1 protocol has no such notice: there, an answer without results means that all is well.
			a.took = f.uuids
		}
	case 429, 503:
		if s.IntN(2) == 0 {
			a.Headers = map[string]string{"retry-after": []string{"0", "1", "2.5", "7", "40"}[s.IntN(5)]}
		}
	case 500:
		if s.IntN(3) == 0 {
			// The events are in, and then the server stumbles.
			a.took = f.uuids
		}
	}
	return a
}

// results gives every event of a v1 upload its own word.
func (s *simulation) results(f *flight) reply {
	a := reply{Response: &wire.Response{Status: 200}}
	w := codec.NewWriter(256)
	w.BeginObject()
	w.Key("results")
	w.BeginObject()
	for _, uuid := range f.uuids {
		word := "ok"
		if !s.healthy && s.IntN(100) < s.refusals {
			word = []string{"ok", "warning", "drop", "limited", "retry", "retry", "retry"}[s.IntN(7)]
		}
		switch word {
		case "ok", "warning":
			a.took = append(a.took, uuid)
		case "retry":
			a.again = append(a.again, uuid)
		}
		w.Key(uuid)
		w.BeginObject()
		w.StringMember("result", word)
		w.EndObject()
	}
	w.EndObject()
	w.EndObject()
	a.Body = w.Bytes()
	return a
}

func (s *simulation) serveDefinitions(f *flight) *wire.Response {
	known := header(f.Request, "if-none-match")
	status := 200
	if !s.healthy {
		status = []int{200, 200, 200, 304, 401, 402, 429, 500, 503}[s.IntN(9)]
	}
	if status != 200 || known != "" && s.IntN(2) == 0 {
		if status == 200 {
			status = 304
		}
		return &wire.Response{Status: status, Headers: map[string]string{"etag": known}}
	}
	return &wire.Response{
		Status: 200, Body: []byte(`{"flags":[` + simpleFlag + `]}`), Headers: map[string]string{"etag": `"1"`},
	}
}

func (s *simulation) serveFlags() *wire.Response {
	status := 200
	if !s.healthy {
		status = []int{200, 200, 200, 500, 502, 504}[s.IntN(6)]
	}
	return &wire.Response{Status: status, Body: []byte(`{"flags":{"far":{"enabled":true,"variant":"v"}}}`)}
}

// depart notes a request that the client handed out and checks that it may be sent.
func (s *simulation) depart(r *Request) *flight {
	f := &flight{Request: r, deadlineMs: s.nowMs + r.TimeoutMs + graceMs}
	s.open[r.ID] = f
	f.results = strings.Contains(r.URL, "/i/v1/analytics/events")
	s.tracef("request %d %s", r.ID, r.URL)
	if !f.results && !strings.Contains(r.URL, "/batch/") {
		return f
	}
	if strings.Contains(r.URL, "/ai/") {
		f.lane = event.AI
	}
	body, err := codec.Parse(r.Body.Bytes())
	if err != nil {
		s.failf("request %d has no JSON body: %v", r.ID, err)
	}
	for e := range body.Get("batch").Elements() {
		uuid, _ := e.Get("uuid").Text()
		f.uuids = append(f.uuids, uuid)
		s.known[uuid] = true
		if s.settled[uuid] {
			s.failf("%s is sent again after the server's last word on it", uuid)
		}
		if other, flying := s.flying[uuid]; flying {
			s.failf("%s is in request %d and in request %d", uuid, other, r.ID)
		}
		s.flying[uuid] = r.ID
	}
	s.tracef("  carries %s", strings.Join(f.uuids, " "))
	if most := []int{32, 4}[f.lane]; s.uploading(f.lane) > most {
		s.failf("more than %d uploads of the %v lane are in flight", most, f.lane)
	}
	s.attempt(f)
	return f
}

// attempt counts how often a batch is sent: a v1 batch is known by its id, another by its events.
func (s *simulation) attempt(f *flight) {
	batch := strings.Join(f.uuids, " ")
	if f.results {
		batch = header(f.Request, "posthog-request-id")
		if was, again := s.carries[batch]; again && !slices.Equal(was, f.uuids) {
			s.failf("an attempt carries %v, %v are left to send", f.uuids, was)
		}
		s.carries[batch] = f.uuids
	}
	s.attempts[batch]++
	n := s.attempts[batch]
	if int64(n) > s.c.options.Limits.MaxRetries+1 {
		s.failf("attempt %d of a batch, with %d retries", n, s.c.options.Limits.MaxRetries)
	}
	if told := header(f.Request, "posthog-attempt"); f.results && told != itoa(n) {
		s.failf("attempt %d says that it is %s", n, told)
	}
}

// complete brings the client an answer, which may be too late or the second one.
func (s *simulation) complete(f *flight, a reply) {
	_, inTime := s.open[f.ID]
	s.tracef("answer to request %d: %d %s, in time: %v", f.ID, a.Status, a.Error, inTime)
	if inTime {
		s.land(f)
		s.learn(f, a)
	}
	s.c.Complete(s.nowMs, f.ID, a.Response)
}

// learn notes which events the client now knows the end of: they must not be sent again.
func (s *simulation) learn(f *flight, a reply) {
	if a.Status != 200 && a.Status != 400 {
		return
	}
	for _, uuid := range f.uuids {
		s.settled[uuid] = !slices.Contains(a.again, uuid)
	}
	if f.results {
		s.carries[header(f.Request, "posthog-request-id")] = a.again
	}
	if a.Status != 200 {
		return
	}
	for _, uuid := range a.took {
		if s.confirmed[uuid] {
			s.failf("%s was taken twice, and the client knew after the first time", uuid)
		}
		s.confirmed[uuid] = true
	}
}

// land takes a request out of flight.
func (s *simulation) land(f *flight) {
	delete(s.open, f.ID)
	for _, uuid := range f.uuids {
		delete(s.flying, uuid)
	}
}

func (s *simulation) uploading(lane event.Lane) (n int) {
	for _, f := range s.open {
		if f.uuids != nil && f.lane == lane {
			n++
		}
	}
	return n
}

// record notes the drops that a drain tells of.
func (s *simulation) record(o Outcome) {
	reply, ok := o.Result.(*Records)
	if !ok {
		return
	}
	if reply.Missed != 0 {
		s.failf("%d records are missed", reply.Missed)
	}
	for _, r := range reply.Records {
		if r.Kind != "drop" {
			continue
		}
		s.tracef("dropped %d: %s", r.Count, r.Reason)
		s.recorded += int64(r.Count)
		for _, uuid := range r.UUIDs {
			if s.dropped[uuid] {
				s.failf("%s is dropped twice", uuid)
			}
			s.known[uuid], s.dropped[uuid] = true, true
		}
	}
}

// ledgerSum is a ledger with its drops added up.
type ledgerSum struct {
	queue.Ledger
	dropped int64
}

func (s *simulation) ledger() (l ledgerSum) {
	l.Ledger = s.c.Stats(s.nowMs).Result.(*Stats).Ledger
	for _, n := range l.Dropped {
		l.dropped += n
	}
	return l
}
