package driver

import "time"

// clock tells the time in milliseconds since 1970. It reads the wall clock once and follows the monotonic clock from
// there, so that a step of the system's time neither delays nor repeats what is scheduled.
type clock struct {
	start time.Time
	// startNs is start since 1970.
	startNs int64
}

func startClock() clock {
	now := time.Now()
	return clock{now, now.UnixNano()}
}

func (c clock) now() time.Time { return c.start.Add(time.Since(c.start)) }

func (c clock) nowMs() int64 {
	return (c.startNs + int64(time.Since(c.start))) / int64(time.Millisecond)
}
