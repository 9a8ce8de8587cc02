package main

import "strings"

var pythonClaims = []claim{
	{"`historical_migration` only when it is on", func(d difference) bool {
		return d.Place == "around events /batch/" && d.member("historical_migration") ||
			d.Place == "around events /i/v0/ai/batch/" && d.member("historical_migration")
	}},
	{"are super properties, on every kind of event", func(d difference) bool {
		switch d.Place {
		case "event $set", "event $create_alias", "event $groupidentify":
			return d.Theirs == absent && d.member("properties.$os", "properties.$os_version", "properties.$os_distro",
				"properties.$python_runtime", "properties.$python_version")
		}
		return false
	}},
	{"`set` and `set_once` both send the event `$set`", func(d difference) bool {
		switch d.Place {
		case "event $set":
			return d.member("$set") && d.Ours == absent || d.member("properties.$set") && d.Theirs == absent
		case "event $set 2":
			return d.Case == "set" && d.Theirs == absent && strings.Contains(d.Ours, `"$set_once":{"first":1}`)
		case "event $set_once":
			return d.Case == "set" && d.Ours == absent
		}
		return false
	}},
	{"An event's own properties win over super properties", func(d difference) bool {
		return d.Case == "option-super-properties" && d.member("properties.both")
	}},
	{"without a user the id is `$<type>_<key>`", func(d difference) bool {
		return d.Case == "group-identify-nobody" && d.member("distinct_id") && d.Ours == `"$company_acme"`
	}},
	{"A timedelta is sent as seconds, an Enum as its value", func(d difference) bool {
		return d.Case == "value-duration" && d.Ours == "90.5" ||
			d.Case == "value-enum" && d.Ours == `"red"` ||
			d.Case == "value-whole-decimal" && d.Theirs == "323.0" && d.Ours == "323"
	}},
	{"An event with a cycle in it is sent without the cycle", func(d difference) bool {
		return d.Case == "value-cycle" && (d.Theirs == absent || d.Place == "answer 0" && d.Theirs == "null") ||
			d.Case == "value-huge-integer" && d.member("properties.v") && d.Ours == "null"
	}},
	{"An event without a name is refused", func(d difference) bool {
		return d.Case == "bad-event-name" && (d.Ours == absent || d.Place == "answer 0" && d.Ours == "null") ||
			d.Case == "flags-nobody" && d.Ours == absent
	}},
	{"Flag requests tell `evaluation_runtime`", func(d difference) bool {
		return strings.HasPrefix(d.Place, "request /flags/") &&
			(d.member("evaluation_runtime") && d.Theirs == absent && d.Ours == `"server"` ||
				d.member("device_id") && d.Theirs == "null" && d.Ours == absent ||
				strings.HasSuffix(d.Path, ".$group_key") && d.Ours == absent)
	}},
	{"`$feature_flag_called` of a local answer has its reason", func(d difference) bool {
		if !strings.HasPrefix(d.Place, "event $feature_flag_called") {
			return d.Case == "flags-local-only" && d.Place == "around events /batch/" && d.Ours == absent
		}
		return d.Theirs == absent && d.member("properties.$feature_flag_reason",
			"properties.$feature_flag_definitions_loaded_at", "properties.$feature_flag_evaluated_at") ||
			d.Ours == absent && d.member("properties.$feature_flag_version") ||
			d.Case == "flags-local-only" && d.Path == "" && d.Ours == absent
	}},
	{"`get_feature_flag_result` has a reason for local answers", func(d difference) bool {
		return d.Case == "flags-local" && strings.HasPrefix(d.Place, "answer ") && d.member("reason") && d.Theirs == "null"
	}},
}
