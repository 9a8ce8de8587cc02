package driver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
)

// fakeSender answers requests without a network, so that time can be virtual.
type fakeSender struct {
	crowd
	handle   func(r *http.Request) (*http.Response, error)
	requests atomic.Int64
	released atomic.Int64
}

func (s *fakeSender) RoundTrip(r *http.Request) (*http.Response, error) {
	s.requests.Add(1)
	return s.handle(r)
}

func (s *fakeSender) release() { s.released.Add(1) }

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func accept(*http.Request) (*http.Response, error) { return answer(200, `{"status":1}`), nil }

// hang answers no request before its time is up.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// testClient is a client with a fake sender; handle may be nil if no request is expected.
type testClient struct {
	*Client
	t      *testing.T
	sender *fakeSender
}

func openTest(t *testing.T, options string, handle func(*http.Request) (*http.Response, error)) *testClient {
	t.Helper()
	return (&fakeSender{handle: handle}).open(t, options)
}

// open opens a client that sends through s, beside others perhaps.
func (s *fakeSender) open(t *testing.T, options string) *testClient {
	t.Helper()
	since := startClock()
	c, _, reply := ops.Open([]byte(options), since.nowMs(), ops.EitherMode, "1.2.3", randomSeed)
	if c == nil {
		t.Fatalf("open: %v", reply.Status)
	}
	return &testClient{newClient(c, s, since), t, s}
}

// call performs an operation that must answer with want, and returns its reply.
func (c *testClient) call(name, in string, want core.Status) map[string]any {
	c.t.Helper()
	reply := c.Call(ops.Lookup(name), []byte(in))
	text, _ := reply.Encode(false)
	if reply.Status != want {
		c.t.Fatalf("%s %s: %v %s, want %v", name, in, reply.Status, text, want)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		c.t.Fatalf("%s %s: %v in %s", name, in, err, text)
	}
	return object
}

func (c *testClient) capture(times int) {
	c.t.Helper()
	for range times {
		c.call("capture", `{"distinct_id":"u","event":"e"}`, core.OK)
	}
}

// wantRecord fails unless there is a record with that message.
func (c *testClient) wantRecord(message string) {
	c.t.Helper()
	records := c.call("drain", "", core.OK)["records"].([]any)
	if !slices.ContainsFunc(records, func(r any) bool { return r.(map[string]any)["message"] == message }) {
		c.t.Errorf("no record %q in %v", message, records)
	}
}

func (c *testClient) shutDown() {
	c.t.Helper()
	c.call("shutdown", `{"timeout_ms":0}`, core.OK)
	if n := c.sender.released.Load(); n != 1 {
		c.t.Errorf("the sender was released %d times, want 1", n)
	}
}

const key = `{"api_key":"phc_test"}`

func TestCapture_wakesNobodyUntilABatchIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTest(t, key, accept)
		defer c.shutDown()
		c.capture(1)
		armed := c.armedMs
		if due := armed - c.clock.nowMs(); due != 10_000 {
			t.Fatalf("the first event arms the timer for %d ms, want flush_interval_ms", due)
		}
		time.Sleep(time.Second)
		c.capture(18)
		synctest.Wait()
		if c.armedMs != armed || c.sender.requests.Load() != 0 {
			t.Fatalf("19 events moved the timer by %d ms and made %d requests", c.armedMs-armed, c.sender.requests.Load())
		}
		for _, then := range []struct {
			events   int
			ms       time.Duration
			requests int64
		}{
			{1, 99, 0},  // the twentieth lingers
			{1, 1, 1},   // and takes along what came meanwhile
			{99, 99, 1}, // so do these
			{1, 0, 2},   // a full batch does not
		} {
			c.capture(then.events)
			time.Sleep(then.ms * time.Millisecond)
			synctest.Wait()
			if n := c.sender.requests.Load(); n != then.requests {
				t.Fatalf("%d events more and %d ms later: %d requests, want %d", then.events, then.ms, n, then.requests)
			}
		}
	})
}

func TestCapture_isSentAfterTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		sent := make(chan time.Duration, 1)
		c := openTest(t, key, func(r *http.Request) (*http.Response, error) {
			sent <- time.Since(start)
			return accept(r)
		})
		defer c.shutDown()
		c.capture(1)
		if after := <-sent; after != 10*time.Second {
			t.Errorf("sent after %v, want 10s", after)
		}
	})
}

func TestFlush_waitsForDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := openTest(t, key, func(r *http.Request) (*http.Response, error) {
			time.Sleep(3 * time.Second)
			return accept(r)
		})
		defer c.shutDown()
		c.capture(5)
		if got := c.call("flush", `{"timeout_ms":60000}`, core.OK); got["delivered"] != 5.0 {
			t.Errorf("flush: %v, want 5 delivered", got)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("flush took %v, want the 3s of the request", took)
		}
		c.call("flush", `{}`, core.OK) // nothing to do: no request, no wait
		if n := c.sender.requests.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

func TestFlush_keepsItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := openTest(t, key, hang)
		defer c.shutDown()
		c.capture(1)
		if got := c.call("flush", `{"timeout_ms":1500}`, core.OK); got["pending"] != 1.0 {
			t.Errorf("flush: %v, want 1 pending", got)
		}
		if took := time.Since(start); took != 1500*time.Millisecond {
			t.Errorf("flush took %v, want 1.5s", took)
		}
	})
}

func TestRequest_isRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failures atomic.Int64
		c := openTest(t, key, func(r *http.Request) (*http.Response, error) {
			if failures.Add(1) == 1 {
				return nil, syscall.ECONNRESET
			}
			return accept(r)
		})
		defer c.shutDown()
		c.capture(1)
		if got := c.call("flush", `{"timeout_ms":60000}`, core.OK); got["delivered"] != 1.0 {
			t.Errorf("flush: %v, want 1 delivered", got)
		}
		if n := c.sender.requests.Load(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

// A server that never answers must cost a shutdown its timeout and not a moment more, and leave nothing running: the
// bubble would not end with a goroutine in it.
func TestShutdown_endsAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := openTest(t, key, hang)
		c.capture(5)
		if got := c.call("shutdown", `{"timeout_ms":2000}`, core.OK); got["dropped"] != 5.0 {
			t.Errorf("shutdown: %v, want 5 dropped", got)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("shutdown took %v, want 2s", took)
		}
		if n := c.sender.released.Load(); n != 1 {
			t.Errorf("the sender was released %d times", n)
		}
		c.call("capture", `{"distinct_id":"u","event":"e"}`, core.Closed)
		c.call("drain", `{"timeout_ms":5000}`, core.OK)
		if got := c.call("stats", "", core.OK); got["in_flight"] != 0.0 || got["queued"] != 0.0 {
			t.Errorf("stats after shutdown: %v", got)
		}
		if _, ok := c.core.Wake(); ok {
			t.Error("the core still wants to be woken")
		}
	})
}

func TestShutdown_deliversWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTest(t, key, accept)
		c.capture(250)
		if got := c.call("shutdown", `{}`, core.OK); got["delivered"] != 250.0 {
			t.Errorf("shutdown: %v, want 250 delivered", got)
		}
	})
}

func TestShutdown_everyCallerReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTest(t, key, hang)
		c.capture(1)
		var callers sync.WaitGroup
		for _, op := range []string{"shutdown", "shutdown", "flush", "drain"} {
			callers.Go(func() { c.Call(ops.Lookup(op), []byte(`{"timeout_ms":3000}`)) })
		}
		callers.Wait()
		if !c.Released() {
			t.Error("the client is not released")
		}
	})
}

func TestDrain_returnsWithTheFirstRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := openTest(t, `{"api_key":"phc_test","max_queue_size":1,"flush_at":100}`, hang)
		defer c.shutDown()
		c.capture(1)
		go func() {
			time.Sleep(time.Second)
			c.call("capture", `{"distinct_id":"u","event":"e"}`, core.QueueFull)
		}()
		if got := c.call("drain", `{"timeout_ms":60000}`, core.OK); len(got["records"].([]any)) != 1 {
			t.Errorf("drain: %v, want 1 record", got)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("drain took %v, want 1s", took)
		}
	})
}

const definitions = `{"flags":[{"id":1,"key":"on","active":true,"filters":{"groups":[{"properties":[],"rollout_percentage":100}]}}]}`

func TestView_followsTheDefinitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTest(t, `{"api_key":"phc_test","definitions":"push","only_evaluate_locally":true}`, nil)
		defer c.shutDown()
		query := `{"key":"on","distinct_id":"u","send_feature_flag_events":false}`
		if got := c.call("get_flag", query, core.OK); got["value"] != nil {
			t.Fatalf("without definitions: %v", got)
		}
		c.call("set_flag_definitions", definitions, core.OK)
		if got := c.call("get_flag", query, core.OK); got["value"] != true {
			t.Errorf("with definitions: %v, want true", got)
		}
	})
}

func TestClient_hasADriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTest(t, key, nil)
		defer c.shutDown()
		c.call("poll", "", core.WrongMode)
		c.call("complete", `{"id":1,"status":200}`, core.WrongMode)
	})
}

func TestRequest_isCompressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTest(t, key, func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.Header.Get("Content-Encoding") != "gzip" || !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
				t.Errorf("%v with content-encoding %q", err, r.Header.Get("Content-Encoding"))
			}
			return accept(r)
		})
		defer c.shutDown()
		c.capture(1)
		c.call("flush", "", core.OK)
	})
}

func TestPanic_inAnOperationIsItsReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTest(t, key, accept)
		defer c.shutDown()
		if got := c.Call(&ops.Operation{Name: "broken"}, nil).Status; got != core.Panic {
			t.Errorf("got %v, want PANIC", got)
		}
		c.wantRecord("an operation panicked") // and with that, the lock is free and the client goes on
	})
}

func TestPanic_whileSendingIsAFailedRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTest(t, `{"api_key":"phc_test","max_retries":0}`, func(*http.Request) (*http.Response, error) { panic("a defect") })
		defer c.shutDown()
		c.capture(1)
		if got := c.call("flush", `{"timeout_ms":60000}`, core.OK); got["dropped"] != 1.0 {
			t.Errorf("flush: %v, want 1 dropped", got)
		}
		c.wantRecord("a request panicked")
	})
}

// Whoever waits for a ticket must hear of it when the core breaks between operations.
func TestPanic_whileDrivingReleasesTheWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openTest(t, key, hang)
		c.capture(1)
		go func() {
			synctest.Wait()
			c.mu.Lock()
			defer c.mu.Unlock()
			c.core = nil // as broken as it gets
			c.wakeAt(c.clock.nowMs())
		}()
		if got := c.Call(ops.Lookup("flush"), nil).Status; got != core.Panic {
			t.Errorf("got %v, want PANIC", got)
		}
		c.finish()
	})
}

func TestOpen_refusals(t *testing.T) {
	for options, want := range map[string]core.Status{
		`{`: core.InvalidJSON,
		`{"api_key":"k","ca_file":"/does/not/exist"}`: core.InvalidArgument,
		`{"api_key":"k","io":"host"}`:                 core.InvalidArgument,
	} {
		if c, reply := Open([]byte(options), "1"); c != nil || reply.Status != want {
			t.Errorf("%s: %v, want %v", options, reply.Status, want)
		}
	}
	if len(transports.byRoute) != 0 {
		t.Error("a refused client keeps a transport")
	}
}

func TestMemoryLimit_theLargestWins(t *testing.T) {
	for _, megabytes := range []int64{4096, 64, 0} {
		raiseMemoryLimit(megabytes)
		if memoryLimit.megabytes != 4096 {
			t.Errorf("after %d the limit is %d, want 4096", megabytes, memoryLimit.megabytes)
		}
	}
}
