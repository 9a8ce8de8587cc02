package measure

import (
	"fmt"
	"log"
	"runtime"
	"runtime/debug"
	"time"
)

// Result is what a scenario measured, by the names of tests/bench/README.md.
type Result map[string]float64

// parameters of the command line that are numbers.
type parameters map[string]int

type scenario func(Client, parameters) Result

var scenarios = map[string]scenario{"capture": capture, "deliver": deliver, "steady": steady, "nothing": nothing, "flags": flags}

func warmUp(c Client, events int) {
	for number := range events {
		c.Capture(number)()
	}
	c.Settle()
}

// timed captures one event.
func timed(c Client, number int) time.Duration {
	capture := c.Capture(number)
	before := time.Now()
	capture()
	return time.Since(before)
}

func capture(c Client, p parameters) Result {
	warmUp(c, p["warm"])
	taken := make([]time.Duration, p["n"])
	var sum time.Duration
	for number := range taken {
		taken[number] = timed(c, number)
		sum += taken[number]
	}
	result := Result{"wall_us": micros(sum) / float64(len(taken))}
	percentiles(result, taken)
	return result
}

func deliver(c Client, p parameters) Result {
	warmUp(c, p["warm"])
	started, before := time.Now(), cpuMicros()
	for number := range p["n"] {
		c.Capture(number)()
	}
	c.Close()
	return Result{
		"started_ms": float64(started.UnixNano()) / 1e6, "cpu_us": cpuMicros() - before, "peak_rss_mb": memoryMB("VmHWM"),
	}
}

func steady(c Client, p parameters) Result {
	warmUp(c, p["warm"])
	taken := make([]time.Duration, p["n"])
	before := cpuMicros()
	pace(p, func(number int) { taken[number] = timed(c, number) })
	c.Settle()
	result := Result{"cpu_us": cpuMicros() - before, "events": float64(len(taken))}
	percentiles(result, taken)
	return result
}

func nothing(c Client, p parameters) Result {
	before := cpuMicros()
	pace(p, func(number int) { c.Capture(number) })
	return Result{"cpu_us": cpuMicros() - before, "events": float64(p["n"])}
}

// pace calls step n times, rate times a second.
func pace(p parameters, step func(number int)) {
	interval, start := time.Second/time.Duration(p["rate"]), time.Now()
	for number := range p["n"] {
		time.Sleep(time.Until(start.Add(time.Duration(number) * interval)))
		step(number)
	}
}

func flags(c Client, p parameters) Result {
	users := make([]string, Users)
	for number := range users {
		users[number] = fmt.Sprintf("user-%d", number)
	}
	ask := func(prepare func(user string) func() bool) Result {
		asks := make([]func() bool, Users)
		for number, user := range users {
			asks[number] = prepare(user)
			if !asks[number]() {
				log.Fatal("a flag was not decided")
			}
		}
		var taken []time.Duration
		end := time.Now().Add(time.Duration(p["budget_ms"]) * time.Millisecond)
		for time.Now().Before(end) {
			before := time.Now()
			asks[len(taken)%Users]()
			taken = append(taken, time.Since(before))
		}
		result := Result{}
		percentiles(result, taken)
		return result
	}
	result := Result{"all_us": ask(c.AllFlags)["p50_us"]}
	if p["single"] != 0 {
		for _, key := range []string{Simple, "five"} {
			asked := ask(func(user string) func() bool { return c.Flag(key, user) })
			result[key+"_us"], result[key+"_p99_us"] = asked["p50_us"], asked["p99_us"]
		}
	}
	return result
}

func startup(c Client, since time.Time) Result {
	if !c.Flag(Simple, "user-1")() {
		log.Fatal("the first flag was not decided")
	}
	return Result{"startup_ms": micros(time.Since(since)) / 1e3}
}

func idle(c Client, p parameters, beforeMB float64) Result {
	c.Flag(Simple, "user-1")()
	warmUp(c, p["warm"])
	runtime.GC()
	debug.FreeOSMemory()
	before := cpuMicros()
	time.Sleep(time.Duration(p["ms"]) * time.Millisecond)
	used, resident := cpuMicros()-before, memoryMB("VmRSS")
	return Result{"idle_cpu_ms": used / float64(p["ms"]), "rss_mb": resident, "rss_added_mb": resident - beforeMB}
}
