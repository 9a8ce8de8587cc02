package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"time"
)

// patience bounds a play: more than any contract's retries take, however busy the machine.
const patience = 2 * time.Minute

// quiet is how long a contract waits for a request that must not come. The first retry of any host comes within 0.7 s.
const quiet = 1500 * time.Millisecond

// m is a JSON object.
type m = map[string]any

// play is one contract under way: a test of its own at the adapter and at the mock.
type play struct {
	ctx     context.Context
	adapter string
	mock    *mock
	id      string
	*traffic
	// problem is the first thing that was not as the contract says.
	problem error
}

// broken ends a play, as a panic, where going on makes no sense.
var errBroken = errors.New("broken")

// run plays a contract and returns what was wrong.
func run(adapter string, mock *mock, id string, c contract) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p := &play{ctx: ctx, adapter: adapter, mock: mock, id: id, traffic: mock.test(id)}
	defer func() {
		if cause := recover(); cause != nil && cause != any(errBroken) {
			panic(cause)
		}
		err = p.problem
	}()
	p.post("/reset", nil)
	c.play(p)
	p.post("/reset", nil)
	return nil
}

// check notes a problem unless ok.
func (p *play) check(ok bool, format string, args ...any) {
	if !ok && p.problem == nil {
		p.problem = fmt.Errorf(format, args...)
	}
}

func (p *play) equal(what string, got, want any) {
	p.check(reflect.DeepEqual(got, want), "%s is %v, want %v", what, got, want)
}

// require is check for what the rest of a contract stands on.
func (p *play) require(ok bool, format string, args ...any) {
	if !ok {
		p.check(false, format, args...)
		panic(errBroken)
	}
}

// program tells the mock how to answer the next requests.
func (p *play) program(answers ...answer) {
	p.mock.mu.Lock()
	defer p.mock.mu.Unlock()
	p.answers = append(p.answers, answers...)
}

// programStatuses is program for answers that are a status alone.
func (p *play) programStatuses(statuses ...int) {
	for _, status := range statuses {
		p.program(answer{status: status})
	}
}

func (p *play) init(with m) {
	with["host"] = p.mock.url
	if with["api_key"] == nil {
		with["api_key"] = "phc_test_key"
	}
	p.post("/init", with)
}

// capture captures one event, with properties and timestamp null where they are not given, as the harness does.
func (p *play) capture(with m) {
	event := m{"distinct_id": "test_user", "event": "test_event", "properties": nil, "timestamp": nil}
	for name, value := range with {
		event[name] = value
	}
	p.post("/capture", event)
}

func (p *play) captureMany(count int) {
	for i := range count {
		p.capture(m{"event": fmt.Sprintf("test_event_%d", i)})
	}
}

func (p *play) flush() { p.post("/flush", nil) }

// flag evaluates a flag and returns its value.
func (p *play) flag(with m) any {
	query := m{"key": "any-flag", "distinct_id": "user_1", "force_remote": true}
	for name, value := range with {
		query[name] = value
	}
	return p.post("/get_feature_flag", query)["value"]
}

func (p *play) state() m { return p.call(http.MethodGet, "/state", nil) }

func (p *play) post(path string, in m) m {
	reply := p.call(http.MethodPost, path, in)
	p.require(reply["success"] == true, "%s answers %v", path, reply)
	return reply
}

func (p *play) call(method, path string, in m) m {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		p.require(err == nil, "%s: %v", path, err)
		body = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(p.ctx, method, p.adapter+path+"?test_id="+p.id, body)
	p.require(err == nil, "%s: %v", path, err)
	response, err := http.DefaultClient.Do(r)
	p.require(err == nil, "%s: %v", path, err)
	defer response.Body.Close()
	p.require(response.StatusCode == http.StatusOK && response.Header.Get("Content-Type") == "application/json",
		"%s answers HTTP %d, %s", path, response.StatusCode, response.Header.Get("Content-Type"))
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber()
	var reply m
	p.require(decoder.Decode(&reply) == nil, "%s answers no JSON", path)
	return reply
}

// sent returns the requests so far: all, or those to one path.
func (p *play) sent(paths ...string) []*request {
	p.mock.mu.Lock()
	defer p.mock.mu.Unlock()
	var found []*request
	for _, q := range p.requests {
		if len(paths) == 0 || slices.Contains(paths, q.path) {
			found = append(found, q)
		}
	}
	return found
}

// count requires so many requests, now and once more would have come.
func (p *play) count(want int) []*request {
	p.require(len(p.sent()) == want, "%d requests, want %d", len(p.sent()), want)
	select {
	case <-time.After(quiet):
	case <-p.ctx.Done():
	}
	p.require(len(p.sent()) == want, "%d requests after some time, want %d", len(p.sent()), want)
	return p.sent()
}

// await waits for so many requests.
func (p *play) await(want int) []*request {
	for len(p.sent()) < want {
		select {
		case <-p.arrived:
		case <-p.ctx.Done():
			p.require(false, "%d requests, want %d", len(p.sent()), want)
		}
	}
	return p.sent()
}

// event returns the first event of the first request.
func (p *play) event() m {
	sent := p.await(1)
	p.require(sent[0].problem == nil && len(sent[0].events) > 0, "the first request has no event: %v", sent[0].problem)
	return sent[0].events[0]
}

// property returns one of the first event's properties, nil if it has no such.
func (p *play) property(name string) any {
	properties, _ := p.event()["properties"].(m)
	return properties[name]
}

// members returns one member of each event of a request.
func members(q *request, name string) []string {
	var all []string
	for _, event := range q.events {
		all = append(all, text(event[name]))
	}
	return all
}
