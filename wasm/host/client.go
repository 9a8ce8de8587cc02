package host

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Client is one PostHog client in an instance of its own, with a goroutine that polls, performs requests and sleeps.
// It is safe for concurrent use.
type Client struct {
	instance *Instance
	http     *http.Client
	id       uint32

	// ctx ends with the client: it stops the loop and cancels requests.
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	// leaving tells the loop to end, which it does behind what it is about; looped is closed then.
	leaving atomic.Bool
	looped  chan struct{}
	// changed and touched tell the loop that a call may have moved what is next: to poll at once, because somebody
	// waits, or soon. One slot is enough: a loop that has not looked yet will see every change.
	changed, touched chan struct{}

	// mu makes an operation and what follows from its reply one step. It guards everything below.
	mu sync.Mutex
	// waiting has a place for each ticket's answer.
	waiting map[int64]chan *done
	// undelivered bounds the events in the module: those of the last count, and one for each call since that may have
	// added one.
	undelivered int64
	// ended is why the client takes no more calls.
	ended error
}

// Open makes a client from open's JSON options ("api_key", "host", …) and starts its loop. Entropy and encodings are
// added unless given.
func (m *Module) Open(ctx context.Context, options []byte) (*Client, error) {
	options, err := completeOptions(options)
	if err != nil {
		return nil, fmt.Errorf("posthog: open: %w", err)
	}
	instance, err := m.Instantiate(ctx)
	if err != nil {
		return nil, err
	}
	c := &Client{instance: instance, http: m.http, waiting: map[int64]chan *done{}, looped: make(chan struct{})}
	c.changed, c.touched = make(chan struct{}, 1), make(chan struct{}, 1)
	if err := c.open(ctx, options); err != nil {
		instance.Close(ctx)
		return nil, err
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.running.Go(c.loop)
	return c, nil
}

func (c *Client) open(ctx context.Context, options []byte) error {
	reply, _, err := c.instance.Call(ctx, "open", 0, options, now())
	if err != nil {
		return err
	}
	var e envelope
	if err := read(reply, &e); err != nil {
		return err
	}
	if err := statusError("open", e.Status, reply); err != nil {
		return err
	}
	var o opened
	err = read(reply, &o)
	c.id = o.Client
	return err
}

// completeOptions adds what only the host knows.
func completeOptions(options []byte) ([]byte, error) {
	members, err := membersOf(options)
	if err != nil {
		return nil, fmt.Errorf("the options are not a JSON object: %w", err)
	}
	if _, given := members["entropy"]; !given {
		var seed [32]byte
		rand.Read(seed[:])
		members["entropy"] = hex.EncodeToString(seed[:])
	}
	if _, given := members["encodings"]; !given {
		members["encodings"] = encodings
	}
	return json.Marshal(members)
}

// membersOf takes a JSON object apart, for members to be added. Nothing is an empty one.
func membersOf(object []byte) (map[string]any, error) {
	members := map[string]any{}
	if len(object) == 0 {
		return members, nil
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(object, &given); err != nil {
		return nil, err
	}
	for name, value := range given {
		members[name] = value
	}
	return members, nil
}

// Call performs one operation and returns its reply's JSON, as wasm/ABI.md gives it. An operation that has to wait
// blocks until its answer is there, at most for its own timeout_ms; such an answer has no member "status". With
// "timeout_ms":0 the reply may be {"status":2}: the operation would have had to wait.
//
// # Errors
//
// A [*StatusError] for a failed operation; ctx's error when ctx ends first, the operation itself going on; [ErrClosed]
// after Close; a [*LostError] once the instance has trapped.
func (c *Client) Call(ctx context.Context, op string, in []byte) ([]byte, error) {
	if op == "open" || op == "poll" || op == "complete" {
		return nil, fmt.Errorf("posthog: %s is for the host alone", op)
	}
	reply, answer, err := c.begin(ctx, op, in)
	if err != nil || answer == nil {
		return reply, err
	}
	select {
	case d := <-answer:
		return d.Reply, statusError(op, d.Status, d.Reply)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ctx.Done():
	}
	select {
	case d := <-answer:
		return d.Reply, statusError(op, d.Status, d.Reply)
	default:
		return nil, c.failure()
	}
}

// mayCapture has the operations that may add an event.
var mayCapture = map[string]bool{
	"capture": true, "identify": true, "alias": true, "group_identify": true, "set": true, "capture_exception": true,
	"capture_ai": true, "enqueue": true, "get_flag": true, "flag_called": true,
}

// begin performs an operation. If it has to wait, the answer comes through the channel.
func (c *Client) begin(ctx context.Context, op string, in []byte) (reply []byte, answer chan *done, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if mayCapture[op] {
		c.undelivered++
	}
	reply, _, err = c.call(ctx, op, in)
	if err != nil {
		return nil, nil, err
	}
	var e envelope
	if err := read(reply, &e); err != nil {
		return nil, nil, err
	}
	if e.Status != statusPending {
		notify(c.touched)
		return reply, nil, statusError(op, e.Status, reply)
	}
	notify(c.changed)
	var p pending
	if err := read(reply, &p); err != nil {
		return nil, nil, err
	}
	answer = make(chan *done, 1)
	c.waiting[p.Ticket] = answer
	return nil, answer, nil
}

// call enters the instance. It is called with mu held.
func (c *Client) call(ctx context.Context, op string, in []byte) (reply, body []byte, err error) {
	if c.ended != nil {
		return nil, nil, c.ended
	}
	reply, body, err = c.instance.Call(ctx, op, c.id, in, now())
	return reply, body, c.checked(err)
}

// checked ends the client where err is the end of its instance. It is called with mu held.
func (c *Client) checked(err error) error {
	if trap := (*TrapError)(nil); errors.As(err, &trap) {
		err = &LostError{AtMost: c.undelivered, Trap: trap}
		c.end(err)
	}
	return err
}

// now is the time every call carries. Should the wall clock be set back, the module goes on from the latest it heard.
func now() int64 { return time.Now().UnixMilli() }

func notify(loop chan<- struct{}) {
	select {
	case loop <- struct{}{}:
	default:
	}
}

// end stops the loop and everyone who waits. It is called with mu held; the first reason stays.
func (c *Client) end(reason error) {
	if c.ended == nil {
		c.ended = reason
	}
	c.cancel()
}

func (c *Client) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// Close shuts the client down, within shutdown_timeout_ms, and ends its instance. Calls that wait get their answers. What
// is unsent when ctx ends or the time is up is lost; a program that wants the figures calls "shutdown" before Close. Closing
// twice does nothing.
func (c *Client) Close(ctx context.Context) error {
	_, err := c.Call(ctx, "shutdown", nil)
	if err == nil {
		c.leaving.Store(true)
		notify(c.changed)
		select {
		case <-c.looped:
		case <-ctx.Done():
		}
	}
	if errors.Is(err, ErrClosed) {
		err = nil
	}
	c.mu.Lock()
	c.end(ErrClosed)
	c.mu.Unlock()
	c.running.Wait()
	if closing := c.instance.Close(ctx); err == nil {
		err = closing
	}
	return err
}
