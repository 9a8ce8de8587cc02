package main

import (
	"encoding/json"
	"slices"
	"strconv"
)

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// asked evaluates one flag, and checks a member of the body of the one request that went out for it.
func asked(query m, name string, want any) func(p *play) {
	return func(p *play) {
		p.init(m{})
		p.flag(query)
		p.equal(name, p.flagRequests(1)[0].body[name], want)
	}
}

func (p *play) flagRequests(want int) []*request {
	sent := p.sent(pathFlags)
	p.require(len(sent) == want, "%d flag requests, want %d", len(sent), want)
	return sent
}

// flagRetried: after one failure the value arrives.
func flagRetried(status int) func(p *play) {
	return func(p *play) {
		p.program(answer{status: status}, answer{body: `{"featureFlags":{"transient":true}}`})
		p.init(m{})
		p.equal("the value", p.flag(m{"key": "transient"}), true)
		sent := p.flagRequests(2)
		p.equal("the second body", sent[1].body, sent[0].body)
	}
}

// flagGivenUp: one answer ends the matter, and the flag cannot be decided.
func flagGivenUp(status int) func(p *play) {
	return func(p *play) {
		p.programStatuses(status)
		p.init(m{})
		p.equal("the value", p.flag(m{}), nil)
		p.flagRequests(1)
	}
}

// flagContracts hold for feature flags, which have one protocol.
var flagContracts = map[string]func(p *play){
	"disable_geoip_false_propagates_as_geoip_disable_false": asked(m{"disable_geoip": false}, "geoip_disable", false),
	"disable_geoip_omitted_defaults_to_false":               asked(m{}, "geoip_disable", false),
	"does_not_retry_flags_on_500":                           flagGivenUp(500),
	"flag_keys_to_evaluate_contains_only_requested_key":     asked(m{"key": "my-specific-flag"}, "flag_keys_to_evaluate", []any{"my-specific-flag"}),
	"flags_request_hits_flags_path_not_decide": func(p *play) {
		p.init(m{})
		p.flag(m{})
		p.equal("path", p.sent()[0].path, pathFlags)
	},
	"flags_request_omits_authorization_header": func(p *play) {
		p.init(m{})
		p.flag(m{})
		p.equal("authorization", p.flagRequests(1)[0].header.Get("Authorization"), "")
	},
	"flags_request_uses_v2_query_param": func(p *play) {
		p.init(m{})
		p.flag(m{})
		p.equal("v", p.flagRequests(1)[0].query["v"], []string{"2"})
	},
	"get_feature_flag_captures_feature_flag_called_event": func(p *play) {
		p.program(answer{body: `{"featureFlags":{"my-flag":true}}`})
		p.init(m{})
		p.equal("the value", p.flag(m{"key": "my-flag"}), true)
		p.flush()
		var called []m
		for _, q := range p.sent(pathV0, pathV1) {
			for _, event := range q.events {
				if event["event"] == "$feature_flag_called" {
					called = append(called, event)
				}
			}
		}
		p.require(len(called) == 1, "%d $feature_flag_called, want 1", len(called))
		properties := called[0]["properties"].(m)
		p.equal("$feature_flag", properties["$feature_flag"], "my-flag")
		p.equal("$feature_flag_response", properties["$feature_flag_response"], true)
	},
	"groups_default_to_empty_object":           asked(m{}, "groups", m{}),
	"group_properties_default_to_empty_object": asked(m{}, "group_properties", m{}),
	"groups_round_trip": func(p *play) {
		p.init(m{})
		p.flag(m{"groups": m{"company": "acme"}, "group_properties": m{"company": m{"plan": "enterprise"}}})
		body := p.flagRequests(1)[0].body
		p.equal("groups", body["groups"], m{"company": "acme"})
		company, _ := body["group_properties"].(m)["company"].(m)
		p.equal("group_properties.company.plan", company["plan"], "enterprise")
	},
	"mock_response_value_is_returned_to_caller": func(p *play) {
		p.program(answer{body: `{"featureFlags":{"signup-aa-test":"variant-a"}}`})
		p.init(m{})
		p.equal("the value", p.flag(m{"key": "signup-aa-test"}), "variant-a")
	},
	"no_flags_request_on_init_alone": func(p *play) {
		p.init(m{})
		p.count(0)
	},
	"no_flags_request_on_normal_capture": func(p *play) {
		p.one(m{}, m{"event": "regular_event"})
		p.await(1)
		p.flagRequests(0)
	},
	"request_with_person_properties_device_id": func(p *play) {
		p.init(m{})
		p.flag(m{"key": "signup-aa-test", "distinct_id": "test_user_123", "person_properties": m{"$device_id": "device_abc_123"},
			"groups": m{}, "group_properties": m{}, "disable_geoip": true})
		body := p.flagRequests(1)[0].body
		token := body["token"]
		if token == nil {
			token = body["api_key"]
		}
		person, _ := body["person_properties"].(m)
		p.equal("token", token, "phc_test_key")
		p.equal("distinct_id", body["distinct_id"], "test_user_123")
		p.equal("person_properties.$device_id", person["$device_id"], "device_abc_123")
		p.equal("groups", body["groups"], m{})
		p.equal("group_properties", body["group_properties"], m{})
		p.equal("geoip_disable", body["geoip_disable"], true)
		p.equal("flag_keys_to_evaluate", body["flag_keys_to_evaluate"], []any{"signup-aa-test"})
	},
	"retries_flags_on_502": flagRetried(502),
	"retries_flags_on_504": flagRetried(504),
	"token_in_flags_body_matches_init": func(p *play) {
		p.init(m{"api_key": "phc_specific_key_12345"})
		p.flag(m{})
		body := p.flagRequests(1)[0].body
		p.check(body["token"] == "phc_specific_key_12345" || body["api_key"] == "phc_specific_key_12345", "the body has another token")
	},
	"two_flag_calls_produce_two_remote_requests": func(p *play) {
		p.init(m{})
		p.flag(m{})
		p.flag(m{})
		p.flagRequests(2)
	},
	"v4_flags_are_understood": func(p *play) {
		p.program(answer{body: `{"flags":{"a":{"key":"a","enabled":true,"variant":"blue"}},"errorsWhileComputingFlags":false}`})
		p.init(m{})
		p.equal("the value", p.flag(m{"key": "a"}), "blue")
	},
}

// adapterContracts hold for the adapter itself: what it tells is what happened.
var adapterContracts = map[string]func(p *play){
	"call_before_init_is_told": func(p *play) {
		reply := p.call("POST", "/capture", m{"distinct_id": "u", "event": "e"})
		p.equal("success", reply["success"], false)
	},
	"init_again_replaces_the_client": func(p *play) {
		p.one(m{}, m{})
		p.capture(m{})
		p.init(m{})
		p.equal("total_events_captured", p.state()["total_events_captured"], number(0))
		p.flush()
		p.count(1)
	},
	"reset_drops_what_is_queued": func(p *play) {
		p.init(m{"flush_interval_ms": 3600000})
		p.captureMany(3)
		p.post("/reset", nil)
		p.count(0)
	},
	"state_counts_a_retry": func(p *play) {
		p.programStatuses(503)
		p.many(2)
		state := p.state()
		p.equal("pending_events", state["pending_events"], number(0))
		p.equal("total_events_captured", state["total_events_captured"], number(2))
		p.equal("total_events_sent", state["total_events_sent"], number(2))
		p.equal("total_retries", state["total_retries"], number(1))
		p.check(text(state["last_error"]) != "", "last_error is %v", state["last_error"])
		made, _ := state["requests_made"].([]any)
		p.require(len(made) == 2, "%d requests_made, want 2", len(made))
		uuids := members(p.sent()[0], "uuid")
		for i, attempt := range made {
			attempt := attempt.(m)
			p.equal("status_code", attempt["status_code"], number([]int{503, 200}[i]))
			p.equal("retry_attempt", attempt["retry_attempt"], number(i))
			p.equal("event_count", attempt["event_count"], number(2))
			p.check(slices.Equal(uuids, texts(attempt["uuid_list"])), "uuid_list is %v, want %v", attempt["uuid_list"], uuids)
		}
	},
	"state_counts_a_loss": func(p *play) {
		p.programStatuses(400)
		p.one(m{}, m{})
		state := p.state()
		p.equal("pending_events", state["pending_events"], number(0))
		p.equal("total_events_captured", state["total_events_captured"], number(1))
		p.equal("total_events_sent", state["total_events_sent"], number(0))
	},
	"state_counts_what_waits": func(p *play) {
		p.init(m{"flush_interval_ms": 3600000})
		p.captureMany(3)
		state := p.state()
		p.equal("pending_events", state["pending_events"], number(3))
		p.equal("total_events_sent", state["total_events_sent"], number(0))
		p.equal("last_error", state["last_error"], nil)
	},
}

// texts returns a list of strings as one.
func texts(list any) []string {
	all := []string{}
	values, _ := list.([]any)
	for _, value := range values {
		all = append(all, text(value))
	}
	return all
}
