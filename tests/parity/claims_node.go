package main

import "strings"

var nodeClaims = []claim{
	{"Ids and group keys are sent as text", func(d difference) bool {
		return d.Case == "capture-numeric-user" && d.member("distinct_id") && d.Ours == `"42"`
	}},
	{"An event without a name, an alias and a group without an id are refused", func(d difference) bool {
		return (d.Case == "bad-event-name" || d.Case == "bad-alias" || d.Case == "bad-group") && d.Path == "" && d.Ours == absent
	}},
	{"A time that cannot be read is replaced by now", func(d difference) bool {
		return d.Case == "bad-timestamp" && d.member("timestamp") && d.Ours == `"(now)"`
	}},
	{"A value that throws when it is read costs that value", func(d difference) bool {
		return d.Case == "value-hostile" && d.Path == "" && d.Theirs == absent
	}},
	{"Values that JSON does not have are sent by the table below", func(d difference) bool {
		switch d.Case {
		case "value-big-integer", "value-huge-integer", "value-bytes", "value-broken-bytes", "value-set", "value-cycle",
			"value-map", "value-error", "value-regexp", "value-typed":
			return d.Place == "event e" && d.member("properties.v")
		}
		return false
	}},
	{"Opting out is in effect at once", func(d difference) bool {
		return (d.Case == "opt-out" && d.Place == "event unseen" || d.Case == "after-shutdown" && d.Place == "event late") &&
			d.Ours == absent
	}},
	{"`sendFeatureFlags` puts on what can be decided locally", func(d difference) bool {
		return d.Case == "flags-on-events-remote" && d.Ours == absent &&
			(d.Place == "request /flags/" || strings.HasPrefix(d.Path, "properties.$"))
	}},
	{"A flag call for nobody, or for no flag", func(d difference) bool {
		return d.Case == "flags-nobody" && d.Path == "" && d.Ours == absent
	}},
	{"A flag that `onlyEvaluateLocally` cannot decide reports nothing", func(d difference) bool {
		return d.Case == "flags-local-only" && d.Path == "" && d.Ours == absent
	}},
	{"A flag's report has its payload, `null` where it has no value", func(d difference) bool {
		if !strings.HasPrefix(d.Place, "event $feature_flag_called") {
			return false
		}
		return d.Theirs == absent && d.member("properties.$feature_flag_payload") ||
			d.Theirs == absent && d.Ours == "null" && d.member("properties.$feature_flag_response", "properties.$feature/unknown") ||
			d.member("properties.$feature_flag_evaluated_at")
	}},
	{"Fixed flag values of `overrideFeatureFlags` are reported", func(d difference) bool {
		return d.Case == "overrides" && d.Path == "" && d.Theirs == absent
	}},
	{"The reason in a flag's result is the code where it was decided locally", func(d difference) bool {
		return strings.HasPrefix(d.Place, "answer ") && (d.member("reason") && d.Theirs == `"Evaluated locally"` ||
			d.Ours == absent && (d.member("reasonCode") || d.member("payload") && d.Theirs == "null"))
	}},
	{"`$group_key` is added to group properties for local evaluation only", func(d difference) bool {
		return d.Place == "request /flags/" && strings.HasSuffix(d.Path, ".$group_key") && d.Ours == absent
	}},
	{"Remote config that does not exist is `undefined`", func(d difference) bool {
		return d.Case == "remote-config" && d.Place == "answer 1" && d.Ours == "null"
	}},
	{"`reloadFeatureFlags`, `flush` and `shutdown` resolve to what became of it", func(d difference) bool {
		return strings.HasPrefix(d.Place, "answer ") && d.Path == "" && d.Theirs == "null" &&
			(d.Ours == "true" || strings.HasPrefix(d.Ours, `{"delivered":`))
	}},
	{"Entries of `$exception_list` below the first tell whether they were handled", func(d difference) bool {
		return strings.HasSuffix(d.Path, ".mechanism.handled") && d.Theirs == absent ||
			d.Case == "capture-js-exception" && d.member("properties.$exception_list.0.stacktrace.frames")
	}},
}
