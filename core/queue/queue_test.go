package queue

import (
	"fmt"
	"testing"

	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/wire"
	"pgregory.net/rapid"
)

func limits() Limits {
	return Limits{FlushAt: 3, FlushIntervalMs: 1000, MaxBatchSize: 4, MaxQueueSize: 100, MaxQueueBytes: 1 << 20, MaxRetries: 2}
}

// bodyOf is what the queue takes for an event: it begins with the uuid, which is a number, and has so many bytes more.
func bodyOf(number int64, more int) []byte {
	return append(fmt.Appendf(nil, "%036d", number), make([]byte, more)...)
}

func newQueue(l Limits) *Queue { return New(l, func() float64 { return 0 }) }

func add(q *Queue, n int, nowMs int64) {
	for range n {
		q.Add(event.Event{Body: bodyOf(int64(q.order)+1, 0)}, nowMs)
	}
}

func sizes(q *Queue, nowMs int64) (sizes []int) {
	for b := q.Next(nowMs); b != nil; b = q.Next(nowMs) {
		sizes = append(sizes, len(b.Events()))
	}
	return sizes
}

func TestQueue_cutsABatch(t *testing.T) {
	for _, tc := range []struct {
		name  string
		setup func(q *Queue)
		nowMs int64
		want  []int
	}{
		{"not below the count", func(q *Queue) { add(q, 2, 0) }, 999, nil},
		{"at the count", func(q *Queue) { add(q, 3, 0) }, 0, []int{3}},
		{"when the oldest has waited", func(q *Queue) { add(q, 1, 0); add(q, 1, 900) }, 1000, []int{2}},
		{"no larger than allowed", func(q *Queue) { add(q, 11, 0) }, 0, []int{4, 4, 3}},
		{"and leaves a small rest waiting", func(q *Queue) { add(q, 6, 0) }, 0, []int{4}},
		{"on flush, all that was there", func(q *Queue) { add(q, 5, 0); q.Cover(); add(q, 1, 0) }, 0, []int{4, 2}},
		{"on flush, not what came later", func(q *Queue) { add(q, 4, 0); q.Cover(); add(q, 1, 0) }, 0, []int{4}},
		{"on close", func(q *Queue) { add(q, 1, 0); q.Close(0) }, 0, []int{1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := newQueue(limits())
			tc.setup(q)
			got := sizes(q, tc.nowMs)
			if len(got) != len(tc.want) {
				t.Fatalf("batches of %v, want %v", got, tc.want)
			}
			for i := range got {
				if got[i] != tc.want[i] {
					t.Fatalf("batches of %v, want %v", got, tc.want)
				}
			}
		})
	}
}

func TestQueue_stopsABatchAtItsBytes(t *testing.T) {
	l := limits()
	l.MaxQueueBytes = 64 << 20
	q := newQueue(l)
	for range 3 {
		q.Add(event.Event{Body: make([]byte, 2<<20)}, 0)
	}
	if got := sizes(q, 0); len(got) != 1 || got[0] != 2 {
		t.Errorf("batches of %v, want one of 2 with the rest waiting", got)
	}
}

func TestQueue_room(t *testing.T) {
	l := limits()
	l.MaxQueueSize, l.MaxQueueBytes = 3, 100
	q := newQueue(l)
	add(q, 2, 0)
	if !q.Room(28) || q.Room(29) {
		t.Error("72 of 100 bytes are taken: 28 more fit, 29 do not")
	}
	add(q, 1, 0)
	if q.Room(0) {
		t.Error("3 of 3 events are there: none fits")
	}
	if b := q.Next(0); q.Room(0) {
		t.Errorf("the %d events in flight count as well", len(b.Events()))
	}
}

func TestQueue_retriesWithBackoff(t *testing.T) {
	q := newQueue(limits())
	add(q, 3, 0)
	now := int64(0)
	for _, wait := range []int64{500, 1000} {
		b := q.Next(now)
		q.Resolve(b, now, wire.Retry, 503, 0)
		if q.Next(now+wait-1) != nil {
			t.Fatalf("attempt %d came back before %d ms", b.Attempts, wait)
		}
		if at, ok := q.Wake(); !ok || at != now+wait {
			t.Fatalf("wake at %d, %v, want %d", at, ok, now+wait)
		}
		now += wait
	}
	b := q.Next(now)
	if b.Attempts != 3 {
		t.Fatalf("attempt %d, want 3", b.Attempts)
	}
	q.Resolve(b, now, wire.Retry, 503, 0)
	if got := q.Ledger().Dropped[RetriesExhausted]; got != 3 {
		t.Errorf("%d dropped, want all 3 after 3 attempts", got)
	}
	if q.Next(now+1_000_000) != nil {
		t.Error("an exhausted batch was sent again")
	}
}

func TestQueue_newEventsDoNotWaitForAHeldBatch(t *testing.T) {
	q := newQueue(limits())
	add(q, 3, 0)
	q.Resolve(q.Next(0), 0, wire.Retry, 503, 0)
	add(q, 3, 0)
	if b := q.Next(0); b == nil || b.Attempts != 1 {
		t.Error("the second batch waits for the first one's retry")
	}
}

func TestQueue_pausesTheLaneForRetryAfter(t *testing.T) {
	q := newQueue(limits())
	add(q, 3, 0)
	q.Resolve(q.Next(0), 0, wire.Retry, 429, 5000)
	add(q, 3, 0)
	q.Add(event.Event{Lane: event.AI, Body: bodyOf(0, 0)}, 0)
	if b := q.Next(4999); b == nil || b.Lane != event.AI {
		t.Error("the AI lane waits for the analytics lane's server")
	}
	if q.Next(4999) != nil {
		t.Error("analytics events were sent while the server asked for silence")
	}
	if q.Next(5000) == nil {
		t.Error("nothing is sent when the time is over")
	}
}

func TestQueue_splits(t *testing.T) {
	q := newQueue(limits())
	add(q, 3, 0)
	q.Resolve(q.Next(0), 0, wire.Split, 413, 0)
	first, second := q.Next(0), q.Next(0)
	if len(first.Events()) != 1 || len(second.Events()) != 2 || first.Attempts != 1 {
		t.Fatalf("halves of %d and %d events", len(first.Events()), len(second.Events()))
	}
	q.Resolve(first, 0, wire.Split, 413, 0)
	q.Resolve(second, 0, wire.Delivered, 200, 0)
	l := q.Ledger()
	if l.Dropped["rejected_413"] != 1 || l.Delivered != 2 {
		t.Errorf("got %+v, want the single event dropped and the others delivered", l)
	}
}

func TestQueue_coversCountTheirEvents(t *testing.T) {
	q := newQueue(limits())
	add(q, 3, 0)
	first := q.Next(0)
	cover := q.Cover()
	add(q, 3, 0)
	q.Resolve(first, 0, wire.Rejected, 400, 0)
	if *cover != (Cover{Dropped: 3, last: 3, Fate: FateFailed}) {
		t.Errorf("got %+v, want 3 dropped and the later events not covered", *cover)
	}
}

func TestQueue_abandonNamesAtMost100(t *testing.T) {
	l := limits()
	l.MaxQueueSize = 1000
	q := newQueue(l)
	add(q, 150, 0)
	q.Next(0)
	q.Abandon()
	drops := q.Drops()
	if len(drops) != 1 || drops[0].Reason != Shutdown || drops[0].Count != 150 || len(drops[0].UUIDs) != 100 {
		t.Errorf("got %d drops, the first %+v", len(drops), drops[0])
	}
	if l := q.Ledger(); l.Queued != 0 || l.InFlight != 0 || l.Bytes != 0 {
		t.Errorf("left over: %+v", l)
	}
}

func TestBackoff(t *testing.T) {
	for _, tc := range []struct {
		attempts     int
		jitter       float64
		retryAfterMs int64
		want         int64
	}{
		{1, 0, 0, 500}, {2, 0, 0, 1000}, {3, 0, 0, 2000}, {7, 0, 0, 30_000}, {500, 0, 0, 30_000},
		{1, 0.8, 0, 600}, {7, 1, 0, 30_000}, {1, 0, 3000, 3000}, {3, 0, 1000, 2000},
	} {
		if got := backoff(tc.attempts, tc.jitter, tc.retryAfterMs); got != tc.want {
			t.Errorf("%+v: got %d", tc, got)
		}
	}
}

// model is the queue as simple as it can be: how many events are where, and what each batch went through.
type model struct {
	accepted, delivered, dropped int64
	inFlight                     []*Batch
	delivers                     map[event.UUID]int
	attempts                     map[*Batch]int
}

// TestQueue_model drives the queue with random calls and compares it with the model after each.
func TestQueue_model(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limits{
			FlushAt:         rapid.Int64Range(1, 5).Draw(t, "flush_at"),
			FlushIntervalMs: rapid.Int64Range(0, 2000).Draw(t, "flush_interval_ms"),
			MaxBatchSize:    rapid.Int64Range(1, 8).Draw(t, "max_batch_size"),
			MaxQueueSize:    rapid.Int64Range(1, 40).Draw(t, "max_queue_size"),
			MaxQueueBytes:   rapid.Int64Range(1, 1000).Draw(t, "max_queue_bytes"),
			MaxRetries:      rapid.Int64Range(0, 3).Draw(t, "max_retries"),
		}
		q := New(l, func() float64 { return 0.5 })
		m := &model{delivers: map[event.UUID]int{}, attempts: map[*Batch]int{}}
		now := int64(0)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				body := bodyOf(m.accepted, rapid.IntRange(1, 30).Draw(t, "bytes"))
				lane := event.Lane(rapid.IntRange(0, 1).Draw(t, "lane"))
				if !q.Room(len(body)) {
					q.Refuse(QueueFull, "")
					m.dropped++
				} else {
					q.Add(event.Event{Lane: lane, Body: body}, now)
				}
				m.accepted++
			},
			"next": func(t *rapid.T) {
				b := q.Next(now)
				if b == nil {
					return
				}
				m.inFlight = append(m.inFlight, b)
				m.attempts[b]++
				if int64(m.attempts[b]) > l.MaxRetries+1 {
					t.Fatalf("attempt %d of a batch, with %d retries", m.attempts[b], l.MaxRetries)
				}
				if n := int64(len(b.Events())); n == 0 || n > l.MaxBatchSize {
					t.Fatalf("a batch of %d events, at most %d", n, l.MaxBatchSize)
				}
			},
			"resolve": func(t *rapid.T) {
				if len(m.inFlight) == 0 {
					return
				}
				i := rapid.IntRange(0, len(m.inFlight)-1).Draw(t, "which")
				b := m.inFlight[i]
				m.inFlight = append(m.inFlight[:i:i], m.inFlight[i+1:]...)
				verdict := rapid.SampledFrom([]wire.Verdict{wire.Delivered, wire.Retry, wire.Split, wire.Rejected, wire.Quota}).Draw(t, "verdict")
				n := int64(len(b.items))
				switch {
				case verdict == wire.Delivered:
					m.delivered += n
					for i := range b.items {
						uuid := *b.items[i].event.UUID()
						if m.delivers[uuid]++; m.delivers[uuid] > 1 {
							t.Fatal("an event was delivered twice")
						}
					}
				case verdict == wire.Retry && int64(m.attempts[b]) <= l.MaxRetries:
				case verdict == wire.Split && n > 1:
				default:
					m.dropped += n
				}
				q.Resolve(b, now, verdict, 400, rapid.Int64Range(0, 3000).Draw(t, "retry_after_ms"))
			},
			"time": func(t *rapid.T) { now += rapid.Int64Range(0, 3000).Draw(t, "ms") },
			"flush": func(t *rapid.T) {
				c := q.Cover()
				if c.Pending != m.accepted-m.delivered-m.dropped {
					t.Fatalf("a flush covers %d events", c.Pending)
				}
				q.Release(c)
			},
			"": func(t *rapid.T) {
				ledger := q.Ledger()
				dropped := int64(0)
				for _, n := range ledger.Dropped {
					dropped += n
				}
				if ledger.Accepted != ledger.Delivered+ledger.Queued+ledger.InFlight+dropped {
					t.Fatalf("the ledger does not balance: %+v", ledger)
				}
				if ledger.Accepted != m.accepted || ledger.Delivered != m.delivered || dropped != m.dropped {
					t.Fatalf("got %+v, want %+v", ledger, m)
				}
				if held := ledger.Queued + ledger.InFlight; held > l.MaxQueueSize || ledger.Bytes > l.MaxQueueBytes {
					t.Fatalf("%d events of %d bytes are held", held, ledger.Bytes)
				}
				if at, ok := q.Wake(); ledger.Queued > 0 && !ok && ledger.InFlight == 0 {
					t.Fatalf("events wait for ever (wake %d)", at)
				}
			},
		})
	})
}

// What was left before it was queued has waited already.
func TestQueue_eventsThatWereLeftDoNotLinger(t *testing.T) {
	limits := Limits{
		FlushAt: 2, FlushIntervalMs: 10_000, LingerMs: 100, MaxBatchSize: 100, MaxQueueSize: 1000, MaxQueueBytes: 1 << 20,
	}
	for _, tc := range []struct {
		add    func(q *Queue, e event.Event, nowMs int64)
		wakeMs int64
	}{{(*Queue).Add, 5100}, {(*Queue).AddLeft, 5000}} {
		q := New(limits, func() float64 { return 0 })
		tc.add(q, event.Event{Body: []byte("{}")}, 1000)
		if atMs, _ := q.Wake(); atMs != 11_000 {
			t.Errorf("one event is due at %d ms, want 11000", atMs)
		}
		tc.add(q, event.Event{Body: []byte("{}")}, 5000)
		if atMs, _ := q.Wake(); atMs != tc.wakeMs {
			t.Errorf("two events are due at %d ms, want %d", atMs, tc.wakeMs)
		}
	}
}

func TestQueue_hasSpaceForWhatMayWait(t *testing.T) {
	limits := Limits{FlushIntervalMs: 200, LingerMs: 100, MaxQueueSize: 3, MaxQueueBytes: 10}
	q := New(limits, func() float64 { return 0 })
	q.Add(event.Event{Body: []byte("{}")}, 0)
	if events, bytes := q.Space(100); events != 2 || bytes != 8 {
		t.Errorf("room for %d events and %d bytes, want 2 and 8", events, bytes)
	}
	if events, bytes := q.Space(101); events != 0 || bytes != 0 {
		t.Errorf("longer than a batch lingers: room for %d events and %d bytes, want none", events, bytes)
	}
}
