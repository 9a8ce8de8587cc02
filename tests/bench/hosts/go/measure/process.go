package measure

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"slices"
	"syscall"
	"time"
)

// cpuMicros is what the whole process has used.
func cpuMicros() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		log.Fatal(err)
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e3
}

// memoryMB reads a size from /proc/self/status.
func memoryMB(field string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		log.Fatal(err)
	}
	var kilobytes int
	_, rest, _ := bytes.Cut(status, []byte(field+":"))
	if _, err := fmt.Fscan(bytes.NewReader(rest), &kilobytes); err != nil {
		log.Fatalf("%s: %v", field, err)
	}
	return float64(kilobytes) / 1024
}

// percentiles adds those of the durations to a result.
func percentiles(result Result, taken []time.Duration) {
	slices.Sort(taken)
	at := func(share float64) float64 {
		return micros(taken[min(int(float64(len(taken))*share), len(taken)-1)])
	}
	result["p50_us"], result["p99_us"], result["p999_us"] = at(0.5), at(0.99), at(0.999)
}

func micros(d time.Duration) float64 { return float64(d) / 1e3 }
