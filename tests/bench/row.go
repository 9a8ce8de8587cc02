package main

// row is one line of the table.
type row struct {
	Key   string
	Title string
	Unit  string
	// More is better; otherwise less is.
	more bool
	// relativeTo is the row of the same round that the value is shown against, in percent.
	relativeTo string
	// absolute rows have no ratio: there the value itself counts.
	absolute bool
}

var rows = []row{
	{Key: "capture_wall", Title: "capture, wall per event on the calling thread", Unit: "µs"},
	{Key: "capture_p50", Title: "capture p50", Unit: "µs"},
	{Key: "capture_p99", Title: "capture p99", Unit: "µs"},
	{Key: "capture_p999", Title: "capture p99.9", Unit: "µs"},
	{Key: "paced_p50", Title: "capture p50 at 1,000 events/s", Unit: "µs"},
	{Key: "paced_p99", Title: "capture p99 at 1,000 events/s", Unit: "µs"},
	{Key: "paced_p999", Title: "capture p99.9 at 1,000 events/s", Unit: "µs"},
	{Key: "busy_p99", Title: "the same p99 with one busy thread", Unit: "µs"},
	{Key: "refused_p50", Title: "capture p50, connections refused, against healthy", Unit: "%", relativeTo: "capture_p50", absolute: true},
	{Key: "mute_p50", Title: "capture p50, server never answers, against healthy", Unit: "%", relativeTo: "capture_p50", absolute: true},
	{Key: "lag_worst", Title: "event loop lag, server never answers: worst", Unit: "ms", absolute: true},
	{Key: "lag_p99", Title: "event loop lag, server never answers: p99", Unit: "ms", absolute: true},
	{Key: "lag_empty_worst", Title: "lag of an empty event loop: worst", Unit: "ms", absolute: true},
	{Key: "lag_empty_p99", Title: "lag of an empty event loop: p99", Unit: "ms", absolute: true},
	{Key: "fiber_p50", Title: "capture p50 from a fiber of the main thread, against the thread", Unit: "%", relativeTo: "capture_p50", absolute: true},
	{Key: "e2e_rate", Title: "end to end with gzip", Unit: "events/s", more: true},
	{Key: "e2e_cpu", Title: "end to end with gzip, CPU per event", Unit: "µs"},
	{Key: "e2e_peak_rss", Title: "end to end with gzip, peak RSS", Unit: "MB", absolute: true},
	{Key: "slow_rate", Title: "server answers after 50 ms", Unit: "events/s", more: true},
	{Key: "steady_cpu", Title: "steady 1,000 events/s, CPU per event", Unit: "µs"},
	{Key: "nothing_cpu", Title: "of which the loop itself, without capturing", Unit: "µs", absolute: true},
	{Key: "burst_lost", Title: "burst of 50,000 into the default queue, lost", Unit: "events", absolute: true},
	{Key: "burst_peak_rss", Title: "the same burst, peak RSS", Unit: "MB"},
	{Key: "flag_simple", Title: "simple local flag p50", Unit: "µs"},
	{Key: "flag_simple_p99", Title: "simple local flag p99", Unit: "µs"},
	{Key: "flag_mute_p50", Title: "simple local flag p50, server never answers, against healthy", Unit: "%", relativeTo: "flag_simple", absolute: true},
	{Key: "flag_mute_p99", Title: "simple local flag p99, server never answers, against healthy", Unit: "%", relativeTo: "flag_simple_p99", absolute: true},
	{Key: "flag_five", Title: "flag with five conditions p50", Unit: "µs"},
	{Key: "flag_simple_json", Title: "simple local flag p50, through JSON", Unit: "µs", absolute: true},
	{Key: "flag_five_json", Title: "flag with five conditions p50, through JSON", Unit: "µs", absolute: true},
	{Key: "flags_10", Title: "all of 10 flags p50", Unit: "µs"},
	{Key: "flags_100", Title: "all of 100 flags p50", Unit: "µs"},
	{Key: "flags_1000", Title: "all of 1,000 flags p50", Unit: "µs"},
	{Key: "startup", Title: "import, construct, first flag", Unit: "ms"},
	{Key: "rss_added", Title: "RSS added", Unit: "MB"},
	{Key: "idle_rss", Title: "idle, RSS", Unit: "MB", absolute: true},
	{Key: "idle_cpu", Title: "idle, CPU per second", Unit: "ms", absolute: true},
}
