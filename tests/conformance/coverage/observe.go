package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/conformance"
)

// sightings are the cases that exercise a value, by dimension.
type sightings map[string]map[string][]string

// observe goes through what the cases do and expect.
func observe(corpus *conformance.Corpus) sightings {
	all := sightings{}
	for _, c := range corpus.Cases {
		o := observer{script: c, seen: map[string]map[string]bool{}, operators: map[string][]string{}}
		o.run()
		for dimension, values := range o.seen {
			if all[dimension] == nil {
				all[dimension] = map[string][]string{}
			}
			for value := range values {
				all[dimension][value] = append(all[dimension][value], c.ID)
			}
		}
	}
	return all
}

// observer follows one case.
type observer struct {
	script *conformance.Case
	seen   map[string]map[string]bool
	// operators are those that the flags of the definitions in use contain, by key.
	operators map[string][]string
	// features are what holds for every operation from here on.
	features []string
}

func (o *observer) see(dimension, value string) {
	if o.seen[dimension] == nil {
		o.seen[dimension] = map[string]bool{}
	}
	o.seen[dimension][value] = true
}

func (o *observer) run() {
	for _, option := range o.script.Open.Members {
		o.see("option", option.Name)
		switch {
		case option.Name == "mode" && option.Value.Text != "live":
			o.features = append(o.features, option.Value.Text)
		case option.Name == "disabled" && option.Value.Text == "true":
			o.features = append(o.features, "disabled")
		case option.Name == "before_send" && option.Value.Text == "true":
			o.features = append(o.features, "hook")
		case option.Name == "capture_mode" && option.Value.Text == "v1":
			o.features = append(o.features, "v1")
		case option.Name == "super_properties":
			o.features = append(o.features, "super properties")
		}
	}
	for i := range o.script.Steps {
		o.step(&o.script.Steps[i])
	}
}

func (o *observer) step(s *conformance.Step) {
	switch {
	case s.HTTP != nil:
		o.did("poll", core.OK)
		o.did("complete", core.OK)
		o.exchange(s.HTTP)
	case s.Done != nil:
		o.did("poll", core.OK)
		asked := &o.script.Steps[*s.Done]
		o.did(asked.Op, core.Status(s.Status))
		o.answered(asked, s.Expect)
	case s.Idle:
		o.did("poll", core.OK)
	default:
		o.operation(s)
	}
	if s.Expect != nil {
		o.expectation(*s.Expect)
	}
}

// did notes that an operation answered with a status, under what holds at that moment.
func (o *observer) did(op string, status core.Status) {
	o.see("operation", op)
	o.see("status", status.String())
	o.see("operation and feature", op+": "+status.String())
	for _, feature := range o.features {
		o.see("operation and feature", op+": "+feature)
	}
}

func (o *observer) operation(s *conformance.Step) {
	o.did(s.Op, core.Status(s.Status))
	in, _ := conformance.Parse(s.Input())
	o.members(s, in)
	if s.Raw != nil {
		o.see("operation and feature", s.Op+": raw input")
	}
	if immediate, _ := in.Get("immediate"); immediate.Text == "true" {
		o.see("operation and feature", s.Op+": immediate")
	}
	o.answered(s, s.Expect)
	if s.Status < 0 {
		return
	}
	switch s.Op {
	case "build":
		inner, _ := in.Get("op")
		o.see("built operation", inner.Text)
		o.see("operation and feature", inner.Text+": hook")
	case "set_enabled":
		if enabled, _ := in.Get("enabled"); enabled.Text == "false" {
			o.features = append(o.features, "opted out")
		}
	case "register":
		o.features = append(o.features, "super properties")
	case "override_flags":
		o.features = append(o.features, "override")
	case "set_flag_definitions":
		o.operators = operatorsOf(in)
	}
}

// members notes the members of an input, those of exceptions included.
func (o *observer) members(s *conformance.Step, in conformance.Value) {
	if s.Status < 0 {
		return
	}
	for _, m := range in.Members {
		o.see("input member", m.Name)
	}
	exceptions, _ := in.Get("exceptions")
	for _, exception := range exceptions.Elements {
		o.members(s, exception)
	}
}

// endpointOf names the endpoint of a path, "" where a case does not say.
func endpointOf(path *string) string {
	if path == nil {
		return ""
	}
	for _, e := range []struct{ part, name string }{
		{"/i/v0/ai/batch/", aiBatch}, {"/i/v1/analytics/events", analytics}, {"/batch/", batch},
		{"/flags/definitions", definitions}, {"/flags/", flagsRequest}, {"/remote_config", remoteConfig},
	} {
		if strings.Contains(*path, e.part) {
			return e.name
		}
	}
	return ""
}

func (o *observer) exchange(e *conformance.Exchange) {
	for _, member := range []string{"id", "status", "headers", "body", "error"} { // every reply is put together of these
		o.see("input member", member)
	}
	endpoint := endpointOf(e.Expect.Path)
	if e.Reply.Error != "" {
		o.see("transport error", endpoint+": "+e.Reply.Error)
		return
	}
	o.see("HTTP status", fmt.Sprintf("%s: %d", endpoint, e.Reply.Status))
	body := bodyOf(&e.Reply)
	if endpoint == definitions && e.Reply.Status == 200 {
		o.operators = operatorsOf(body)
	}
	results, found := body.Get("results")
	if endpoint != analytics || !found {
		return
	}
	for _, m := range results.Members {
		word, _ := m.Value.Get("result")
		if slices.Contains([]string{"ok", "warning", "retry", "drop", "limited"}, word.Text) {
			o.see("word on an event", word.Text)
		} else {
			o.see("word on an event", "another word")
		}
	}
	if sent := e.Expect.Body; sent != nil {
		if events, _ := sent.Get("batch"); len(events.Elements) > len(results.Members) {
			o.see("word on an event", "no word")
		}
	}
}

// bodyOf is the body of a reply as JSON, null where it is none.
func bodyOf(r *conformance.Response) conformance.Value {
	if r.Body == nil || r.Body.Kind != conformance.String {
		if r.Body != nil {
			return *r.Body
		}
		return conformance.Value{}
	}
	body, _ := conformance.Parse([]byte(r.Body.Text))
	return body
}

// answered notes the verdicts on flags that a reply must give.
func (o *observer) answered(s *conformance.Step, reply *conformance.Value) {
	if reply == nil {
		return
	}
	switch s.Op {
	case "get_flag":
		key, _ := reply.Get("key")
		value, _ := reply.Get("value")
		o.verdict(key.Text, value)
	case "evaluate_flags":
		flags, _ := reply.Get("flags")
		for _, m := range flags.Members {
			value := m.Value
			if value.Kind == conformance.Object {
				value, _ = value.Get("value")
			}
			o.verdict(m.Name, value)
		}
	}
}

func (o *observer) verdict(key string, value conformance.Value) {
	verdict := "true"
	switch value.Text {
	case "":
		verdict = "undecided"
	case "false":
		verdict = "false"
	}
	for _, operator := range o.operators[key] {
		o.see("operator and verdict", operator+": "+verdict)
	}
}

// expectation notes the reasons, records and drops that an expected value names.
func (o *observer) expectation(v conformance.Value) {
	for _, element := range v.Elements {
		o.expectation(element)
	}
	name := func(member string) string {
		value, _ := v.Get(member)
		return value.Text
	}
	if name("kind") != "" && name("code") != "" {
		o.see("record", name("kind")+"/"+name("code"))
	}
	if _, counts := v.Get("count"); counts {
		o.see("drop reason", name("reason"))
	} else if reason := name("reason"); reason != "" {
		o.see("reason of a flag", reason)
	}
	o.see("request reason", name("request"))
	o.see("source of a value", name("source"))
	for _, m := range v.Members {
		if m.Name == "dropped" {
			for _, reason := range m.Value.Members {
				o.see("drop reason", reason.Name)
			}
		}
		o.expectation(m.Value)
	}
}
