package main

import (
	"time"

	"github.com/libposthog/libposthog/tests/bench/sink"
)

// size is how much is measured: indices into the counts below.
type size int

const (
	tiny  size = iota // only sees that every program knows every scenario
	small             // under two minutes
	full
)

// counts are one number for each size.
type counts [3]int

// scenario is one run of a program, once in every round.
type scenario struct {
	name string
	// run is what the program calls it.
	run       string
	behaviour sink.Behaviour
	// roomy gives the queue room for all events; otherwise it is the default one.
	roomy bool
	// absent connects the program to a port where nobody listens.
	absent bool
	// events are captured; swift programs capture more.
	events, swiftEvents counts
	parameters          map[string]int
	sized               map[string]counts
	// programs tells which programs take part; nil means all.
	programs func(program) bool
	// together runs all programs at once: they do next to nothing.
	together bool
	// repeats says that another scenario asks the same of the programs, with another server: a tiny run leaves it out.
	repeats bool
	rows    func(o outcome) map[string]float64
}

// outcome is what one run came to.
type outcome struct {
	printed  map[string]float64
	count    sink.Count
	captured int // events that were captured in all
	warm     int // of these, before measuring
}

func ours(p program) bool { return !p.official() }

func python(p program) bool {
	return p.Key == "posthog-python" || p.Official == "posthog-python"
}

// looped programs have an event loop.
func looped(p program) bool {
	return ours(p) && (python(p) || p.Official == "posthog-node")
}

// scenarios in the order they are run in.
var scenarios = []scenario{
	{
		name: "capture", run: "capture", events: counts{20, 3000, 20000},
		roomy: true,
		rows: func(o outcome) map[string]float64 {
			return map[string]float64{
				"capture_wall": o.printed["wall_us"], "capture_p50": o.printed["p50_us"],
				"capture_p99": o.printed["p99_us"], "capture_p999": o.printed["p999_us"],
			}
		},
	},
	// These two stand beside the first: their p50 is compared with that of the same round.
	{
		name: "refused", run: "capture", events: counts{20, 3000, 20000}, absent: true, programs: ours, repeats: true,
		roomy: true,
		rows:  func(o outcome) map[string]float64 { return map[string]float64{"refused_p50": o.printed["p50_us"]} },
	},
	{
		name: "mute", run: "capture", events: counts{20, 3000, 20000}, programs: ours, repeats: true,
		behaviour: sink.Behaviour{Mute: true},
		roomy:     true,
		rows:      func(o outcome) map[string]float64 { return map[string]float64{"mute_p50": o.printed["p50_us"]} },
	},
	{
		name: "fiber", run: "fiber", events: counts{20, 3000, 20000}, programs: func(p program) bool { return p.Key == "ruby" },
		roomy: true,
		rows:  func(o outcome) map[string]float64 { return map[string]float64{"fiber_p50": o.printed["p50_us"]} },
	},
	{
		name: "e2e", run: "deliver", events: counts{20, 3000, 20000}, swiftEvents: counts{20, 20000, 50000},
		roomy: true,
		rows: func(o outcome) map[string]float64 {
			return map[string]float64{"e2e_rate": o.rate(), "e2e_cpu": o.cpu(), "e2e_peak_rss": o.printed["peak_rss_mb"]}
		},
	},
	{
		name: "slow", run: "deliver", behaviour: sink.Behaviour{Delay: 50 * time.Millisecond}, repeats: true,
		events: counts{20, 1500, 5000},
		roomy:  true,
		rows:   func(o outcome) map[string]float64 { return map[string]float64{"slow_rate": o.rate()} },
	},
	{
		name: "steady", run: "steady", events: counts{20, 1000, 2000}, parameters: map[string]int{"rate": 1000},
		rows: func(o outcome) map[string]float64 {
			return map[string]float64{
				"steady_cpu": o.printed["cpu_us"] / o.printed["events"], "paced_p50": o.printed["p50_us"],
				"paced_p99": o.printed["p99_us"], "paced_p999": o.printed["p999_us"],
			}
		},
	},
	{
		name: "nothing", run: "nothing", events: counts{20, 500, 500}, parameters: map[string]int{"rate": 1000}, programs: ours,
		rows: func(o outcome) map[string]float64 {
			return map[string]float64{"nothing_cpu": o.printed["cpu_us"] / o.printed["events"]}
		},
	},
	{
		name: "burst", run: "deliver", events: counts{20, 50000, 50000}, repeats: true,
		rows: func(o outcome) map[string]float64 {
			return map[string]float64{
				"burst_lost":     float64(o.captured - o.count.Acknowledged),
				"burst_peak_rss": o.printed["peak_rss_mb"],
			}
		},
	},
	flagScenario("flags_10", 10, false),
	flagScenario("flags_100", 100, true),
	// Beside flags_100: the server gave the definitions and answers nothing else.
	{
		name: "flags_mute", run: "flags", behaviour: sink.Behaviour{Mute: true, Flags: 100}, programs: ours, repeats: true,
		parameters: map[string]int{"single": 1}, sized: flagBudget,
		rows: func(o outcome) map[string]float64 {
			return map[string]float64{"flag_mute_p50": o.printed["simple_us"], "flag_mute_p99": o.printed["simple_p99_us"]}
		},
	},
	flagScenario("flags_1000", 1000, false),
	{
		name: "startup", run: "startup", behaviour: sink.Behaviour{Flags: 100},
		rows: func(o outcome) map[string]float64 { return map[string]float64{"startup": o.printed["startup_ms"]} },
	},
	{
		name: "busy", run: "busy", events: counts{20, 1000, 3000}, parameters: map[string]int{"rate": 1000},
		programs: python,
		rows:     func(o outcome) map[string]float64 { return map[string]float64{"busy_p99": o.printed["p99_us"]} },
	},
	{
		name: "loop", run: "loop", behaviour: sink.Behaviour{Mute: true, Flags: 100}, programs: looped,
		sized: map[string]counts{"ms": {10, 500, 3000}},
		rows: func(o outcome) map[string]float64 {
			return map[string]float64{
				"lag_worst": o.printed["worst_ms"], "lag_p99": o.printed["p99_ms"],
				"lag_empty_worst": o.printed["empty_worst_ms"], "lag_empty_p99": o.printed["empty_p99_ms"],
			}
		},
	},
	{
		name: "idle", run: "idle", behaviour: sink.Behaviour{Flags: 100}, together: true,
		sized: map[string]counts{"ms": {10, 1000, 5000}},
		rows: func(o outcome) map[string]float64 {
			return map[string]float64{
				"idle_cpu": o.printed["idle_cpu_ms"], "idle_rss": o.printed["rss_mb"], "rss_added": o.printed["rss_added_mb"],
			}
		},
	},
}

// flagBudget is how long a program asks for one thing.
var flagBudget = map[string]counts{"budget_ms": {1, 150, 200}}

// flagScenario asks for all of n flags, and with single for one of them too.
func flagScenario(name string, n int, single bool) scenario {
	parameters := map[string]int{"single": 0}
	if single {
		parameters["single"] = 1
	}
	return scenario{
		name: name, run: "flags", behaviour: sink.Behaviour{Flags: n}, parameters: parameters, repeats: !single,
		sized: flagBudget,
		rows: func(o outcome) map[string]float64 {
			found := map[string]float64{name: o.printed["all_us"]}
			for _, kind := range []string{"simple", "simple_p99", "five", "simple_json", "five_json"} {
				if value, ok := o.printed[kind+"_us"]; ok {
					found["flag_"+kind] = value
				}
			}
			return found
		},
	}
}

// warmEvents are captured and delivered before anything is measured.
var warmEvents = counts{5, 500, 500}

// rate is events per second until the last one was acknowledged.
func (o outcome) rate() float64 {
	started := time.UnixMicro(int64(o.printed["started_ms"] * 1e3))
	return o.delivered() / o.count.Last.Sub(started).Seconds()
}

// cpu is µs of the whole process for every event that was acknowledged.
func (o outcome) cpu() float64 { return o.printed["cpu_us"] / o.delivered() }

func (o outcome) delivered() float64 { return float64(o.count.Acknowledged - o.warm) }
