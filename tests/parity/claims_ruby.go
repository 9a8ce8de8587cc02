package main

import "strings"

// rubyClaims follow what is known of posthog-ruby 3.23. They have not been run against it: that needs a checkout.
var rubyClaims = []claim{
	{"`$geoip_disable` is sent unless `disable_geoip: false`", func(d difference) bool {
		return d.member("properties.$geoip_disable") && d.Theirs == absent
	}},
	{"return the uuid, or nil where the event was not accepted", func(d difference) bool {
		return strings.HasPrefix(d.Place, "answer ") && d.Path == "" && (d.Theirs == "true" || d.Theirs == "false" ||
			strings.HasPrefix(d.Theirs, `{"raised":"ArgumentError"`))
	}},
	{"person properties: `set(distinct_id:", func(d difference) bool {
		return (d.Case == "set" || d.Case == "capture-ai") &&
			(strings.Contains(d.Theirs, "NoMethodError") || d.Theirs == absent)
	}},
	{"legacy members", func(d difference) bool {
		return d.Ours == absent && d.member("type", "$set")
	}},
	{"Values JSON does not know are converted by rule", func(d difference) bool {
		return strings.HasPrefix(d.Case, "value-") && (d.member("properties.v") || d.Place == "event e" && d.Path == "")
	}},
}
