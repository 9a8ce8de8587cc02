package conformance

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

// script is a host whose clients answer each operation with what stands in it.
type script map[string]string

func (s script) Open([]byte, int64) (Client, error) {
	if s["open"] != "" {
		return nil, fmt.Errorf("%s", s["open"])
	}
	return s, nil
}

// Call answers an operation with its entry: a status, a space, the JSON, and for poll a body after a line break.
func (s script) Call(op string, in []byte, nowMs int64) (Reply, error) {
	entry, scripted := s[op]
	if !scripted {
		return Reply{JSON: []byte("{}")}, nil
	}
	if entry == "panic" {
		panic("scripted")
	}
	reply := Reply{}
	var json string
	if _, err := fmt.Sscan(entry, &reply.Status, &json); err != nil {
		return reply, err
	}
	reply.JSON = []byte(json)
	if _, body, found := strings.Cut(entry, "\n"); found {
		reply.Body = []byte(body)
	}
	return reply, nil
}

func (s script) CallRaw(op string, in []byte, nowMs int64) (Reply, error) {
	return s.Call(op, in, nowMs)
}

const polledRequest = `0 {"request":{"id":7,"method":"POST","url":"http://h/batch/?v=2&bare","headers":{"a":"b"},"body":{"at":0,"len":9}}}` + "\n" +
	`{"n":1.0}`

// scriptedIdle is a host that never has anything to do.
var scriptedIdle = script{"poll": `0 {"wake_ms":null}`}

func TestRunCase_seesWhatIsNotAsScripted(t *testing.T) {
	tests := []struct {
		name  string
		steps string
		host  script
		// want is a part of the error, or empty for a pass.
		want string
	}{
		{"as scripted", `{"at_ms":1,"op":"stats","expect":{"n":1}}`, script{"stats": `0 {"n":1}`}, ""},
		{"open fails", goodStep, script{"open": "no"}, "open: no"},
		{"panic", `{"at_ms":1,"op":"stats"}`, script{"stats": "panic"}, "panic: scripted"},
		{"status", `{"at_ms":1,"op":"stats"}`, script{"stats": `-5 {"error":{}}`}, "got status -5, want 0"},
		{"reply", `{"at_ms":1,"op":"stats","expect":{"n":1}}`, script{"stats": `0 {"n":2}`}, "step 0 (stats): .n: got 2"},
		{"raw", `{"at_ms":1,"op":"stats","raw":"{"}`, script{"stats": `-1 {}`}, "got status -1"},
		{"no ticket", `{"at_ms":1,"op":"flush","status":1}`, script{"flush": `1 {}`}, "no ticket"},
		{"idle", goodStep, script{"poll": `0 {"wake_ms":null}`}, ""},
		{"wake", `{"at_ms":1,"idle":true,"wake_ms":5}`, script{"poll": `0 {"wake_ms":5}`}, ""},
		{"no wake", `{"at_ms":1,"idle":true,"wake_ms":null}`, script{"poll": `0 {"wake_ms":null}`}, ""},
		{"other wake", `{"at_ms":1,"idle":true,"wake_ms":5}`, script{"poll": `0 {"wake_ms":6}`}, "wake_ms: got 6, want 5"},
		{"request instead of idle", goodStep, script{"poll": polledRequest}, "want wake_ms"},
		{"done instead of idle", goodStep, script{"poll": `0 {"done":{"ticket":1}}`}, "want wake_ms"},
		{"two answers", goodStep, script{"poll": `0 {"wake_ms":1,"done":{}}`}, "want wake_ms"},
		{"poll fails", goodStep, script{"poll": `-5 {}`}, "poll answers status -5"},
		{"idle instead of a request", exchangeStep(`{}`), script{"poll": `0 {"wake_ms":1}`}, "want request"},
		{"request", exchangeStep(`{"method":"POST","origin":"http://h","path":"/batch/","query":{"v":"2","bare":""},"headers":{"a":"b"},"body":{"n":1.0}}`),
			script{"poll": polledRequest}, ""},
		{"method", exchangeStep(`{"method":"GET"}`), script{"poll": polledRequest}, "method: got POST"},
		{"origin", exchangeStep(`{"origin":"https://h"}`), script{"poll": polledRequest}, "origin: got http://h, want https://h"},
		{"path", exchangeStep(`{"path":"/batch"}`), script{"poll": polledRequest}, "path: got /batch/"},
		{"query value", exchangeStep(`{"query":{"v":"3","bare":""}}`), script{"poll": polledRequest}, "query: got v=2"},
		{"query left out", exchangeStep(`{"query":{"v":"2"}}`), script{"poll": polledRequest}, "query: got bare="},
		{"query missing", exchangeStep(`{"query":{"v":"2","bare":"","x":""}}`), script{"poll": polledRequest}, "query: x is missing"},
		{"header", exchangeStep(`{"headers":{"a":"c"}}`), script{"poll": polledRequest}, `header a: got "b"`},
		{"header missing", exchangeStep(`{"headers":{"c":""}}`), script{"poll": polledRequest}, "header c: got null"},
		{"body token", exchangeStep(`{"body":{"n":1}}`), script{"poll": polledRequest}, "body.n: got 1.0, want 1"},
		{"complete fails", exchangeStep(`{}`), script{"poll": polledRequest, "complete": `-2 {}`}, "complete answers status -2"},
		{"done", waitSteps(`"status":-8,"expect":{"n":1}`),
			script{"flush": `1 {"ticket":4}`, "poll": `0 {"done":{"ticket":4,"status":-8,"reply":{"n":1}}}`}, ""},
		{"other ticket", waitSteps(`"status":0`),
			script{"flush": `1 {"ticket":4}`, "poll": `0 {"done":{"ticket":5,"status":0,"reply":{}}}`}, "ticket: the value: got 5, want 4"},
		{"done status", waitSteps(`"status":0`),
			script{"flush": `1 {"ticket":4}`, "poll": `0 {"done":{"ticket":4,"status":-8,"reply":{}}}`}, "status: the value: got -8"},
		{"done reply", waitSteps(`"expect":{}`),
			script{"flush": `1 {"ticket":4}`, "poll": `0 {"done":{"ticket":4,"status":0,"reply":{"n":1}}}`}, ".n: got 1, want no such"},
		{"idle instead of done", waitSteps(`"expect":{}`),
			script{"flush": `1 {"ticket":4}`, "poll": `0 {"wake_ms":1}`}, "want done"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := RunCase(test.host, parseCase(t, test.steps))
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// scriptedValues is a script whose clients answer flag_value, too, and take down what they are asked.
type scriptedValues struct {
	script
	asked *string
}

func (s scriptedValues) Open([]byte, int64) (Client, error) { return s, nil }

func (s scriptedValues) FlagValue(key, distinctID string, in []byte, nowMs int64) (int, []byte, error) {
	*s.asked = fmt.Sprintf("%s %s %s at %d", key, distinctID, in, nowMs)
	reply, err := s.Call("flag_value", in, nowMs)
	if string(reply.JSON) == "-" {
		reply.JSON = nil
	}
	return reply.Status, reply.JSON, err
}

func TestRunCase_asksForTheValueFirst(t *testing.T) {
	const decided = `"expect":{"key":"k","value":"v"}`
	for _, tc := range []struct {
		name, open, in, rest string
		value, getFlag       string
		want                 string
	}{
		{"the value", `{}`, `{"key":"k","distinct_id":"u"}`, decided, `0 "v"`, "panic", ""},
		{"another value", `{}`, `{"key":"k","distinct_id":"u"}`, decided, `0 "w"`, "panic", `value: got "w", want "v"`},
		{"the failure", `{}`, `{"distinct_id":"u"}`, `"status":-2`, `-2 -`, "panic", ""},
		{"another failure", `{}`, `{"distinct_id":"u"}`, `"status":-2`, `-3 -`, "panic", "got status -3, want -2"},
		{"a value with a failure", `{}`, `{"distinct_id":"u"}`, `"status":-2`, `-2 null`, "panic", `gives "null" with status -2`},
		{"none with success", `{}`, `{"key":"k","distinct_id":"u"}`, decided, `0 -`, "panic", `gives "" with status 0`},
		{"left to get_flag without need", `{}`, `{"key":"k","distinct_id":"u"}`, decided, `2 -`, "panic", "got status 2, want 0"},
		{"left to get_flag for a hook", `{"before_send":true}`, `{"key":"k","distinct_id":"u"}`, decided, `2 -`, `0 {"key":"k","value":"v"}`, ""},
		{"left to get_flag, which waits", `{}`, `{"key":"k","distinct_id":"u"}`, `"status":1`, `2 -`, `1 {"ticket":1}`, ""},
		{"no plain arguments", `{}`, `{"key":1,"distinct_id":"u"}`, `"status":-2`, `0 "v"`, `-2 {}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var asked string
			host := scriptedValues{script{"flag_value": tc.value, "get_flag": tc.getFlag}, &asked}
			c := parseCase(t, `{"at_ms":1,"op":"get_flag","in":`+tc.in+`,`+tc.rest+`}`)
			var err error
			if c.Open, err = Parse([]byte(tc.open)); err != nil {
				t.Fatal(err)
			}
			_, err = RunCase(host, c)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	var asked string
	host := scriptedValues{script{"flag_value": `0 null`}, &asked}
	c := parseCase(t, `{"at_ms":5,"op":"get_flag","in":{"groups":{},"key":"k","device_id":"d","distinct_id":null}}`)
	if _, err := RunCase(host, c); err != nil || asked != `k  {"groups":{},"device_id":"d"} at 5` {
		t.Errorf("asked %q, %v", asked, err)
	}
}

func TestRun_skipsWhatTheHostLacks(t *testing.T) {
	c := parseCase(t, goodStep)
	c.Needs = []string{"compress"}
	corpus := &Corpus{Cases: []*Case{c}}
	host := scriptedIdle
	if got := Run(host, []string{NeedVirtualTime}, corpus)[0]; got.Status != Skipped || got.Message != "compress" {
		t.Errorf("got %+v, want it skipped for compress", got)
	}
	if got := Run(host, []string{NeedVirtualTime, "compress"}, corpus)[0]; got.Status != Passed {
		t.Errorf("got %+v, want it passed", got)
	}
}

func TestRun_playsInRealTimeWhatHoldsThere(t *testing.T) {
	script, other := parseCase(t, goodStep), parseCase(t, goodStep)
	script.Group = RealTime
	results := Run(scriptedIdle, nil, &Corpus{Cases: []*Case{script, other}})
	if results[0].Status != Passed || results[1].Status != Skipped || results[1].Message != NeedVirtualTime {
		t.Errorf("got %+v, want the first passed and the second skipped for %s", results, NeedVirtualTime)
	}
}

// TestRunCase_digestsWhatTheClientDid computes the digests from the bytes that tests/cases/README.md lists.
func TestRunCase_digestsWhatTheClientDid(t *testing.T) {
	steps := `{"at_ms":1,"op":"stats"},` + exchangeStep(`{}`) + `,{"at_ms":1,"op":"get_flag","status":-5}`
	got, err := RunCase(script{"stats": `0 {"n":1}`, "poll": polledRequest, "get_flag": `-5 {"request":"made"}`}, parseCase(t, steps))
	if err != nil {
		t.Fatal(err)
	}
	sum := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	want := Digests{
		Requests: sum("POST\nhttp://h/batch/?v=2&bare\na: b\n\n9\n{\"n\":1.0}"),
		Replies:  sum("0\n{\"n\":1}\n-5\n{\"request\":\"made\"}\n"),
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestBodyIn_staysInTheReply(t *testing.T) {
	buffer := []byte(`{"request":…}  body`)
	for extent, want := range map[string]string{
		`{"at":17,"len":4}`:  "body",
		`{"at":17,"len":5}`:  "",
		`{"at":-1,"len":4}`:  "",
		`{"at":"1","len":4}`: "",
		`{"len":4}`:          "",
	} {
		body, err := BodyIn(mustParse(t, `{"request":{"body":`+extent+`}}`), buffer)
		if string(body) != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q and %v, want %q", extent, body, err, want)
		}
	}
}

func exchangeStep(expect string) string {
	return `{"at_ms":1,"http":{"expect":` + expect + `,"reply":{"status":200,"headers":{"x":"y"},"body":{"ok":true}}}}`
}

func waitSteps(done string) string {
	return `{"at_ms":1,"op":"flush","status":1},{"at_ms":1,"done":0,` + done + `}`
}

func parseCase(t *testing.T, steps string) *Case {
	t.Helper()
	c := &Case{}
	if err := decodeStrict([]byte("{"+goodHead+`,"steps":[`+steps+"]}"), c); err != nil {
		t.Fatal(err)
	}
	return c
}
