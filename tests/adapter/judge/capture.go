package main

import (
	"strings"
	"time"
)

// v0Contracts hold for capture v0 alone.
var v0Contracts = map[string]func(p *play){
	"event_has_lib_properties": func(p *play) {
		p.one(m{}, m{})
		p.check(text(p.property("$lib")) != "" && text(p.property("$lib_version")) != "", "$lib is %v, $lib_version %v",
			p.property("$lib"), p.property("$lib_version"))
	},
	"respects_retry_after_header": heeded(answer{status: 429}, 1),
	"retries_on_429":              retried(429),
	"token_is_present": func(p *play) {
		p.one(m{"api_key": "phc_specific_key_12345"}, m{})
		p.equal("api_key", p.await(1)[0].body["api_key"], "phc_specific_key_12345")
	},
	"uses_proper_batch_structure": func(p *play) {
		p.one(m{}, m{})
		sent := p.await(1)
		p.equal("path", sent[0].path, pathV0)
		p.equal("api_key", sent[0].body["api_key"], "phc_test_key")
		p.equal("authorization", sent[0].header.Get("Authorization"), "")
		p.at("sent_at", sent[0].body["sent_at"])
		p.equal("the events of the request", len(sent[0].events), 1)
	},
}

// partial: the first answer gives each event a result; the events of the second request are those that were to be
// retried, and nothing comes after.
func partial(results ...string) func(p *play) {
	return func(p *play) {
		p.program(answer{results: results})
		p.many(len(results))
		var retry []string
		sent := p.await(1)
		for i, uuid := range members(sent[0], "uuid") {
			if results[i] == "retry" {
				retry = append(retry, uuid)
			}
		}
		if retry == nil {
			p.count(1)
			return
		}
		sent = p.count(2)
		p.equal("the uuids of the retry", members(sent[1], "uuid"), retry)
		p.equal("the attempt", sent[1].header.Get("PostHog-Attempt"), "2")
		p.equal("the request id", sent[1].header.Get("PostHog-Request-Id"), sent[0].header.Get("PostHog-Request-Id"))
		p.equal("created_at", sent[1].body["created_at"], sent[0].body["created_at"])
	}
}

// option: an event option leaves the properties and arrives as what its type is.
func option(name string, given, want any) func(p *play) {
	return func(p *play) {
		p.one(m{"flush_at": 1}, m{"properties": m{"kept": "yes"}, "options": m{name: given}})
		p.equal("options", p.event()["options"], m{name: want})
		for _, sentinel := range []string{"$cookieless_mode", "$ignore_sent_at", "$process_person_profile", "$product_tour_id"} {
			p.equal(sentinel, p.property(sentinel), nil)
		}
		p.equal("kept", p.property("kept"), "yes")
	}
}

// objectKept: an object among the properties arrives as it is.
func objectKept(name string, object m) func(p *play) {
	return func(p *play) {
		p.one(m{"flush_at": 1}, m{"properties": m{name: object}})
		p.equal(name, p.property(name), object)
	}
}

// header checks one header of an ordinary request.
func header(name string, ok func(p *play, value string) bool) func(p *play) {
	return func(p *play) {
		p.one(m{"flush_at": 1}, m{})
		value := p.await(1)[0].header.Get(name)
		p.check(ok(p, value), "%s is %q", name, value)
	}
}

func is(want string) func(*play, string) bool {
	return func(_ *play, value string) bool { return value == want }
}

// v1Contracts hold for capture v1 alone.
var v1Contracts = map[string]func(p *play){
	"attempt_header_increments_on_retry": func(p *play) {
		p.programStatuses(503, 503)
		p.one(m{}, m{})
		for i, q := range p.await(3) {
			p.equal("the attempt", q.header.Get("PostHog-Attempt"), []string{"1", "2", "3"}[i])
		}
	},
	"body_has_created_at_and_batch": func(p *play) {
		p.one(m{"flush_at": 1}, m{})
		sent := p.await(1)
		age := time.Since(p.at("created_at", sent[0].body["created_at"]))
		p.check(age > -time.Minute && age < time.Minute, "created_at is %v old", age)
		p.equal("the events of the request", len(sent[0].events), 1)
	},
	"body_has_no_key_and_no_sent_at": func(p *play) {
		p.one(m{"flush_at": 1}, m{})
		for _, name := range []string{"api_key", "token", "sent_at"} {
			_, present := p.await(1)[0].body[name]
			p.check(!present, "the body has %s", name)
		}
	},
	"different_requests_have_different_request_ids": func(p *play) {
		p.one(m{"flush_at": 1}, m{})
		p.capture(m{})
		p.flush()
		sent := p.await(2)
		p.check(sent[0].header.Get("PostHog-Request-Id") != sent[1].header.Get("PostHog-Request-Id"), "two requests have one id")
	},
	"distinct_id_at_root_not_properties": func(p *play) {
		p.one(m{"flush_at": 1}, m{})
		p.equal("properties.distinct_id", p.property("distinct_id"), nil)
	},
	"does_not_retry_dropped_events": partial("drop", "drop"),
	"does_not_retry_limited_events": partial("ok", "limited"),
	"does_not_retry_on_402":         givenUp(402),
	"does_not_retry_on_415":         givenUp(415),
	"does_not_retry_on_429":         givenUp(429),
	"event_has_options_object": func(p *play) {
		p.one(m{"flush_at": 1}, m{})
		p.equal("options", p.event()["options"], m{})
	},
	"groups_properties_preserved":            objectKept("$groups", m{"company": "posthog"}),
	"handles_200_with_all_ok":                partial("ok", "ok", "ok"),
	"has_authorization_bearer_header":        header("Authorization", is("Bearer phc_test_key")),
	"has_content_type_json":                  header("Content-Type", func(_ *play, v string) bool { return strings.HasPrefix(v, "application/json") }),
	"has_posthog_attempt_header":             header("PostHog-Attempt", is("1")),
	"has_posthog_request_id":                 header("PostHog-Request-Id", func(_ *play, v string) bool { return uuidForm.MatchString(v) }),
	"has_posthog_request_timestamp":          header("PostHog-Request-Timestamp", func(p *play, v string) bool { return !p.at("the header", v).IsZero() }),
	"has_posthog_sdk_info_format":            header("PostHog-Sdk-Info", func(_ *play, v string) bool { return strings.Contains(v, "/") }),
	"mixed_ok_drop_limited_no_retry":         partial("ok", "drop", "limited", "ok"),
	"option_cookieless_mode":                 option("cookieless_mode", true, true),
	"option_disable_skew_correction":         option("disable_skew_correction", false, false),
	"option_process_person_profile":          option("process_person_profile", true, true),
	"option_product_tour_id":                 option("product_tour_id", "tour-1", "tour-1"),
	"prunes_dropped_events_on_partial_retry": partial("drop", "retry"),
	"prunes_ok_events_on_partial_retry":      partial("ok", "retry"),
	"request_id_preserved_on_retry": func(p *play) {
		p.programStatuses(503)
		p.one(m{}, m{})
		sent := p.await(2)
		p.equal("the request id", sent[1].header.Get("PostHog-Request-Id"), sent[0].header.Get("PostHog-Request-Id"))
		p.equal("created_at", sent[1].body["created_at"], sent[0].body["created_at"])
	},
	"request_timestamp_changes_on_retry": func(p *play) {
		p.programStatuses(503)
		p.one(m{}, m{})
		sent := p.await(2)
		p.check(sent[0].header.Get("PostHog-Request-Timestamp") != sent[1].header.Get("PostHog-Request-Timestamp"),
			"both attempts have one timestamp")
	},
	"respects_retry_after_on_partial":         heeded(answer{results: []string{"ok", "retry"}}, 2),
	"respects_retry_after_on_retryable_error": heeded(answer{status: 503}, 1),
	"result_missing_is_not_retried": func(p *play) {
		p.program(answer{body: `{"results":{}}`})
		p.many(2)
		p.count(1)
		p.equal("total_events_sent", p.state()["total_events_sent"], number(2))
	},
	"retries_only_retry_events_from_partial": partial("ok", "drop", "retry"),
	"set_once_properties_preserved":          objectKept("$set_once", m{"initial_referrer": "https://google.com"}),
	"set_properties_preserved":               objectKept("$set", m{"name": "Test User", "email": "test@example.com"}),
	"targets_v1_endpoint": func(p *play) {
		p.one(m{"flush_at": 1}, m{})
		p.equal("path", p.count(1)[0].path, pathV1)
	},
	"unknown_result_treated_as_terminal": partial("ok", "unknown_future_result"),
}

// captureAI captures one event on the AI lane, and returns the uuid the adapter tells.
func (p *play) captureAI(with m) any {
	event := m{"distinct_id": "test_user", "event": "$ai_generation", "properties": nil, "timestamp": nil}
	for name, value := range with {
		event[name] = value
	}
	p.init(m{"flush_at": 1})
	uuid := p.post("/capture_ai", event)["uuid"]
	p.flush()
	return uuid
}

// aiContracts hold for the AI lane.
var aiContracts = map[string]func(p *play){
	"capture_ai_event_has_uuid": func(p *play) {
		told := p.captureAI(m{})
		p.uuid("uuid", p.event()["uuid"])
		p.equal("the uuid in the answer", told, p.event()["uuid"])
	},
	"capture_ai_keeps_supplied_uuid": func(p *play) {
		const uuid = "0198c0de-0000-7000-8000-000000000abc"
		p.equal("the uuid in the answer", p.captureAI(m{"uuid": uuid}), uuid)
		p.equal("uuid", p.event()["uuid"], uuid)
	},
	"capture_ai_posts_to_ai_endpoint": func(p *play) {
		p.captureAI(m{})
		p.equal("path", p.count(1)[0].path, pathAI)
		p.equal("event", p.event()["event"], "$ai_generation")
	},
	"capture_does_not_reroute_ai_named_events": func(p *play) {
		p.one(m{"flush_at": 1}, m{"event": "$ai_generation"})
		p.count(1)
		p.equal("the requests to the AI endpoint", len(p.sent(pathAI)), 0)
	},
	"non_utc_event_timestamp_is_converted_to_utc": func(p *play) {
		p.captureAI(m{"timestamp": "2025-01-02T08:34:05+05:30"})
		got := p.at("timestamp", p.event()["timestamp"])
		want := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
		p.check(got.Equal(want), "timestamp is %v, want %v", got, want)
	},
}
