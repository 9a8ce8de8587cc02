package core

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/flags"
)

var (
	seeds = flag.Uint64("seeds", 300, "how many seeds TestSimulation runs")
	seed  = flag.Int64("seed", -1, "the only seed TestSimulation runs, with a trace")
)

// simulation is one life of a client in virtual time: a workload, a network and a server, all drawn from one seed. It
// drives the client as a host does that trusts Wake and nothing else.
type simulation struct {
	*rand.Rand
	weather
	seed  uint64
	c     *Client
	nowMs int64
	// agenda is what is going to happen, soonest first.
	agenda []scheduled
	steps  int
	// trace is nil where nobody reads it.
	trace func(format string, args ...any)

	// open are the requests that the client waits for, flying the events in them.
	open   map[int64]*flight
	flying map[string]int64
	// tickets are the operations that wait.
	tickets map[int64]awaited
	// known are all events there ever were. The server took some, and said so for those confirmed; settled are those
	// the client has the server's last word on; dropped are those that records name.
	known, settled, confirmed, dropped map[string]bool
	taken                              map[string]int
	// attempts and carries belong to batches: how often each was sent, and what the next attempt has to carry.
	attempts map[string]int
	carries  map[string][]string
	// recorded is the sum of what drop records tell of, draining how many wait for records.
	recorded int64
	draining int
}

type scheduled struct {
	atMs int64
	do   func()
}

// awaited is a ticket: when it has to be finished, and for a flush how many events it speaks for.
type awaited struct {
	what       string
	deadlineMs int64
	covered    int64
}

// simFailure is what a check panics with, to end a seed wherever it is.
type simFailure string

func itoa(n int) string { return strconv.Itoa(n) }

func (s *simulation) failf(format string, args ...any) {
	panic(simFailure(fmt.Sprintf("at %+d ms: ", s.nowMs-t0) + fmt.Sprintf(format, args...)))
}

func (s *simulation) tracef(format string, args ...any) {
	if s.trace != nil {
		s.trace("%+7d  "+format, append([]any{s.nowMs - t0}, args...)...)
	}
}

// after schedules something. What is scheduled for the same time happens in the order it was scheduled in.
func (s *simulation) after(ms int64, do func()) {
	atMs := s.nowMs + ms
	i, _ := slices.BinarySearchFunc(s.agenda, atMs, func(e scheduled, atMs int64) int {
		if e.atMs <= atMs {
			return -1
		}
		return 1
	})
	s.agenda = slices.Insert(s.agenda, i, scheduled{atMs, do})
}

func newSimulation(seed uint64, trace func(string, ...any)) *simulation {
	s := &simulation{
		Rand: rand.New(rand.NewPCG(seed, 0)), seed: seed, nowMs: t0, trace: trace,
		open: map[int64]*flight{}, flying: map[string]int64{}, tickets: map[int64]awaited{},
		known: map[string]bool{}, settled: map[string]bool{}, confirmed: map[string]bool{}, dropped: map[string]bool{},
		taken: map[string]int{}, attempts: map[string]int{}, carries: map[string][]string{},
	}
	s.weather = s.drawWeather()
	o := defaults("0")
	o.APIKey = "k"
	o.CaptureV1 = seed/4%2 == 1
	if s.IntN(2) == 0 {
		o.SecretKey = "s"
	}
	for i := range o.Entropy {
		o.Entropy[i] = byte(s.IntN(256))
	}
	o.Limits.FlushAt = 1 + s.Int64N(20)
	o.Limits.MaxBatchSize = o.Limits.FlushAt + s.Int64N(20)
	o.Limits.FlushIntervalMs = s.Int64N(10_000)
	o.Limits.MaxRetries = s.Int64N(5)
	o.RequestTimeoutMs = 1000 + s.Int64N(9000)
	o.FlagsMaxRetries = s.Int64N(3)
	if !s.healthy {
		// A drop names at most 100 events. The queue holds no more, so that every drop can be checked by name.
		o.Limits.MaxQueueSize = 20 + s.Int64N(80)
	}
	s.c = Open(o, t0)
	s.tracef("seed %d: healthy %v, v1 %v, retries %d, timeout %d ms, weather %+v", seed, s.healthy, o.CaptureV1,
		o.Limits.MaxRetries, o.RequestTimeoutMs, s.weather)
	return s
}

// plan schedules the workload and the shutdown that ends it.
func (s *simulation) plan() {
	lifeMs := 10_000 + s.Int64N(110_000)
	for range 20 + s.IntN(40) {
		s.after(s.Int64N(lifeMs), s.operation)
	}
	s.after(lifeMs, s.shutdown)
	if !s.healthy {
		for range 3 {
			s.after(lifeMs+s.Int64N(10_000), s.operation)
		}
	}
}

func (s *simulation) operation() {
	switch s.IntN(12) {
	case 0, 1, 2, 3:
		n := 1 + s.IntN(30)
		s.tracef("capture %d events", n)
		for range n {
			s.c.Enqueue(s.nowMs, s.draft())
		}
	case 4, 5:
		timeoutMs := s.Int64N(6000)
		s.await("immediate", timeoutMs, s.c.EnqueueNow(s.nowMs, s.draft(), timeoutMs))
	case 6, 7, 8:
		s.readFlag()
	case 9:
		s.cover("flush", func(timeoutMs int64) Outcome { return s.c.Flush(s.nowMs, timeoutMs) })
	case 10:
		timeoutMs := s.Int64N(3000)
		o := s.c.Drain(s.nowMs, timeoutMs)
		if s.await("drain", timeoutMs, o); o.Status == Pending {
			s.draining++
		} else {
			s.record(o)
		}
	case 11:
		s.tracef("an answer to a request that never was")
		s.c.Complete(s.nowMs, 1<<40, s.serveFlags())
	}
}

func (s *simulation) draft() *event.Draft {
	m := &event.Message{Event: codec.Quote("e"), DistinctID: codec.Quote("u"), UUID: event.NewUUID(s.nowMs, s.Rand).String()}
	if s.IntN(5) == 0 {
		m.Lane = event.AI
	}
	s.known[m.UUID] = true
	return draftOf(s.c, s.nowMs, m)
}

func (s *simulation) readFlag() {
	key := []string{"on", "far", "ghost"}[s.IntN(3)]
	q := &FlagQuery{
		Keys: []string{key}, User: flags.User{DistinctID: "u" + itoa(s.IntN(6))},
		TimeoutMs: []int64{0, 500, 3000, -1}[s.IntN(4)],
	}
	var evaluated *Evaluated
	if s.IntN(2) == 0 {
		evaluated = s.c.View().Evaluate(s.nowMs, q)
	}
	longest := q.TimeoutMs
	if longest < 0 {
		longest = s.c.longestFlagsCall()
	}
	s.await("flag "+key, longest, s.c.GetFlag(s.nowMs, q, evaluated))
}

func (s *simulation) shutdown() {
	s.cover("shutdown", func(timeoutMs int64) Outcome { return s.c.Shutdown(s.nowMs, timeoutMs) })
}

// cover starts a flush or a shutdown.
func (s *simulation) cover(what string, start func(timeoutMs int64) Outcome) {
	timeoutMs := []int64{0, 300, 5000, 30_000}[s.IntN(4)]
	if s.healthy {
		timeoutMs = 60_000
	}
	l := s.ledger()
	o := start(timeoutMs)
	s.await(what, timeoutMs, o)
	if o.Status == Pending {
		a := s.tickets[o.Ticket]
		a.covered = l.Queued + l.InFlight
		s.tickets[o.Ticket] = a
		return
	}
	s.counted(what, o, l.Queued+l.InFlight)
}

// counted fails unless the counts of a flush or a shutdown add up to what it covered.
func (s *simulation) counted(what string, o Outcome, covered int64) {
	if n, ok := o.Result.(Counts); ok && n.Delivered+n.Dropped+n.Pending != covered {
		s.failf("%s of %d events answers %+v", what, covered, n)
	}
}

func (s *simulation) await(what string, timeoutMs int64, o Outcome) {
	s.tracef("%s, timeout %d ms: status %v ticket %d", what, timeoutMs, o.Status, o.Ticket)
	if o.Status != Pending {
		return
	}
	if timeoutMs <= 0 {
		s.failf("%s waits although it must not", what)
	}
	s.tickets[o.Ticket] = awaited{what: what, deadlineMs: s.nowMs + timeoutMs}
}

func (s *simulation) finish(d *Done) {
	a, waits := s.tickets[d.Ticket]
	if !waits {
		s.failf("ticket %d is finished, and nobody waits for it", d.Ticket)
	}
	delete(s.tickets, d.Ticket)
	s.tracef("%s, ticket %d: status %v", a.what, d.Ticket, d.Outcome.Status)
	if a.what == "drain" {
		s.draining--
		s.record(d.Outcome)
	}
	s.counted(a.what, d.Outcome, a.covered)
}

// drive polls for as long as Wake asks for it. Wake must neither hide anything nor make its host spin.
func (s *simulation) drive() {
	idle := 0
	for at, ok := s.c.Wake(); ok && at <= s.nowMs; at, ok = s.c.Wake() {
		for _, f := range s.open {
			if f.deadlineMs <= s.nowMs {
				s.land(f)
			}
		}
		out := s.c.Poll(s.nowMs)
		switch {
		case out.Done != nil:
			s.finish(out.Done)
		case out.Request != nil:
			s.send(out.Request)
		default:
			if idle++; idle > 2 {
				s.failf("Wake asks to poll now, and Poll has nothing")
			}
		}
	}
	if out := s.c.Poll(s.nowMs); out.Done != nil || out.Request != nil {
		s.failf("Poll has something that Wake did not announce: %+v", out)
	}
	if s.c.phase == closed {
		clear(s.open)
		clear(s.flying)
	}
}

// check is what holds after every step.
func (s *simulation) check() {
	l := s.ledger()
	if l.Accepted != l.Delivered+l.Queued+l.InFlight+l.dropped {
		s.failf("the ledger does not balance: %+v", l)
	}
	if l.InFlight != int64(len(s.flying)) {
		s.failf("%d events are on their way, the ledger says %+v", len(s.flying), l)
	}
	if _, ok := s.c.Wake(); !ok && l.Queued > 0 {
		s.failf("%d events wait for ever", l.Queued)
	}
	for id, a := range s.tickets {
		if a.deadlineMs <= s.nowMs {
			s.failf("%s, ticket %d, should have been finished at %+d ms", a.what, id, a.deadlineMs-t0)
		}
	}
	if s.draining > 0 {
		return // whoever waits for the records is to have them
	}
	if s.record(s.c.Drain(s.nowMs, 0)); s.recorded != l.dropped {
		s.failf("%d events are dropped, the records tell of %d", l.dropped, s.recorded)
	}
}

// checkEnd is what holds when all is over.
func (s *simulation) checkEnd() {
	l := s.ledger()
	if l.Queued != 0 || l.InFlight != 0 || !s.c.Released() || len(s.tickets) > 0 {
		s.failf("left over at the end: %+v, %d tickets", l, len(s.tickets))
	}
	delivered := int64(0)
	for uuid := range s.known {
		switch {
		case s.dropped[uuid] && s.confirmed[uuid]:
			s.failf("%s is dropped although the server confirmed it", uuid)
		case s.dropped[uuid]:
		case s.taken[uuid] == 0:
			s.failf("%s counts as delivered, and the server never took it", uuid)
		default:
			delivered++
		}
	}
	if delivered != l.Delivered {
		s.failf("%d events are neither dropped nor missing, %d are delivered", delivered, l.Delivered)
	}
	// A flag answered while the shutdown was under way was still reported, and that came too late.
	if s.healthy && l.Delivered+l.Dropped["closed"] != l.Accepted {
		s.failf("nothing went wrong, and not everything arrived: %+v", l)
	}
}

// run lives a client's life; problem is empty if all went well.
func (s *simulation) run() (problem string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case simFailure:
			problem = string(r)
		default:
			problem = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	s.plan()
	for {
		at, ok := s.c.Wake()
		switch {
		case len(s.agenda) > 0 && (!ok || s.agenda[0].atMs <= at):
			next := s.agenda[0]
			s.agenda = s.agenda[1:]
			s.nowMs = max(s.nowMs, next.atMs)
			next.do()
		case ok:
			s.nowMs = max(s.nowMs, at)
		default:
			s.checkEnd()
			return ""
		}
		s.drive()
		s.check()
		if s.steps++; s.steps > 100_000 {
			s.failf("there is no end to it")
		}
	}
}

// Whatever the network and the server do to a client, every event is accounted for. A seed that fails says how to run
// it alone.
func TestSimulation(t *testing.T) {
	if *seed >= 0 {
		if problem := newSimulation(uint64(*seed), t.Logf).run(); problem != "" {
			t.Fatalf("seed %d: %s", *seed, problem)
		}
		return
	}
	shards := uint64(runtime.GOMAXPROCS(0))
	for shard := range shards {
		t.Run(itoa(int(shard)), func(t *testing.T) {
			t.Parallel()
			var sum ledgerSum
			steps, twice := 0, 0
			for n := shard; n < *seeds; n += shards {
				s := newSimulation(n, nil)
				if problem := s.run(); problem != "" {
					t.Fatalf("seed %d: %s\ngo test ./core -run TestSimulation -v -seed %[1]d", n, problem)
				}
				l := s.ledger()
				steps += s.steps
				sum.Accepted += l.Accepted
				sum.Delivered += l.Delivered
				sum.dropped += l.dropped
				for _, times := range s.taken {
					if times > 1 {
						twice++
					}
				}
			}
			t.Logf("%d steps, %d events: %d delivered, %d dropped, %d taken more than once for want of an answer",
				steps, sum.Accepted, sum.Delivered, sum.dropped, twice)
			if sum.Delivered == 0 || sum.dropped == 0 || twice == 0 {
				t.Error("the seeds did not meet every case")
			}
		})
	}
}
