package ops

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core"
)

const (
	t0      = 1_780_000_000_000
	entropy = `"entropy":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"`
)

func openClient(t testing.TB, options string) *core.Client {
	t.Helper()
	c, _, r := Open([]byte(`{"api_key":"k",`+entropy+options+`}`), t0, HostMode, "0.0.0", nil)
	if c == nil {
		text, _ := r.Encode(false)
		t.Fatalf("open: %s", text)
	}
	return c
}

// call runs an operation and returns its status and its reply.
func call(t testing.TB, c *core.Client, name, in string) (core.Status, string) {
	t.Helper()
	r := Lookup(name).Do(c, t0, []byte(in))
	text, n := r.Encode(false)
	if !json.Valid(text[:n]) {
		t.Fatalf("%s replied %q", name, text[:n])
	}
	return r.Status, string(text[:n])
}

func TestTable_badInputGetsAStatusAndAMessage(t *testing.T) {
	garbage := strings.Repeat("\xff", 1<<20)
	for _, op := range Table {
		for in, want := range map[string]core.Status{
			"x":                         core.InvalidJSON,
			garbage:                     core.InvalidJSON,
			"{} {}":                     core.InvalidJSON,
			`{"a":"\ud800"}`:            core.InvalidJSON,
			"[]":                        core.InvalidArgument,
			`"text"`:                    core.InvalidArgument,
			strings.Repeat(" ", 65<<20): core.TooLarge,
		} {
			status, reply := call(t, openClient(t, ""), op.Name, in)
			if status != want || !strings.Contains(reply, `"message":"`) || !strings.Contains(reply, `"code":"`+want.String()) {
				t.Errorf("%s with %.20q: %v %s, want %v", op.Name, in, status, reply, want)
			}
		}
	}
}

func TestTable_nothingReadsAsAnEmptyObject(t *testing.T) {
	for _, op := range Table {
		c := openClient(t, `,"mode":"memory"`)
		empty, _ := call(t, c, op.Name, "{}")
		for _, in := range []string{"", "null", " {} "} {
			if status, reply := call(t, openClient(t, `,"mode":"memory"`), op.Name, in); status != empty {
				t.Errorf("%s with %q: %v %s, want %v", op.Name, in, status, reply, empty)
			}
		}
	}
}

func TestTable_wrongTypes(t *testing.T) {
	for in, want := range map[string]string{
		`capture {"event":true}`:                "event must be a string",
		`build {"op":"flush"}`:                  "op must be the name of an operation that makes an event",
		`build {"op":"capture"}`:                "event must be a non-empty string",
		`enqueue {"token":"1"}`:                 "token must be an integer",
		`enqueue {"token":7,"event":null}`:      "token must be one that build gave and that was not used yet",
		`register {}`:                           "properties must be an object",
		`unregister {"keys":[1]}`:               "keys must be an array of strings",
		`get_flag {"key":""}`:                   "key must be a non-empty string",
		`get_flag {"key":"a"}`:                  "distinct_id must be a non-empty string",
		`get_flag {"key":"a","distinct_id":5}`:  "distinct_id must be a string",
		`evaluate_flags {"flag_keys":"a"}`:      "flag_keys must be an array",
		`evaluate_flags {"fields":["x"]}`:       "fields must be an array of value, payload, reason and meta",
		`flush {"timeout_ms":-1}`:               "timeout_ms must be 0 or more",
		`flush {"timeout_ms":"1"}`:              "timeout_ms must be an integer",
		`set_enabled {}`:                        "enabled must be a boolean",
		`set_flag_definitions {"flags":1}`:      "",
		`override_flags {"flags":[]}`:           "flags must be an object",
		`capture_exception {"exceptions":[]}`:   "exceptions must be a non-empty array",
		`capture_exception {"exceptions":[{}]}`: "type must be a non-empty string in every exception",
		`capture_exception {"exceptions":[1]}`:  "exceptions must be an array of objects",
		`complete {"id":1}`:                     "status must be an HTTP status, or error be given",
		`flag_called {"key":"a"}`:               "distinct_id must be a non-empty string",
		`get_remote_config {}`:                  "key must be a non-empty string",
	} {
		name, in, _ := strings.Cut(in, " ")
		status, reply := call(t, openClient(t, ""), name, in)
		if status != core.InvalidArgument || !strings.Contains(reply, want) {
			t.Errorf("%s %s: %v %s, want %q", name, in, status, reply, want)
		}
	}
}

func TestCutNowMs(t *testing.T) {
	for _, c := range []struct {
		in, rest string
		nowMs    int64
	}{
		{`{"now_ms":1780000000000,"key":"a"}`, `{"key":"a"}`, 1780000000000},
		{`{"now_ms":5}`, `{}`, 5},
		{`{"now_ms":5,"key":"a","now_ms":6}`, `{"key":"a","now_ms":6}`, 5},
		{`{"key":"a","now_ms":6}`, `{"key":"a","now_ms":6}`, 6},
		{`{"now_ms":6, "key":"a"}`, `{ "key":"a"}`, 6},
		// What is broken stays broken, for the operation to refuse.
		{`{"now_ms":5,}`, `{"now_ms":5,}`, 9},
		{`{"now_ms":5, }`, `{"now_ms":5, }`, 9},
		{`{"now_ms":5,`, `{`, 5},
		{`{"now_ms":5,key:"a"}`, `{key:"a"}`, 5},
		{`{"now_ms":05}`, `{"now_ms":05}`, 9},
		{`{"now_ms":5}{`, `{}{`, 5},
		{`{"now_ms":5`, `{"now_ms":5`, 9},
		{`{"now_ms":`, `{"now_ms":`, 9},
		{`{"now_ms":-5}`, `{"now_ms":-5}`, -5},
		{`{"now_ms":1e3}`, `{"now_ms":1e3}`, 1000},
		{`{"now_ms":12345678901234567}`, `{"now_ms":12345678901234567}`, 9}, // no exact number
		{`{"now_ms":null,"key":"a"}`, `{"now_ms":null,"key":"a"}`, 9},
		{``, ``, 9},
		{`{}`, `{}`, 9},
	} {
		if nowMs := NowMs([]byte(c.in), 9); nowMs != c.nowMs {
			t.Errorf("%s is at %d, want %d", c.in, nowMs, c.nowMs)
		}
		only := c.rest == "{}" && c.in != "{}"
		if nowMs, ok := OnlyNowMs([]byte(c.in)); ok != only || ok && nowMs != c.nowMs {
			t.Errorf("%s: only a time is %v, at %d; want %v, %d", c.in, ok, nowMs, only, c.nowMs)
		}
		rest, nowMs := CutNowMs([]byte(c.in), 9)
		if string(rest) != c.rest || nowMs != c.nowMs {
			t.Errorf("%s: %s at %d, want %s at %d", c.in, rest, nowMs, c.rest, c.nowMs)
		}
	}
}

func TestTable_invalidEventsAreCountedAndNothingElse(t *testing.T) {
	c := openClient(t, "")
	call(t, c, "capture", `{"event":""}`)
	call(t, c, "identify", `not JSON`)
	call(t, c, "flush", `{"timeout_ms":-1}`)
	_, reply := call(t, c, "stats", "")
	if !strings.HasPrefix(reply, `{"accepted":0,"invalid":2,`) {
		t.Errorf("got %s, want 2 invalid events", reply)
	}
}

func TestReply_bodyStandsWhereTheJSONSays(t *testing.T) {
	for _, withStatus := range []bool{false, true} {
		c := openClient(t, `,"flush_at":1`)
		call(t, c, "capture", `{"event":"e","distinct_id":"u"}`)
		buf, n := Lookup("poll").Do(c, t0, nil).Encode(withStatus)
		var reply struct {
			Status  *int
			Request struct{ Body struct{ At, Len int } }
		}
		if err := json.Unmarshal(buf[:n], &reply); err != nil {
			t.Fatal(err)
		}
		if (reply.Status != nil) != withStatus || withStatus && !bytes.HasPrefix(buf, []byte(`{"status":0,`)) {
			t.Errorf("status first in the reply: %s", buf[:n])
		}
		body := reply.Request.Body
		if body.At <= n || buf[n] != 0 || body.At+body.Len != len(buf) || !json.Valid(buf[body.At:]) {
			t.Errorf("JSON of %d bytes, body at %d with %d bytes in %d", n, body.At, body.Len, len(buf))
		}
	}
}

func TestOpen_hostDrivenNeedsEntropy(t *testing.T) {
	c, _, r := Open([]byte(`{"api_key":"k","io":"host"}`), t0, EitherMode, "0", nil)
	if c != nil || r.Status != core.InvalidArgument {
		t.Errorf("got %v, want a refusal", r.Status)
	}
}

func TestHook_seesEveryEventAndFailsClosed(t *testing.T) {
	c := openClient(t, `,"before_send":true,"definitions":"push"`)
	call(t, c, "set_flag_definitions", `{"flags":[{"key":"f","active":true,"filters":{"groups":[{}]}}]}`)

	_, reply := call(t, c, "build", `{"op":"capture","event":"e","distinct_id":"u","properties":{"secret":1}}`)
	if !strings.Contains(reply, `"lane":"analytics","token":1`) || !strings.Contains(reply, `"secret":1`) {
		t.Fatalf("build: %s", reply)
	}
	if status, reply := call(t, c, "enqueue", `{"token":1,"event":null}`); status != core.OK || reply != `{"uuid":null}` {
		t.Errorf("dropped by its hook: %v %s", status, reply)
	}

	for range 2 {
		_, reply = call(t, c, "get_flag", `{"key":"f","distinct_id":"u"}`)
		if !strings.Contains(reply, `"exposure":{"event":{"event":"$feature_flag_called"`) {
			t.Errorf("a flag read that was not enqueued is reported again: %s", reply)
		}
	}
	_, reply = call(t, c, "enqueue", `{"token":3,"event":{"event":"x","distinct_id":"u","properties":{"kept":1.0},"timestamp":"2026-01-01T00:00:00Z","uuid":"bad","more":1}}`)
	if strings.Contains(reply, "bad") || strings.Contains(reply, "null") {
		t.Errorf("an invalid uuid is replaced by the event's own: %s", reply)
	}
	if _, reply = call(t, c, "get_flag", `{"key":"f","distinct_id":"u"}`); strings.Contains(reply, "exposure") {
		t.Errorf("reported twice: %s", reply)
	}
	call(t, c, "flush", "")
	buf, n := Lookup("poll").Do(c, t0, nil).Encode(false)
	if body := string(buf[n:]); !strings.Contains(body, `"properties":{"kept":1.0},"distinct_id"`) || strings.Contains(body, "more") {
		t.Errorf("sent: %s", body)
	}
	_, reply = call(t, c, "stats", "")
	if !strings.HasPrefix(reply, `{"accepted":2,`) || !strings.Contains(reply, `"dropped":{"before_send":1}`) {
		t.Errorf("got %s", reply)
	}
}

func TestException(t *testing.T) {
	c := openClient(t, `,"mode":"memory","is_server":false,"disable_geoip":false`)
	call(t, c, "capture_exception", `{"distinct_id":"u","level":"WARN","exceptions":[
		{"type":"E","value":"v","module":"m","mechanism":{"handled":true},"frames":[{"function":"f"}]},{"type":"C"}],
		"properties":{"$exception_level":"mine","$exception_fingerprint":"p"}}`)
	_, reply := call(t, c, "captured", "")
	want := `"properties":{"$exception_fingerprint":"p","$exception_level":"warning","$exception_list":[` +
		`{"type":"E","value":"v","mechanism":{"handled":true},"module":"m","stacktrace":{"type":"raw","frames":[{"function":"f"}]}},` +
		`{"type":"C","value":""}],`
	if !strings.Contains(reply, want) {
		t.Errorf("got  %s\nwant %s", reply, want)
	}
}

func TestOverrides(t *testing.T) {
	c := openClient(t, `,"definitions":"push"`)
	call(t, c, "override_flags", `{"flags":{"f":"v","g":false},"payloads":{"f":{"a":1.0}}}`)
	_, reply := call(t, c, "get_flag", `{"key":"f","distinct_id":"u","timeout_ms":0}`)
	if !strings.HasPrefix(reply, `{"key":"f","value":"v","payload":{"a":1.0},"reason":"override"`) {
		t.Errorf("got %s", reply)
	}
	call(t, c, "override_flags", `null`)
	if status, reply := call(t, c, "get_flag", `{"key":"f","distinct_id":"u","timeout_ms":0}`); status != core.WouldWait {
		t.Errorf("after the end of the overrides: %v %s", status, reply)
	}
}

func FuzzOperations(f *testing.F) {
	for i := range Table {
		f.Add(byte(i), []byte(`{"event":"e","distinct_id":"u","key":"f","op":"capture","token":1,"id":1,"status":200,"timeout_ms":5}`))
	}
	f.Add(byte(19), []byte(`{"flags":[{"key":"f","active":true,"filters":{"groups":[{"rollout_percentage":50}]}}]}`))
	f.Fuzz(func(t *testing.T, index byte, in []byte) {
		c := openClient(t, `,"flush_at":1,"secret_key":"s"`)
		for step := range 3 {
			op := Table[(int(index)+step*7)%len(Table)]
			buf, n := op.Do(c, t0+int64(step), in).Encode(true)
			if !json.Valid(buf[:n]) {
				t.Fatalf("%s with %q replied %q", op.Name, in, buf[:n])
			}
		}
		_, reply := call(t, c, "stats", "")
		if !balanced(t, reply) {
			t.Fatalf("the ledger does not balance: %s", reply)
		}
	})
}

func balanced(t *testing.T, reply string) bool {
	var s struct {
		Accepted, Delivered, Queued int64
		InFlight                    int64 `json:"in_flight"`
		Dropped                     map[string]int64
	}
	if err := json.Unmarshal([]byte(reply), &s); err != nil {
		t.Fatal(err)
	}
	sum := s.Delivered + s.Queued + s.InFlight
	for _, n := range s.Dropped {
		sum += n
	}
	return s.Accepted == sum
}

// Memory that served a short reply serves a long one.
func TestMemory_servesRepliesOfEveryLength(t *testing.T) {
	c, memory := openClient(t, `,"definitions":"push"`), new(Memory)
	call(t, c, "set_flag_definitions", mixedFlags(100))
	for _, in := range []string{`"flag_keys":["flag-1"]`, `"fields":["value"]`, `"fields":["value","meta"]`, `"flag_keys":[]`} {
		in := []byte(`{` + person + `,` + in + `}`)
		plain, _ := Lookup("evaluate_flags").Do(c, t0, in).Encode(false)
		reply := Lookup("evaluate_flags").PrepareIn(memory, in, c.View(), t0).Run(c, t0)
		if text, _ := reply.Encode(false); string(text) != string(plain) {
			t.Errorf("%s:\n got %.80s\nwant %.80s", in, text, plain)
		}
		reply.Recycle()
	}
}
