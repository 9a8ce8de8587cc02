package core

import (
	"slices"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/flags"
	"github.com/libposthog/libposthog/core/wire"
)

const t0 = 1_780_000_000_000

// harness drives a client in virtual time.
type harness struct {
	*testing.T
	c     *Client
	nowMs int64
}

func start(t *testing.T, options string) *harness {
	t.Helper()
	in, err := codec.Parse([]byte(options))
	if err != nil {
		t.Fatal(err)
	}
	o, err := ParseOptions(in, "0.0.0")
	if err != nil {
		t.Fatal(err)
	}
	return &harness{t, Open(o, t0), t0}
}

func draftOf(c *Client, nowMs int64, m *event.Message) *event.Draft {
	d := &event.Draft{}
	c.View().Encode(nowMs, m, d)
	return d
}

func (h *harness) capture(name string) Outcome {
	h.Helper()
	return h.c.Enqueue(h.nowMs, draftOf(h.c, h.nowMs, &event.Message{Event: codec.Quote(name), DistinctID: codec.Quote("u")}))
}

func (h *harness) request() *Request {
	h.Helper()
	out := h.c.Poll(h.nowMs)
	if out.Request == nil {
		h.Fatalf("no request at %+d ms: %+v", h.nowMs-t0, out)
	}
	return out.Request
}

func (h *harness) done() Outcome {
	h.Helper()
	out := h.c.Poll(h.nowMs)
	if out.Done == nil {
		h.Fatalf("nothing done at %+d ms: %+v", h.nowMs-t0, out)
	}
	return out.Done.Outcome
}

func (h *harness) idle() {
	h.Helper()
	if out := h.c.Poll(h.nowMs); out.Done != nil || out.Request != nil {
		h.Fatalf("not idle at %+d ms: %+v", h.nowMs-t0, out)
	}
}

func (h *harness) answer(r *Request, status int, body string) {
	h.c.Complete(h.nowMs, r.ID, &wire.Response{Status: status, Body: []byte(body)})
}

func (h *harness) fail(r *Request, kind string) {
	h.c.Complete(h.nowMs, r.ID, &wire.Response{Error: kind})
}

func (h *harness) dropped(reason string) int64 {
	return h.c.Stats(h.nowMs).Result.(*Stats).Ledger.Dropped[reason]
}

// records drains the codes of the records.
func (h *harness) records() (codes []string) {
	for _, r := range h.c.Drain(h.nowMs, 0).Result.(*Records).Records {
		codes = append(codes, r.Code)
	}
	return codes
}

func TestClient_givesUpAnUnansweredRequest(t *testing.T) {
	h := start(t, `{"api_key":"k","flush_at":1,"request_timeout_ms":2000,"max_retries":0}`)
	h.capture("a")
	r := h.request()
	h.nowMs += 2999
	h.idle()
	h.nowMs++
	h.idle()
	if n := h.dropped("retries_exhausted"); n != 1 {
		t.Errorf("%d dropped after the timeout and a second of grace, want 1", n)
	}
	h.answer(r, 200, "{}")
	if l := h.c.Stats(h.nowMs).Result.(*Stats).Ledger; l.Delivered != 0 {
		t.Error("an answer that came too late was counted")
	}
}

func TestClient_clockNeverRunsBackwards(t *testing.T) {
	h := start(t, `{"api_key":"k","flush_interval_ms":1000}`)
	h.nowMs += 500
	h.capture("a")
	if out := h.c.Poll(t0 - 10_000); !out.HasWake || out.WakeMs != t0+1500 {
		t.Errorf("got %+v, want to wake a second after the capture", out)
	}
}

func TestClient_sendsIdentityWhenTheHostCannotCompress(t *testing.T) {
	h := start(t, `{"api_key":"k","flush_at":1,"max_retries":0,"encodings":["gzip"]}`)
	h.capture("a")
	r := h.request()
	if r.Encoding != wire.Gzip || !strings.HasSuffix(r.URL, "?compression=gzip") {
		t.Fatalf("first attempt: %s to %s", r.Encoding, r.URL)
	}
	h.fail(r, wire.ErrEncoding)
	r = h.request()
	if r.Encoding != wire.Identity || strings.Contains(r.URL, "gzip") {
		t.Fatalf("second attempt: %s to %s", r.Encoding, r.URL)
	}
	h.answer(r, 200, "{}")
	if l := h.c.Stats(h.nowMs).Result.(*Stats).Ledger; l.Delivered != 1 {
		t.Errorf("got %+v: the retry without encoding must not count against max_retries", l)
	}
}

func TestClient_oneLoudRecordForAWrongKey(t *testing.T) {
	h := start(t, `{"api_key":"k","flush_at":1}`)
	for range 3 {
		h.capture("a")
		h.answer(h.request(), 401, "")
	}
	loud := 0
	for _, code := range h.records() {
		if code == "unauthorized" {
			loud++
		}
	}
	if loud != 1 {
		t.Errorf("%d records, want 1", loud)
	}
}

func TestClient_shutdownEndsEveryWait(t *testing.T) {
	h := start(t, `{"api_key":"k","secret_key":"s"}`)
	h.c.GetFlag(h.nowMs, &FlagQuery{Keys: []string{"f"}, User: flags.User{DistinctID: "u"}, TimeoutMs: -1}, nil)
	h.capture("a")
	h.c.Shutdown(h.nowMs, 5000)
	h.answer(h.request(), 200, "{}")
	statuses := []Status{h.done().Status, h.done().Status}
	slices.Sort(statuses)
	if statuses[0] != Closed || statuses[1] != OK {
		t.Errorf("got %v, want the flag call CLOSED and the shutdown OK", statuses)
	}
	if !h.c.Released() {
		t.Error("the client is not released")
	}
}

func TestClient_shutdownCutsAnyWaitForARetry(t *testing.T) {
	h := start(t, `{"api_key":"k","flush_at":1}`)
	h.capture("a")
	h.c.Complete(h.nowMs, h.request().ID, &wire.Response{Status: 429, Headers: map[string]string{"retry-after": "20"}})
	h.idle()
	h.c.Shutdown(h.nowMs, 1000)
	h.request()
	h.nowMs += 1000
	if counts := h.done().Result.(Counts); counts != (Counts{Dropped: 1}) {
		t.Errorf("got %+v, want the event dropped at the deadline", counts)
	}
	if n := h.dropped("shutdown"); n != 1 {
		t.Errorf("%d dropped by shutdown, want 1", n)
	}
}

func TestClient_recordsAreBounded(t *testing.T) {
	h := start(t, `{"api_key":"k"}`)
	for range maxRecords + 5 {
		h.c.records.add(Record{Kind: "log"})
	}
	got := h.c.Drain(h.nowMs, 0).Result.(*Records)
	if len(got.Records) != maxRecords || got.Missed != 5 {
		t.Errorf("%d records, %d missed, want %d and 5", len(got.Records), got.Missed, maxRecords)
	}
}

func TestClient_drainWaitsForARecord(t *testing.T) {
	h := start(t, `{"api_key":"k","max_queue_size":1}`)
	if o := h.c.Drain(h.nowMs, 1000); o.Status != Pending {
		t.Fatalf("got %v, want to wait", o.Status)
	}
	h.capture("a")
	h.idle()
	h.capture("b")
	if got := h.done().Result.(*Records).Records; len(got) != 1 || got[0].Reason != "queue_full" {
		t.Errorf("got %+v, want the drop", got)
	}
}

func definitionsDocument(t *testing.T, flags string) codec.Value {
	t.Helper()
	v, err := codec.Parse([]byte(`{"flags":[` + flags + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const simpleFlag = `{"id":1,"key":"on","active":true,"filters":{"groups":[{"rollout_percentage":100}]}}`

func (h *harness) getFlag(key string, timeoutMs int64) Outcome {
	q := &FlagQuery{Keys: []string{key}, User: flags.User{DistinctID: "u"}, TimeoutMs: timeoutMs}
	return h.c.GetFlag(h.nowMs, q, h.c.View().Evaluate(h.nowMs, q))
}

func TestClient_flagWithTimeout0NeverWaits(t *testing.T) {
	h := start(t, `{"api_key":"k","definitions":"push"}`)
	if o := h.c.SetDefinitions(h.nowMs, definitionsDocument(t, simpleFlag)); o.Status != OK {
		t.Fatal(o)
	}
	if o := h.getFlag("on", 0); o.Status != OK || string(o.Result.(*FlagRecord).Value) != "true" {
		t.Errorf("a local flag: %+v", o)
	}
	if o := h.getFlag("other", 0); o.Status != WouldWait {
		t.Errorf("an unknown flag: %v, want WOULD_WAIT", o.Status)
	}
	h.idle()
}

func TestClient_exposureOnceForEachValue(t *testing.T) {
	h := start(t, `{"api_key":"k","definitions":"push"}`)
	h.c.SetDefinitions(h.nowMs, definitionsDocument(t, simpleFlag))
	for range 3 {
		h.getFlag("on", 0)
	}
	if l := h.c.Stats(h.nowMs).Result.(*Stats).Ledger; l.Accepted != 1 {
		t.Errorf("%d exposures of one value, want 1", l.Accepted)
	}
	h.c.SetDefinitions(h.nowMs, definitionsDocument(t, strings.Replace(simpleFlag, "true", "false", 1)))
	h.getFlag("on", 0)
	if l := h.c.Stats(h.nowMs).Result.(*Stats).Ledger; l.Accepted != 2 {
		t.Errorf("%d exposures of two values, want 2", l.Accepted)
	}
}

func TestClient_exposureIsNotMarkedWhenTheEventWasRefused(t *testing.T) {
	h := start(t, `{"api_key":"k","definitions":"push","max_queue_size":1}`)
	h.c.SetDefinitions(h.nowMs, definitionsDocument(t, simpleFlag))
	h.capture("fills the queue")
	h.getFlag("on", 0)
	h.c.Flush(h.nowMs, 0)
	h.answer(h.request(), 200, "{}")
	h.getFlag("on", 0)
	if l := h.c.Stats(h.nowMs).Result.(*Stats).Ledger; l.Queued != 1 || l.Dropped["queue_full"] != 1 {
		t.Errorf("got %+v, want the exposure queued at the second read", l)
	}
}

func TestClient_remoteBudget(t *testing.T) {
	h := start(t, `{"api_key":"k","remote_budget_per_minute":2}`)
	for i := range 3 {
		o := h.getFlag("f", 1000)
		if i < 2 && o.Status != Pending {
			t.Fatalf("call %d: %v, want to ask the service", i, o.Status)
		}
		if i == 2 && (o.Status != OK || o.Result.(*FlagRecord).Request != "budget") {
			t.Fatalf("call %d: %+v, want an answer for lack of budget", i, o)
		}
	}
	h.nowMs += 60_000
	if o := h.getFlag("f", 1000); o.Status != Pending {
		t.Errorf("after a minute: %v, want to ask again", o.Status)
	}
}

func TestClient_negativeCacheUntilNewDefinitions(t *testing.T) {
	h := start(t, `{"api_key":"k","definitions":"push"}`)
	h.c.SetDefinitions(h.nowMs, definitionsDocument(t, simpleFlag))
	h.getFlag("ghost", 1000)
	h.answer(h.request(), 200, `{"flags":{}}`)
	h.done()
	if o := h.getFlag("ghost", 1000); o.Status != OK || o.Result.(*FlagRecord).Request != "negative_cache" {
		t.Fatalf("second read: %+v, want no second request", o)
	}
	h.c.SetDefinitions(h.nowMs, definitionsDocument(t, simpleFlag))
	if o := h.getFlag("ghost", 1000); o.Status != Pending {
		t.Errorf("after new definitions: %v, want to ask again", o.Status)
	}
}

func TestClient_flagsRetryOnlyWhereTheServiceDidNotAnswer(t *testing.T) {
	for _, tc := range []struct {
		name    string
		refuse  func(h *harness, r *Request)
		retried bool
		tag     string
	}{
		{"reset", func(h *harness, r *Request) { h.fail(r, wire.ErrReset) }, true, "connection_error"},
		{"timeout", func(h *harness, r *Request) { h.fail(r, wire.ErrTimeout) }, true, "timeout"},
		{"502", func(h *harness, r *Request) { h.answer(r, 502, "") }, true, "api_error_502"},
		{"504", func(h *harness, r *Request) { h.answer(r, 504, "") }, true, "api_error_504"},
		{"500", func(h *harness, r *Request) { h.answer(r, 500, "") }, false, "api_error_500"},
		{"503", func(h *harness, r *Request) { h.answer(r, 503, "") }, false, "api_error_503"},
		{"429", func(h *harness, r *Request) { h.answer(r, 429, "") }, false, "api_error_429"},
		{"no JSON", func(h *harness, r *Request) { h.answer(r, 200, "<html>") }, false, "unknown_error"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := start(t, `{"api_key":"k"}`)
			h.getFlag("f", -1)
			tc.refuse(h, h.request())
			if tc.retried {
				h.nowMs += 299
				h.idle()
				h.nowMs++
				tc.refuse(h, h.request())
			}
			r := h.done().Result.(*FlagRecord)
			if r.Value != nil || len(r.Errors) != 1 || r.Errors[0] != tc.tag {
				t.Errorf("got %+v, want %s", r, tc.tag)
			}
		})
	}
}

func TestClient_remoteNeverReplacesALocalValue(t *testing.T) {
	h := start(t, `{"api_key":"k","definitions":"push"}`)
	h.c.SetDefinitions(h.nowMs, definitionsDocument(t, simpleFlag))
	q := &FlagQuery{Keys: []string{"on", "far"}, User: flags.User{DistinctID: "u"}, TimeoutMs: 1000}
	h.c.EvaluateFlags(h.nowMs, q, nil)
	r := h.request()
	if !strings.Contains(string(r.Body.Bytes()), `"flag_keys_to_evaluate":["on","far"]`) {
		t.Errorf("the request does not name all keys asked for: %s", r.Body.Bytes())
	}
	h.answer(r, 200, `{"flags":{"on":{"enabled":false},"far":{"enabled":true,"variant":"v"},"extra":{"enabled":true}}}`)
	s := h.done().Result.(*Snapshot)
	if len(s.Records) != 2 || string(s.Records[0].Value) != "true" || string(s.Records[1].Value) != `"v"` {
		t.Errorf("got %+v", s.Records)
	}
}

func TestClient_firstDefinitionsAreWorthWaitingFor(t *testing.T) {
	h := start(t, `{"api_key":"k","secret_key":"s","only_evaluate_locally":true}`)
	if o := h.getFlag("on", 1000); o.Status != Pending {
		t.Fatalf("got %v, want to wait for the first definitions", o.Status)
	}
	h.answer(h.request(), 200, `{"flags":[`+simpleFlag+`]}`)
	if r := h.done().Result.(*FlagRecord); string(r.Value) != "true" {
		t.Errorf("got %+v", r)
	}
}

func TestClient_definitionsOverQuotaAreForgotten(t *testing.T) {
	h := start(t, `{"api_key":"k","secret_key":"s"}`)
	r := h.request()
	h.c.Complete(h.nowMs, r.ID, &wire.Response{Status: 200, Body: []byte(`{"flags":[` + simpleFlag + `]}`), Headers: map[string]string{"etag": `W/"1"`}})
	for _, tc := range []struct {
		status int
		etag   string
		flags  int
	}{{304, `W/"1"`, 1}, {500, `W/"1"`, 1}, {401, `W/"1"`, 1}, {402, `W/"1"`, 0}, {500, "", 0}} {
		h.nowMs += 2 * 60_000
		r = h.request()
		etag := ""
		for _, header := range r.Headers {
			if header.Name == "if-none-match" {
				etag = header.Value
			}
		}
		h.answer(r, tc.status, "")
		if got := h.c.Stats(h.nowMs).Result.(*Stats).Flags; got != tc.flags || etag != tc.etag {
			t.Errorf("after %d: %d flags, etag %q, want %d and %q", tc.status, got, etag, tc.flags, tc.etag)
		}
	}
}

func TestClient_v1SendsOnlyWhatIsToBeRetried(t *testing.T) {
	h := start(t, `{"api_key":"k","capture_mode":"v1","flush_at":5,"max_retries":1}`)
	var uuids []string
	for _, name := range []string{"ok", "warning", "drop", "limited", "retry"} {
		uuids = append(uuids, h.capture(name).Result.(Accepted).UUID.String())
	}
	results := func(words ...string) string {
		var parts []string
		for i, word := range words {
			parts = append(parts, `"`+uuids[i]+`":{"result":"`+word+`"}`)
		}
		return `{"results":{` + strings.Join(parts, ",") + `}}`
	}
	first := h.request()
	h.answer(first, 200, results("ok", "warning", "drop", "limited", "retry"))
	h.nowMs += 700
	second := h.request()
	if !strings.Contains(string(second.Body.Bytes()), uuids[4]) || strings.Contains(string(second.Body.Bytes()), uuids[0]) {
		t.Errorf("the second attempt sends %s", second.Body.Bytes())
	}
	for _, name := range []string{"posthog-request-id", "posthog-attempt"} {
		if same := header(first, name) == header(second, name); same != (name == "posthog-request-id") {
			t.Errorf("%s: %s, then %s", name, header(first, name), header(second, name))
		}
	}
	h.answer(second, 200, results("", "", "", "", "retry"))
	h.nowMs += 60_000
	h.idle()
	l := h.c.Stats(h.nowMs).Result.(*Stats).Ledger
	if l.Delivered != 2 || l.Dropped["result_drop"] != 1 || l.Dropped["result_limited"] != 1 || l.Dropped["retries_exhausted"] != 1 {
		t.Errorf("got %+v", l)
	}
}

func header(r *Request, name string) string {
	for _, h := range r.Headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

func TestClient_v1GivesUpOn429AndNeverResendsWhatItCannotRead(t *testing.T) {
	for _, tc := range []struct {
		status    int
		body      string
		delivered int64
		dropped   string
	}{
		{200, `<html>`, 1, ""}, {200, `{}`, 1, ""}, {200, `{"results":{}}`, 1, ""}, {429, ``, 0, "rejected_429"},
		{501, ``, 0, "rejected_501"}, {413, ``, 0, "rejected_413"},
	} {
		h := start(t, `{"api_key":"k","capture_mode":"v1","flush_at":1}`)
		h.capture("a")
		h.answer(h.request(), tc.status, tc.body)
		h.nowMs += 60_000
		h.idle()
		l := h.c.Stats(h.nowMs).Result.(*Stats).Ledger
		if l.Delivered != tc.delivered || tc.dropped != "" && l.Dropped[tc.dropped] != 1 {
			t.Errorf("%d %s: got %+v", tc.status, tc.body, l)
		}
	}
}

func TestClient_immediate(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		want   string
	}{{200, `{"status":1}`, "ok"}, {200, `{"quota_limited":["events"]}`, "limited"}, {400, ``, "failed"}} {
		h := start(t, `{"api_key":"k"}`)
		h.capture("waits")
		d := draftOf(h.c, h.nowMs, &event.Message{Event: codec.Quote("now"), DistinctID: codec.Quote("u")})
		if o := h.c.EnqueueNow(h.nowMs, d, 1000); o.Status != Pending {
			t.Fatalf("got %+v, want to wait", o)
		}
		r := h.request()
		if strings.Contains(string(r.Body.Bytes()), `"waits"`) {
			t.Errorf("the request carries other events: %s", r.Body.Bytes())
		}
		h.answer(r, tc.status, tc.body)
		if got := h.done().Result.(Sent); string(got.Fate) != tc.want || got.UUID == nil {
			t.Errorf("%d %s: got %+v, want %s", tc.status, tc.body, got, tc.want)
		}
	}
}

func TestClient_eventCarriesTheFlagsThatAreDecidedLocally(t *testing.T) {
	h := start(t, `{"api_key":"k","definitions":"push","flush_at":1}`)
	h.c.SetDefinitions(h.nowMs, definitionsDocument(t, simpleFlag+`,{"key":"far","active":true,"ensure_experience_continuity":true}`))
	h.c.Enqueue(h.nowMs, draftOf(h.c, h.nowMs, &event.Message{Event: codec.Quote("e"), DistinctID: codec.Quote("u"), SendFeatureFlags: true}))
	if body := string(h.request().Body.Bytes()); !strings.Contains(body, `"$feature/on":true,"$active_feature_flags":["on"],`) || strings.Contains(body, "far") {
		t.Errorf("got %s", body)
	}
}
