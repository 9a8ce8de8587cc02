package core

import (
	"slices"
	"strconv"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/wire"
	"pgregory.net/rapid"
)

// model is the client as simple as it can be: which uuids were accepted, which of them the server took, and what every
// request in flight carries.
type model struct {
	c        *Client
	nowMs    int64
	v1       bool
	retries  int64
	accepted int64
	taken    map[string]bool
	inFlight []*sending
	// attempts counts, for each batch by its first uuid and size, how often it was sent.
	attempts map[string]int64
	// covered is how many events each flush and shutdown under way speaks for, by ticket.
	covered map[int64]int64
	// recorded are the events that drop records told of.
	recorded int64
	closed   bool
	crowded  bool
}

// sending is a request with events on its way.
type sending struct {
	request *Request
	uuids   []string
}

func uuidsOf(t *rapid.T, r *Request) (uuids []string) {
	body, err := codec.Parse(r.Body.Bytes())
	if err != nil {
		t.Fatalf("request %d has no JSON body: %v", r.ID, err)
	}
	for e := range body.Get("batch").Elements() {
		uuid, _ := e.Get("uuid").Text()
		uuids = append(uuids, uuid)
	}
	return uuids
}

func (m *model) capture(t *rapid.T) {
	message := &event.Message{Event: codec.Quote("e"), DistinctID: codec.Quote("u"), Lane: event.Lane(rapid.IntRange(0, 1).Draw(t, "lane"))}
	draft := draftOf(m.c, m.nowMs, message)
	var o Outcome
	if rapid.IntRange(0, 9).Draw(t, "immediate") == 0 {
		o = m.c.EnqueueNow(m.nowMs, draft, rapid.Int64Range(0, 3000).Draw(t, "timeout_ms"))
	} else {
		o = m.c.Enqueue(m.nowMs, draft)
	}
	m.accepted++
	if m.closed != (o.Status == Closed) {
		t.Fatalf("a capture answers %v", o.Status)
	}
}

func (m *model) poll(t *rapid.T) {
	out := m.c.Poll(m.nowMs)
	if out.Done != nil {
		m.counted(t, out.Done.Outcome, m.covered[out.Done.Ticket])
	}
	if out.Request == nil {
		return
	}
	uuids := uuidsOf(t, out.Request)
	for _, uuid := range uuids {
		if m.taken[uuid] {
			t.Fatalf("%s is sent again after the server took it", uuid)
		}
		for _, other := range m.inFlight {
			if slices.Contains(other.uuids, uuid) {
				t.Fatalf("%s is in two requests", uuid)
			}
		}
	}
	if m.crowded && slices.ContainsFunc(m.inFlight, func(s *sending) bool { return s.request.URL == out.Request.URL }) {
		t.Fatalf("%s gets a second upload in a crowd", out.Request.URL)
	}
	batch := uuids[0] + "/" + strconv.Itoa(len(uuids))
	if m.attempts[batch]++; m.attempts[batch] > m.retries+1 {
		t.Fatalf("attempt %d, with %d retries", m.attempts[batch], m.retries)
	}
	m.inFlight = append(m.inFlight, &sending{out.Request, uuids})
}

// left is how many events are neither delivered nor dropped.
func (m *model) left() int64 {
	l := m.c.Stats(m.nowMs).Result.(*Stats).Ledger
	return l.Queued + l.InFlight
}

// cover notes what a flush or a shutdown answered that covers so many events.
func (m *model) cover(t *rapid.T, covered int64, o Outcome) {
	if o.Status == Pending {
		m.covered[o.Ticket] = covered
		return
	}
	m.counted(t, o, covered)
}

// counted fails unless the counts of a flush or a shutdown add up to what it covered.
func (m *model) counted(t *rapid.T, o Outcome, covered int64) {
	n, ok := o.Result.(Counts)
	if ok && n.Delivered+n.Dropped+n.Pending != covered {
		t.Fatalf("%+v of %d events", n, covered)
	}
}

// answer completes one request in flight, in one of the ways a server or a network may.
func (m *model) answer(t *rapid.T) {
	if len(m.inFlight) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.inFlight)-1).Draw(t, "which")
	s := m.inFlight[i]
	m.inFlight = slices.Delete(m.inFlight, i, i+1)
	r := &wire.Response{Status: rapid.SampledFrom([]int{200, 200, 200, 400, 401, 408, 413, 429, 500, 503, 0}).Draw(t, "status")}
	switch {
	case r.Status == 0:
		r.Error = rapid.SampledFrom([]string{wire.ErrReset, wire.ErrTimeout, wire.ErrConnect}).Draw(t, "error")
	case r.Status == 200 && m.v1 && s.request.URL == m.c.options.Host+"/i/v1/analytics/events":
		r.Body = m.results(t, s)
	case r.Status == 200:
		for _, uuid := range s.uuids {
			m.taken[uuid] = true
		}
	case rapid.Bool().Draw(t, "retry_after"):
		r.Headers = map[string]string{"retry-after": strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "seconds"))}
	}
	m.c.Complete(m.nowMs, s.request.ID, r)
	if rapid.Bool().Draw(t, "twice") {
		m.c.Complete(m.nowMs, s.request.ID, &wire.Response{Status: 200})
	}
}

// results gives every event of a v1 upload its own word. What is to be retried becomes a batch of another size, whose
// attempts go on counting.
func (m *model) results(t *rapid.T, s *sending) []byte {
	w := codec.NewWriter(256)
	w.BeginObject()
	w.Key("results")
	w.BeginObject()
	var again []string
	for _, uuid := range s.uuids {
		word := rapid.SampledFrom([]string{"ok", "warning", "drop", "limited", "retry"}).Draw(t, "result")
		if word == "retry" {
			again = append(again, uuid)
		} else {
			m.taken[uuid] = true
		}
		w.Key(uuid)
		w.BeginObject()
		w.StringMember("result", word)
		w.EndObject()
	}
	w.EndObject()
	w.EndObject()
	if len(again) > 0 {
		attempts := m.attempts[s.uuids[0]+"/"+strconv.Itoa(len(s.uuids))]
		m.attempts[again[0]+"/"+strconv.Itoa(len(again))] = attempts
	}
	return w.Bytes()
}

// check compares what the client says of itself with the model, after every call.
func (m *model) check(t *rapid.T) {
	l := m.c.Stats(m.nowMs).Result.(*Stats).Ledger
	dropped := int64(0)
	for _, n := range l.Dropped {
		dropped += n
	}
	if l.Accepted != m.accepted || l.Accepted != l.Delivered+l.Queued+l.InFlight+dropped {
		t.Fatalf("%d events were captured, the ledger says %+v", m.accepted, l)
	}
	for _, r := range m.c.Drain(m.nowMs, 0).Result.(*Records).Records {
		if r.Kind == "drop" {
			m.recorded += int64(r.Count)
		}
	}
	if m.recorded != dropped {
		t.Fatalf("%d events were dropped, the records tell of %d", dropped, m.recorded)
	}
	if m.closed && l.Queued+l.InFlight != 0 && m.c.phase == closed {
		t.Fatalf("left over after shutdown: %+v", l)
	}
	if _, ok := m.c.Wake(); !ok && l.Queued > 0 {
		t.Fatalf("%d events wait for ever", l.Queued)
	}
}

// TestClient_model drives the client with random calls and compares it with the model after each.
func TestClient_model(t *testing.T) {
	steps := 0
	rapid.Check(t, func(t *rapid.T) {
		o := defaults("0")
		o.APIKey = "k"
		o.Limits.FlushAt = rapid.Int64Range(1, 5).Draw(t, "flush_at")
		o.Limits.MaxBatchSize = rapid.Int64Range(1, 8).Draw(t, "max_batch_size")
		o.Limits.FlushIntervalMs = rapid.Int64Range(0, 2000).Draw(t, "flush_interval_ms")
		o.Limits.MaxQueueSize = rapid.Int64Range(1, 30).Draw(t, "max_queue_size")
		o.Limits.MaxRetries = rapid.Int64Range(0, 3).Draw(t, "max_retries")
		o.RequestTimeoutMs = rapid.Int64Range(1, 5000).Draw(t, "request_timeout_ms")
		o.CaptureV1 = rapid.Bool().Draw(t, "v1")
		m := &model{
			c: Open(o, t0), nowMs: t0, v1: o.CaptureV1, retries: o.Limits.MaxRetries,
			taken: map[string]bool{}, attempts: map[string]int64{}, covered: map[int64]int64{},
		}
		t.Repeat(map[string]func(*rapid.T){
			"capture": m.capture,
			"poll":    m.poll,
			"answer":  m.answer,
			"crowd": func(t *rapid.T) {
				m.crowded = rapid.Bool().Draw(t, "crowded")
				m.c.Crowd(m.crowded)
			},
			"time": func(t *rapid.T) {
				m.nowMs += rapid.Int64Range(0, 4000).Draw(t, "ms")
				m.giveUp()
			},
			"flush": func(t *rapid.T) {
				m.cover(t, m.left(), m.c.Flush(m.nowMs, rapid.Int64Range(0, 5000).Draw(t, "timeout_ms")))
			},
			"shutdown": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") > 0 {
					return
				}
				m.cover(t, m.left(), m.c.Shutdown(m.nowMs, rapid.Int64Range(0, 5000).Draw(t, "timeout_ms")))
				m.closed = true
				m.giveUp()
			},
			"": func(t *rapid.T) {
				steps++
				m.check(t)
			},
		})
	})
	t.Logf("%d steps", steps)
}

// giveUp forgets the requests that the client no longer waits for: their answers come too late to count.
func (m *model) giveUp() {
	m.c.exchanges.expire(m.nowMs)
	m.inFlight = slices.DeleteFunc(m.inFlight, func(s *sending) bool {
		return !slices.ContainsFunc(m.c.exchanges.open, func(e *exchange) bool { return e.id == s.request.ID })
	})
}
