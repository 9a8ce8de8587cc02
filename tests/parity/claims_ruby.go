package main

import "strings"

// rubyClaims follow posthog-ruby 3.23.
var rubyClaims = []claim{
	{"`$geoip_disable` is sent unless `disable_geoip: false`", func(d difference) bool {
		return d.member("properties.$geoip_disable") && d.Theirs == absent
	}},
	{"return the uuid, or nil where the event was not accepted", func(d difference) bool {
		if !strings.HasPrefix(d.Place, "answer ") || d.Case == "state" && d.Place == "answer 6" {
			return false
		}
		told := d.Path == "" || d.member("3.0", "3.1")
		return told && (d.Theirs == "true" && (d.Ours == `"(id)"` || strings.Contains(d.Ours, "0190f5a4-")) ||
			d.Theirs == "true" && d.Ours == "null" && (d.Case == "before-send" || d.Case == "option-disabled") ||
			d.Theirs == "false" && d.Ours == "null" && !strings.HasPrefix(d.Case, "flags-") ||
			d.Theirs == `{"raised":"ArgumentError"}` && (d.Ours == "null" || d.Ours == `"(id)"`))
	}},
	{"A timestamp that is no time is replaced by now", func(d difference) bool {
		return d.Case == "bad-timestamp" && d.Path == "" && d.Theirs == absent
	}},
	{"person properties: `set(distinct_id:", func(d difference) bool {
		return (d.Case == "set" || d.Case == "capture-ai") &&
			(strings.Contains(d.Theirs, "NoMethodError") || d.Theirs == absent)
	}},
	{"`type` is not sent", func(d difference) bool {
		return d.Ours == absent && d.member("type")
	}},
	{"What `identify` sets is in `$set` of its properties", func(d difference) bool {
		if d.Place == "event $identify" && d.member("properties.plan") {
			return d.Ours == absent
		}
		return strings.HasPrefix(d.Place, "event $identify") && (d.member("$set") && d.Ours == absent ||
			d.member("properties.$set", "properties.$set_once") && d.Theirs == absent)
	}},
	{"Values JSON does not know are converted by rule", func(d difference) bool {
		return strings.HasPrefix(d.Case, "value-") && (d.Place == "event e" && d.member("properties.v") ||
			d.Theirs == absent && d.Path == "" && (d.Place == "event e" || d.Place == "around events /batch/"))
	}},
	{"Ids and group keys are sent as text", func(d difference) bool {
		return d.Case == "capture-numeric-user" && d.member("distinct_id") && d.Ours == `"42"`
	}},
	{"posthog-ruby takes options it does not know and ignores them", func(d difference) bool {
		return d.Case == "option-historical" && d.member("historical_migration") && d.Theirs == absent ||
			d.Case == "option-disabled" && d.Ours == absent && d.Path == "" ||
			d.Case == "option-disabled" && d.Place == "answer 1" && d.Theirs == "true" && d.Ours == "null"
	}},
	{"`capture_exception` always tells `$exception_level`", func(d difference) bool {
		return strings.HasPrefix(d.Place, "event $exception") && (d.member("properties.$exception_level") && d.Theirs == absent ||
			strings.HasSuffix(d.Path, ".abs_path") && strings.HasPrefix(d.Ours, `"/`) ||
			strings.HasSuffix(d.Path, ".stacktrace") && d.Theirs == "null" && d.Ours == absent)
	}},
	{"`$groups` is left out where there are none", func(d difference) bool {
		return strings.HasPrefix(d.Place, "event $feature_flag_called") && d.member("properties.$groups") && d.Theirs == "{}"
	}},
	{"`$feature_flag_called` of every call tells as much as a snapshot's", func(d difference) bool {
		if !strings.HasPrefix(d.Place, "event $feature_flag_called") || d.Theirs != absent {
			return false
		}
		return strings.HasPrefix(d.Path, "properties.$feature/") || d.member("properties.$feature_flag_id",
			"properties.$feature_flag_version", "properties.$feature_flag_reason", "properties.$feature_flag_payload",
			"properties.$feature_flag_definitions_loaded_at", "properties.$feature_flag_evaluated_at")
	}},
	{"A flag that `only_evaluate_locally` leaves undecided reports nothing", func(d difference) bool {
		return d.Case == "flags-local-only" && d.Path == "" && d.Ours == absent
	}},
	{"nil where undecided, never false", func(d difference) bool {
		return d.Case == "flags-remote" && d.Theirs == "false" && d.Ours == "null" &&
			(d.Place == "answer 4" || d.member("properties.$feature_flag_response"))
	}},
	{"Flag requests ask for the flag in question alone", func(d difference) bool {
		return strings.HasPrefix(d.Place, "request /flags/") && (d.Theirs == absent &&
			d.member("flag_keys_to_evaluate", "geoip_disable", "evaluation_runtime") ||
			strings.HasSuffix(d.Path, ".$group_key") && d.Ours == absent)
	}},
	{"A call for a flag without a name asks nobody", func(d difference) bool {
		return d.Case == "flags-nobody" && (d.Path == "" && d.Ours == absent ||
			d.Place == "answer 0" && d.Theirs == "false" && d.Ours == "null")
	}},
	{"decoded, where posthog-ruby hands over the JSON text", func(d difference) bool {
		return strings.HasPrefix(d.Place, "answer ") && (d.Path == "" || strings.HasPrefix(d.Path, "featureFlagPayloads.")) &&
			strings.HasPrefix(d.Theirs, `"{`) && strings.HasPrefix(d.Ours, "{")
	}},
	{"the flags and the payloads there are, and nothing else", func(d difference) bool {
		return strings.HasPrefix(d.Place, "answer ") && d.Ours == absent &&
			(d.member("errorsWhileComputingFlags", "quotaLimited") || d.member("status") && d.Case != "remote-config" ||
				strings.HasPrefix(d.Path, "featureFlagPayloads.") && d.Theirs == "null")
	}},
	{"no request where everything is decided locally", func(d difference) bool {
		if d.Case != "flags-snapshot" {
			return false
		}
		switch {
		case d.Place == "request /flags/":
			return d.Ours == absent
		case strings.HasPrefix(d.Place, "answer "):
			return d.member("0") || d.member("4.request_id") && d.Ours == "null"
		case d.Place == "event unread all":
			return d.member("properties.$active_feature_flags") || d.Ours == absent &&
				d.member("properties.$feature/remote-on", "properties.$feature/remote-off", "properties.$feature/remote-variant")
		}
		return d.member("properties.$feature_flag_request_id") && d.Ours == absent
	}},
	{"`evaluated_at` is also that of a local evaluation", func(d difference) bool {
		return strings.HasPrefix(d.Place, "answer ") && (d.member("4.evaluated") && d.Theirs == "false" ||
			d.member("4.groups") && d.Theirs == "null" && d.Ours == "{}")
	}},
	{"What an event says of a flag itself wins", func(d difference) bool {
		return d.Case == "flags-on-events" && d.Place == "event e" && (d.member("properties.$active_feature_flags") ||
			d.member("properties.$feature/pro-plan") && d.Ours == `"own"` ||
			strings.HasPrefix(d.Path, "properties.$feature/") && d.Ours == absent)
	}},
	{"the payload by itself, where posthog-ruby returns the answer", func(d difference) bool {
		return d.Case == "remote-config" && (d.Place == "answer 0" && d.member("status") && d.Ours == absent ||
			d.Place == "answer 1" && d.Ours == "null")
	}},
	{"false after `opt_out` and `shutdown`, too", func(d difference) bool {
		return d.Case == "state" && d.Place == "answer 6" && d.Theirs == "true" && d.Ours == "false"
	}},
}
