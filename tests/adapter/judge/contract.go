package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// contract is one thing that the harness asks of an SDK, by the harness's name for it.
type contract struct {
	name string
	// needs are the capabilities an adapter must have for the contract to be played.
	needs []string
	play  func(p *play)
}

func contracts() []contract {
	return slices.Concat(
		suite("capture", []string{"capture_v0"}, captureContracts, v0Contracts),
		suite("capture_v1", []string{"capture_v1"}, captureContracts, v1Contracts),
		encodingContracts(),
		suite("capture_ai", []string{"capture_ai_v0"}, aiContracts),
		suite("feature_flags", nil, flagContracts),
		suite("adapter", nil, adapterContracts),
	)
}

func suite(name string, needs []string, of ...map[string]func(p *play)) []contract {
	var all []contract
	for _, plays := range of {
		for title, play := range plays {
			all = append(all, contract{name + "/" + title, needs, play})
		}
	}
	slices.SortFunc(all, func(a, b contract) int { return strings.Compare(a.name, b.name) })
	return all
}

var (
	uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	utcForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$`)
)

// at reads a time in UTC.
func (p *play) at(what string, value any) time.Time {
	s := text(value)
	p.check(utcForm.MatchString(s), "%s is %q, want RFC 3339 in UTC", what, s)
	t, err := time.Parse(time.RFC3339Nano, s)
	p.check(err == nil, "%s: %v", what, err)
	return t
}

func (p *play) uuid(what string, value any) {
	p.check(uuidForm.MatchString(text(value)), "%s is %v, want a uuid", what, value)
}

// one initialises, captures one event and flushes.
func (p *play) one(with, event m) {
	p.init(with)
	p.capture(event)
	p.flush()
}

// batches is for a client whose batches are made by flush alone, however long a busy machine takes between captures.
func batches() m { return m{"flush_at": 10, "flush_interval_ms": 3600000} }

// many does so with several events in one batch.
func (p *play) many(count int) {
	p.init(batches())
	p.captureMany(count)
	p.flush()
}

// retried: after some failures the event arrives, and every attempt was the same event.
func retried(statuses ...int) func(p *play) {
	return func(p *play) {
		p.programStatuses(statuses...)
		p.one(m{}, m{})
		sent := p.count(len(statuses) + 1)
		p.equal("the last status", sent[len(statuses)].status, 200)
	}
}

// givenUp: one answer ends the matter.
func givenUp(status int) func(p *play) {
	return func(p *play) {
		p.programStatuses(status)
		p.one(m{}, m{})
		p.count(1)
	}
}

// heeded: the next attempt does not come before the three seconds it was asked to wait, less the harness's allowance.
func heeded(first answer, events int) func(p *play) {
	return func(p *play) {
		first.headers = map[string]string{"Retry-After": "3"}
		p.program(first)
		p.many(events)
		sent := p.await(2)
		pause := sent[1].at.Sub(sent[0].at)
		p.check(pause >= 2500*time.Millisecond, "the retry came after %v, want 2.5 s at least", pause)
	}
}

// unchanged requires members to be the same in every attempt.
func unchanged(statuses []int, events int, names ...string) func(p *play) {
	return func(p *play) {
		p.programStatuses(statuses...)
		p.many(events)
		sent := p.await(len(statuses) + 1)
		p.equal("the events of the first attempt", len(sent[0].events), events)
		for _, q := range sent[1:] {
			for _, name := range names {
				p.equal(name, members(q, name), members(sent[0], name))
			}
		}
	}
}

// distinct requires every uuid of a test to be another.
func distinct(captures func(p *play), want int) func(p *play) {
	return func(p *play) {
		p.init(batches())
		captures(p)
		p.flush()
		var uuids []string
		for _, q := range p.sent() {
			uuids = append(uuids, members(q, "uuid")...)
		}
		slices.Sort(uuids)
		p.equal("the number of uuids", len(slices.Compact(uuids)), want)
	}
}

// captureContracts hold for capture v0 and v1 alike.
var captureContracts = map[string]func(p *play){
	"custom_properties_preserved": func(p *play) {
		p.one(m{}, m{"properties": m{"custom_string": "hello", "custom_number": 42, "custom_bool": true}})
		p.equal("custom_string", p.property("custom_string"), "hello")
		p.equal("custom_number", p.property("custom_number"), json.Number("42"))
		p.equal("custom_bool", p.property("custom_bool"), true)
	},
	"different_events_have_different_uuids": distinct(func(p *play) {
		p.capture(m{"properties": m{"key": "value"}})
		p.capture(m{"properties": m{"key": "value"}})
	}, 2),
	"disable_geoip_is_absent_by_default": func(p *play) {
		p.one(m{}, m{})
		p.equal("$geoip_disable", p.property("$geoip_disable"), nil)
	},
	"disable_geoip_marks_events": func(p *play) {
		p.one(m{"disable_geoip": true}, m{})
		p.equal("$geoip_disable", p.property("$geoip_disable"), true)
	},
	"distinct_id_is_string": func(p *play) {
		p.one(m{}, m{"distinct_id": "test_user_123"})
		p.equal("distinct_id", p.event()["distinct_id"], "test_user_123")
	},
	"does_not_retry_on_400": givenUp(400),
	"does_not_retry_on_401": givenUp(401),
	"does_not_retry_on_403": givenUp(403),
	"does_not_retry_on_413": givenUp(413),
	"event_has_required_fields": func(p *play) {
		p.one(m{"flush_at": 1}, m{})
		p.count(1)
		p.equal("event", p.event()["event"], "test_event")
		p.equal("distinct_id", p.event()["distinct_id"], "test_user")
		_, isObject := p.event()["properties"].(m)
		p.check(isObject, "properties are %v", p.event()["properties"])
	},
	"event_has_timestamp": func(p *play) {
		p.one(m{}, m{})
		p.at("timestamp", p.event()["timestamp"])
	},
	"event_has_uuid": func(p *play) {
		p.one(m{}, m{})
		p.uuid("uuid", p.event()["uuid"])
	},
	"flush_at_triggers_batch": func(p *play) {
		p.init(m{"flush_at": 3, "flush_interval_ms": 3600000})
		p.captureMany(3)
		p.equal("the events of the request", len(p.await(1)[0].events), 3)
	},
	"flush_with_no_events_sends_nothing": func(p *play) {
		p.init(m{})
		p.flush()
		p.count(0)
	},
	"generates_unique_uuids": distinct(func(p *play) { p.captureMany(5) }, 5),
	"historical_migration_marks_the_batch": func(p *play) {
		p.one(m{"historical_migration": true}, m{})
		p.equal("historical_migration", p.await(1)[0].body["historical_migration"], true)
	},
	"implements_backoff": func(p *play) {
		p.programStatuses(503, 503, 503)
		p.one(m{}, m{})
		sent := p.await(4)
		first, last := sent[1].at.Sub(sent[0].at), sent[3].at.Sub(sent[2].at)
		p.check(first >= 100*time.Millisecond, "the first retry came after %v", first)
		p.check(last > first, "the last pause, %v, is no longer than the first, %v", last, first)
	},
	"max_retries_respected": func(p *play) {
		p.programStatuses(503, 503, 503, 503, 503)
		p.one(m{"max_retries": 3}, m{})
		p.count(4)
	},
	"multiple_events_batched_together": func(p *play) {
		p.many(5)
		p.equal("the events of the request", len(p.count(1)[0].events), 5)
	},
	"no_content_encoding_when_disabled": func(p *play) {
		p.one(m{"enable_compression": false}, m{})
		p.equal("content-encoding", p.await(1)[0].header.Get("Content-Encoding"), "")
	},
	"no_duplicate_events_in_batch": distinct(func(p *play) { p.captureMany(7) }, 7),
	"non_utc_event_timestamp_is_converted_to_utc": func(p *play) {
		const local = "2025-01-02T08:34:05+05:30"
		p.one(m{"flush_at": 1}, m{"timestamp": local, "properties": m{"timestamp_like": local}})
		want := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
		got := p.at("timestamp", p.event()["timestamp"])
		p.check(got.Equal(want), "timestamp is %v, want %v", got, want)
		p.equal("timestamp_like", p.property("timestamp_like"), local)
	},
	"preserves_uuid_and_timestamp_on_batch_retry": unchanged([]int{503}, 3, "uuid", "timestamp", "event"),
	"preserves_uuid_and_timestamp_on_retry":       unchanged([]int{503, 503}, 1, "uuid", "timestamp"),
	"preserves_uuid_on_retry":                     unchanged([]int{503}, 1, "uuid"),
	"retries_on_408":                              retried(408),
	"retries_on_500":                              retried(500),
	"retries_on_502":                              retried(502),
	"retries_on_503":                              retried(503, 503),
	"retries_on_504":                              retried(504),
	"user_agent_names_the_sdk": func(p *play) {
		p.one(m{}, m{})
		p.check(regexp.MustCompile(`^.+/.+$`).MatchString(p.await(1)[0].header.Get("User-Agent")), "user-agent is %q",
			p.await(1)[0].header.Get("User-Agent"))
	},
}

// encodingContracts hold for the encodings, each where an adapter is set to it.
func encodingContracts() []contract {
	var all []contract
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd"} {
		all = append(all, contract{"encoding/sends_" + encoding, []string{"encoding_" + encoding}, func(p *play) {
			with := batches()
			with["enable_compression"] = true
			p.init(with)
			p.captureMany(3)
			p.flush()
			sent := p.await(1)
			p.equal("content-encoding", sent[0].header.Get("Content-Encoding"), encoding)
			p.check(sent[0].problem == nil, "the body cannot be read: %v", sent[0].problem)
			p.equal("the events of the request", len(sent[0].events), 3)
		}})
	}
	return all
}
