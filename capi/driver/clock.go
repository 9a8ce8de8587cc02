package driver

import "time"

// clock tells the time in milliseconds since 1970. It reads the wall clock once and follows the monotonic clock from
// there, so that a step of the system's time neither delays nor repeats what is scheduled.
type clock struct {
	start time.Time
}

func startClock() clock {
	return clock{time.Now()}
}

func (c clock) now() time.Time { return c.start.Add(time.Since(c.start)) }

func (c clock) nowMs() int64 { return c.now().UnixMilli() }
