package driver

import (
	"context"
	"iter"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
)

// Client is a client with a driver: operations that may wait block their caller. Safe for concurrent use.
type Client struct {
	clock  clock
	sender sender
	// requests counts the goroutines that perform requests; ctx ends them.
	requests sync.WaitGroup
	ctx      context.Context
	cancel   context.CancelFunc
	finished sync.Once
	// view is what Prepare may use without the lock.
	view atomic.Pointer[core.View]

	// mu guards what follows.
	mu   sync.Mutex
	core *core.Client
	// waiters are the callers that wait for a ticket.
	waiters map[int64]chan<- ops.Reply
	// timer runs tick at armedMs, which is idle where nothing is scheduled.
	timer   *time.Timer
	armedMs int64
}

// sender performs requests. A client gives up its share in it when it is finished.
type sender interface {
	http.RoundTripper
	// enter and leave count a request that is under way.
	enter()
	leave()
	crowded() bool
	release()
}

// idle is later than any time the core asks to be woken at.
const idle = math.MaxInt64

func newClient(c *core.Client, s sender, since clock) *Client {
	d := &Client{core: c, sender: s, clock: since, armedMs: idle, waiters: map[int64]chan<- ops.Reply{}}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.mu.Lock()
	defer d.mu.Unlock()
	d.timer = time.AfterFunc(idle, d.tick)
	d.settle()
	return d
}

// Call performs an operation. It blocks only where the operation may wait, and then for its timeout at most.
func (d *Client) Call(op *ops.Operation, in []byte) (reply ops.Reply) {
	defer d.contain(&reply)
	if op.HostOnly {
		return ops.Failure(core.WrongMode, op.Name+" is for clients opened with io host; this one has a driver")
	}
	nowMs := d.clock.nowMs()
	prepared := op.PrepareIn(memories.Get().(*ops.Memory), in, d.view.Load(), nowMs)
	reply, done := d.run(prepared, nowMs)
	if done != nil {
		reply = <-done
	}
	if op.Waits && d.Released() {
		d.finish()
	}
	return reply
}

// CaptureAll captures events that were left for the client. Their inputs may change afterwards.
func (d *Client) CaptureAll(events iter.Seq[ops.Left]) {
	for e := range events {
		d.capture(&e)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
}

func (d *Client) capture(e *ops.Left) {
	defer d.Contain()
	prepared := e.Prepare(memories.Get().(*ops.Memory), d.view.Load())
	d.mu.Lock()
	defer d.mu.Unlock()
	Recycle(prepared.Run(d.core, e.AtMs))
}

// Room is what captures find that may wait so long; see [core.Room].
func (d *Client) Room(wait time.Duration) core.Room {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.core.Room(wait.Milliseconds())
}

// Clock returns the client's time.
func (d *Client) Clock() time.Time { return d.clock.now() }

// memories are for the operations under way.
var memories = sync.Pool{New: func() any { return new(ops.Memory) }}

// Recycle takes back the memory of a reply that has been read. Who does not call it leaves it to the garbage collector.
func Recycle(reply ops.Reply) {
	if m := reply.Recycle(); m != nil {
		memories.Put(m)
	}
}

// flagValues is memory for the questions under way.
var flagValues = sync.Pool{New: func() any { return new(ops.FlagValue) }}

// FlagValue answers one flag's value in at most room bytes, or the status that says why not; see [ops.FlagValue]. It
// never blocks.
func (d *Client) FlagValue(key, distinctID string, in []byte, room int) (status core.Status, value codec.Value) {
	defer d.containStatus(&status)
	nowMs := d.clock.nowMs()
	asked := flagValues.Get().(*ops.FlagValue)
	asked.Prepare(key, distinctID, in, d.view.Load(), nowMs)
	d.mu.Lock()
	defer d.mu.Unlock()
	status, value, changed := asked.Run(d.core, nowMs, room)
	if changed {
		d.settle()
	}
	asked.Forget()
	flagValues.Put(asked)
	return status, value
}

// run performs the part of an operation that needs the client. Where it has to wait, done will bring the reply.
func (d *Client) run(prepared ops.Prepared, nowMs int64) (reply ops.Reply, done <-chan ops.Reply) {
	d.mu.Lock()
	defer d.mu.Unlock()
	reply = prepared.Run(d.core, nowMs)
	if reply.Status != core.Pending {
		d.settle()
		return reply, nil
	}
	// Room for the reply, so that whoever brings it never waits for the caller.
	ticket := make(chan ops.Reply, 1)
	d.waiters[reply.Ticket] = ticket
	d.pump()
	return reply, ticket
}

// Released reports whether the client is shut down; only stats and drain still answer.
func (d *Client) Released() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.core.Released()
}

// finish gives back everything a released client holds. It returns when the last request has ended.
func (d *Client) finish() {
	d.finished.Do(func() {
		d.timer.Stop()
		d.cancel()
		d.requests.Wait()
		d.sender.release()
	})
}
