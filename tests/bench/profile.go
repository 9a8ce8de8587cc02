package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/libposthog/libposthog/tests/bench/sink"
)

// profiled are the scenarios whose time is taken apart.
var profiled = []struct {
	title     string
	run       string
	arguments []string
	behaviour sink.Behaviour
}{
	{
		title: "Capturing and delivering", run: "deliver",
		arguments: []string{"n=100000", "warm=500", "queue=100500"},
	},
	{
		title: "Flags: one at a time, all of 100", run: "flags",
		arguments: []string{"budget_ms=1000", "single=1"}, behaviour: sink.Behaviour{Flags: 100},
	},
}

// parts say by its library and its name which part of the work a function belongs to. The first that matches counts.
var parts = []struct {
	title string
	dso   *regexp.Regexp
	name  *regexp.Regexp
}{
	{"kernel: sockets", kernel, regexp.MustCompile(`tcp|sock|skb|inet|^ip_|^__ip_|loopback|xmit|^net|napi`)},
	{"kernel: threads, timers", kernel, regexp.MustCompile(`sched|futex|switch|ipi|smp_call|wake|msr|rq|timer|spin_|hrtimer|idle|enqueue|dequeue|pick_|update_|epoll|list_del`)},
	{"kernel: memory, rest", kernel, nil},
	{"compression", nil, regexp.MustCompile(`klauspost/compress|hash/crc32`)},
	{"JSON in and out", nil, regexp.MustCompile(`core/codec|json-iterator`)},
	{"building events", nil, regexp.MustCompile(`core/event`)},
	{"queue, batches", nil, regexp.MustCompile(`core/queue|core/wire`)},
	{"evaluating flags", nil, regexp.MustCompile(`core/flags`)},
	{"client, driver, shim", nil, regexp.MustCompile(`libposthog/(core|capi|wasm)|^posthog_|^phgo_|^_cgoexp`)},
	{"HTTP", nil, regexp.MustCompile(`^net/|^net\.|^internal/poll|^bufio|^context|textproto|^mime`)},
	{"Go: memory", nil, regexp.MustCompile(`^runtime\.(gc|scan|grey|mark|sweep|bg|malloc|newobject|makeslice|growslice|memclr|nextFree|heapBits|tryDefer|wbBuf|bulkBarrier|typePointers|findObject|spanOf|\(\*(mspan|mcache|mcentral|mheap|gcWork|gcControllerState|spanSet|spanInlineMarkBits|sweepLocked|pageAlloc|lfstack|spanQueue))`)},
	{"Go: threads, entering and leaving", nil, regexp.MustCompile(`^runtime\.(cgo|exitsyscall|entersyscall|needm|dropm|reentersyscall|casgstatus|casGTo|lock|unlock|schedule|findRunnable|futex|note|steal|runq|execute|park|ready|mcall|gogo|procyield|osyield|usleep|epoll|netpoll|mstart|startm|stopm|wakep|resetspinning|checkTimers|asmcgocall|systemstack|pidle|handoffp|retake|sysmon|preempt)|crosscall|_cgo_|x_cgo`)},
	{"Go: rest", regexp.MustCompile(`libposthog|driver|wazero$`), nil},
	{"binding, native part", regexp.MustCompile(`_accelerator|posthog\.node|_ctypes|libffi|ffi_c`), nil},
	{"compiled wasm, JavaScript", regexp.MustCompile(`JIT|\.map$|^\[unknown|anon`), nil},
	{"interpreter", regexp.MustCompile(`python|node|ruby|json`), nil},
	{"the measuring program, libc", nil, nil},
}

var kernel = regexp.MustCompile(`^\[kernel`)

// reportLine is one of perf report's: a share, a library, a place and a function.
var reportLine = regexp.MustCompile(`^\s*([\d.]+)%\s+(\S+(?: tid \d+)?)\s+\[.\]\s+(.*\S)`)

// profile takes the time of every host apart with perf, and leaves profile.md. library has symbols.
func profile(dir, library string, wanted []string, log io.Writer) error {
	if _, err := exec.LookPath("perf"); err != nil {
		return fmt.Errorf("profiles need perf (Debian: linux-perf): %w", err)
	}
	found, err := programs(dir, library, wanted)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(p program) bool { return p.official() || p.Missing != "" })
	file, err := os.Create(filepath.Join(dir, "profile.md"))
	if err != nil {
		return err
	}
	defer file.Close()
	for _, s := range profiled {
		shares := make([]map[string]float64, len(found))
		for i, p := range found {
			fmt.Fprintf(log, "%s: %s\n", s.title, p.Title)
			data := filepath.Join(dir, "perf.data")
			p.argv = slices.Concat([]string{"perf", "record", "-q", "-F", "1999", "-o", data, "--"}, p.argv)
			server, err := sink.Start()
			if err != nil {
				return err
			}
			server.Begin(s.behaviour)
			_, err = execute(p, slices.Concat([]string{s.run, "host=" + server.URL}, s.arguments))
			server.Close()
			if err != nil {
				return fmt.Errorf("%s: %w", p.Key, err)
			}
			if shares[i], err = sharesOf(data); err != nil {
				return err
			}
		}
		if err := writeProfile(io.MultiWriter(os.Stdout, file), s.title, found, shares); err != nil {
			return err
		}
	}
	return file.Close()
}

// sharesOf adds up what perf recorded, in percent by part.
func sharesOf(data string) (map[string]float64, error) {
	command := exec.Command("perf", "report", "-i", data, "--no-children", "-g", "none", "--stdio", "--sort", "dso,symbol")
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("perf report: %w", err)
	}
	shares, total := map[string]float64{}, 0.0
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		match := reportLine.FindStringSubmatch(lines.Text())
		if match == nil {
			continue
		}
		share, err := strconv.ParseFloat(match[1], 64)
		if err != nil {
			return nil, err
		}
		shares[partOf(match[2], match[3])] += share
		total += share
	}
	for part := range shares {
		shares[part] *= 100 / total
	}
	return shares, lines.Err()
}

func partOf(dso, name string) string {
	for _, part := range parts {
		if (part.dso == nil || part.dso.MatchString(dso)) && (part.name == nil || part.name.MatchString(name)) {
			return part.title
		}
	}
	return ""
}

func writeProfile(to io.Writer, title string, found []program, shares []map[string]float64) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "\n**%s**, percent of the CPU time\n\n| |", title)
	for _, p := range found {
		fmt.Fprintf(w, " %s |", p.Title)
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---:|", len(found)))
	for _, part := range parts {
		row, largest := "", 0.0
		for _, of := range shares {
			largest = max(largest, of[part.title])
			row += fmt.Sprintf(" %.0f |", of[part.title])
		}
		if largest >= 0.5 {
			fmt.Fprintf(w, "| %s |%s\n", part.title, row)
		}
	}
	return w.Flush()
}
