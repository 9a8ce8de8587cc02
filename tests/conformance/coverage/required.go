package main

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
)

// dimension is one kind of thing that cases must exercise.
type dimension struct {
	name   string
	values []string
	// exempt are values that no case can exercise, with where they are tested instead.
	exempt map[string]string
}

// The endpoints, by the name that coverage gives them.
const (
	batch        = "batch"
	aiBatch      = "ai batch"
	analytics    = "v1 analytics"
	flagsRequest = "flags"
	definitions  = "definitions"
	remoteConfig = "remote config"
)

var endpoints = []string{batch, aiBatch, analytics, flagsRequest, definitions, remoteConfig}

// driverOptions mean something to the C library's own driver alone.
var driverOptions = map[string]string{
	"proxy": "tests/delivery", "no_proxy": "tests/delivery", "ca_file": "tests/delivery", "compress": "capi/driver",
	"memory_limit_mb": "capi", "io": "the runner's", "entropy": "the runner's",
}

var unreachable = map[string]string{
	"FORKED": "tests/c, bindings", "UNKNOWN_CLIENT": "tests/c, wasm", "UNSUPPORTED": "reserved", "BUSY": "reserved",
	"NO_MEMORY": "wasm", "PANIC": "capi/driver",
}

// readCode reads what there is to exercise from the tables of the code.
func readCode(root string) ([]dimension, error) {
	var failure error
	read := func(path string, get func(*source) []string) []string {
		s, err := parse(root + "/core/" + path)
		if err == nil {
			var values []string
			if values, err = must(path, get(s)); err == nil {
				return values
			}
		}
		failure = err
		return nil
	}
	constants := func(path, prefix string) []string {
		return read(path, func(s *source) []string { return s.constants(prefix) })
	}
	options := append(
		read("options.go", func(s *source) []string { return s.keys("targets") }),
		read("options.go", func(s *source) []string { return s.cases("special") })...)
	operators := read("flags/operator.go", func(s *source) []string { return s.cases("match", "compare", "compareVersions") })
	operators = append(operators, "in", "not_in", "flag_evaluates_to")
	records := append(read("", (*source).records), "log/bad_uuid", "log/bad_timestamp")
	members := []string{"clear", "enabled", "key", "keys", "op", "payloads", "properties", "timeout_ms", "token", "flags"}
	for _, path := range []string{"event/message.go", "event/exception.go", "ops/flag.go", "ops/hook.go", "ops/poll.go"} {
		members = append(members, read(path, (*source).allCases)...)
	}
	builders := read("ops/hook.go", func(s *source) []string { return s.keys("builders") })
	required := []dimension{
		{name: "operation", values: operations()},
		{name: "option", values: options, exempt: driverOptions},
		{name: "input member", values: unique(members)},
		{name: "built operation", values: builders},
		{name: "status", values: statuses(), exempt: unreachable},
		{name: "drop reason", values: append(dropReasons(constants("queue/ledger.go", "")), "rejected_400")},
		{name: "record", values: records},
		{name: "word on an event", values: append(read("wire", func(s *source) []string { return s.keys("results") }), "another word", "no word")},
		{name: "operator and verdict", values: cross(operators, []string{"true", "false", "undecided"}), exempt: oneSided},
		{name: "reason of a flag", values: constants("flags/reason.go", "Reason")},
		{name: "request reason", values: constants("flag.go", "request")},
		{name: "source of a value", values: append(constants("flag.go", "source"), "override")},
		{name: "HTTP status", values: cross(endpoints, append(read("wire", (*source).httpStatuses), "200", "400", "401", "403"))},
		{name: "transport error", values: cross(endpoints, constants("wire/request.go", "Err"))},
		{name: "operation and feature", values: features(), exempt: impossible},
	}
	return required, failure
}

// oneSided are verdicts an operator cannot give.
var oneSided = map[string]string{
	"is_set: false":    "a missing property is undecided, a present one is set",
	"is_not_set: true": "a missing property is undecided, a present one is set",
}

func operations() (names []string) {
	for _, op := range ops.Table {
		names = append(names, op.Name)
	}
	return names
}

func statuses() (names []string) {
	for n := core.Status(-64); n < 64; n++ {
		if name := n.String(); name != "UNKNOWN" {
			names = append(names, name)
		}
	}
	return names
}

// dropReasons leaves out the prefix of rejections.
func dropReasons(constants []string) (reasons []string) {
	for _, reason := range constants {
		if reason != "rejected_" {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

func cross(left, right []string) (pairs []string) {
	for _, l := range left {
		for _, r := range right {
			pairs = append(pairs, l+": "+r)
		}
	}
	return unique(pairs)
}

// eventOperations queue one event; flagOperations ask for flags.
var (
	eventOperations = []string{"capture", "identify", "alias", "group_identify", "set", "capture_exception", "capture_ai"}
	flagOperations  = []string{"get_flag", "evaluate_flags", "flag_called"}
)

// features are what every operation must be seen with, and event and flag operations besides.
func features() []string {
	pairs := cross(operations(), []string{"OK", "INVALID_JSON", "CLOSED", "memory", "off", "disabled", "opted out", "raw input"})
	pairs = append(pairs, cross(eventOperations, []string{"v1", "hook", "INVALID_ARGUMENT", "TOO_LARGE", "QUEUE_FULL", "immediate", "super properties"})...)
	pairs = append(pairs, cross(flagOperations, []string{"hook", "INVALID_ARGUMENT", "override"})...)
	for _, op := range ops.Table {
		if op.Waits {
			pairs = append(pairs, op.Name+": PENDING")
		}
	}
	return pairs
}

// impossible are pairs that make no sense, and why.
var impossible = map[string]string{
	"stats: CLOSED": "answers after shutdown too", "shutdown: CLOSED": "may be called again", "poll: CLOSED": "answers that nothing is left",
	"complete: CLOSED": "a late answer is ignored",
}
