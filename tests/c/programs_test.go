package c

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/delivery/sink"
	"github.com/libposthog/libposthog/tests/standin"
)

const limit = 2 * time.Minute

func startStandin(t *testing.T) *standin.Server {
	t.Helper()
	server, err := standin.Start(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// checkDelivered fails unless exactly the events counted arrived, each once.
func checkDelivered(t *testing.T, server *standin.Server, want int64) {
	t.Helper()
	got := server.Summary("").Count
	if wanted := (standin.Count{Events: want, Distinct: want}); got != wanted {
		t.Errorf("the server received %+v, want %+v", got, wanted)
	}
}

func TestSmoke_everyEventArrivesOnce(t *testing.T) {
	const events = 1000
	libs := pkgConfig(t, "--cflags", "--libs")
	static := append(pkgConfig(t, "--cflags"), filepath.Join(prefix, "lib", "libposthog.a"))
	static = append(static, strings.Fields("-pthread -lresolv")...)
	for _, build := range []struct {
		name, compiler string
		before, after  []string
	}{
		{"c", "gcc", []string{"-std=c11"}, libs},
		{"c++", "g++", []string{"-std=c++17", "-x", "c++"}, libs},
		{"static", "gcc", []string{"-std=c11"}, static},
	} {
		t.Run(build.name, func(t *testing.T) {
			server := startStandin(t)
			program := compile(t, build.compiler, append(build.before, strict...), source("smoke"), build.after...)
			silently(t, limit, installed(), program, server.URL, fmt.Sprint(events))
			checkDelivered(t, server, events)
		})
	}
}

func TestThreads_hammer(t *testing.T) {
	server := startStandin(t)
	silently(t, limit, installed(), shared(t, "threads"), server.URL)
	checkDelivered(t, server, 8*2000)
}

// figures runs a program that prints so many numbers and nothing else.
func figures(t *testing.T, count int, program string, args ...string) []int64 {
	t.Helper()
	stdout, stderr := run(t, limit, installed(), program, args...)
	fields := strings.Fields(stdout)
	if len(fields) != count || stderr != "" {
		t.Fatalf("%s printed %q and %s", filepath.Base(program), stdout, stderr)
	}
	numbers := make([]int64, count)
	for i, field := range fields {
		var err error
		if numbers[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return numbers
}

func TestRounds_everythingAtOnce(t *testing.T) {
	server := startStandin(t)
	counts := figures(t, 2, shared(t, "rounds"), server.URL, "200")
	delivered, dropped := counts[0], counts[1]
	t.Logf("200 rounds: %d events delivered, %d dropped by shutdowns without time", delivered, dropped)
	if delivered == 0 || dropped == 0 {
		t.Error("the rounds did not meet every case")
	}
	// What was in flight when a shutdown had no time may have arrived, and is counted as dropped.
	got := server.Summary("").Count
	if got.Events != got.Distinct || got.Distinct < delivered || got.Distinct > delivered+dropped {
		t.Errorf("the server received %+v, want %d events and up to %d more", got, delivered, dropped)
	}
}

func TestTenants_shareThreadsAndNothingElse(t *testing.T) {
	const tenants, maxThreads, maxKiB = 200, 12, 40 << 10
	server := startStandin(t)
	took := figures(t, 2, shared(t, "tenants"), server.URL)
	t.Logf("%d clients took %d KiB and %d threads", tenants, took[0], took[1])
	if took[0] > maxKiB || took[1] > maxThreads {
		t.Errorf("%d KiB and %d threads, want %d and %d at most", took[0], took[1], maxKiB, maxThreads)
	}
	for tenant := range tenants {
		want := int64(6)
		if tenant == 0 {
			want = 5
		}
		token := fmt.Sprintf("phc_tenant_%d", tenant)
		if got := server.Summary(token).Count; got != (standin.Count{Events: want, Distinct: want}) {
			t.Errorf("%s: the server received %+v, want %d", token, got, want)
		}
		for _, event := range server.Events(standin.Filter{Token: token}) {
			if want := fmt.Sprintf("user of tenant %d", tenant); event.DistinctID != want {
				t.Errorf("%s sent an event of %q", token, event.DistinctID)
			}
		}
	}
}

// wireEvent is what the test of the intake looks at in an event on the wire.
type wireEvent struct {
	UUID       string
	Timestamp  time.Time
	Properties wireProperties
}

type wireProperties struct {
	N    int
	Late bool
	Face string
}

func TestIntake_leavesEventsAsTheyWere(t *testing.T) {
	const events, registered, clients, each = 5000, 3000, 300, 4
	server := startStandin(t)
	began := time.Now().Truncate(time.Millisecond)
	stdout, stderr := run(t, limit, installed(), shared(t, "intake"), server.URL)
	if stderr != "" {
		t.Error(stderr)
	}
	sent := map[string]wireEvent{}
	for _, request := range server.Requests(standin.Filter{Token: "phc_order"}) {
		var body struct{ Batch []wireEvent }
		if err := json.Unmarshal([]byte(request.Body), &body); err != nil {
			t.Fatal(err)
		}
		for i, event := range body.Batch {
			sent[event.UUID] = event
			if i > 0 && event.Properties.N != body.Batch[i-1].Properties.N+1 {
				t.Errorf("%d follows %d in a batch", event.Properties.N, body.Batch[i-1].Properties.N)
			}
		}
	}
	uuids := strings.Fields(stdout)
	if len(uuids) != events || len(sent) != events {
		t.Fatalf("%d uuids and %d events, want %d", len(uuids), len(sent), events)
	}
	for i, uuid := range uuids {
		event, want := sent[uuid], wireProperties{N: i, Late: i >= registered, Face: ":)"}
		if i%100 == 99 {
			want.Face = "😀"
		}
		if event.Properties != want {
			t.Fatalf("event %d has %+v, want %+v", i, event.Properties, want)
		}
		if event.Timestamp.Before(began) || event.Timestamp.After(time.Now()) {
			t.Fatalf("event %d is of %v, before %v", i, event.Timestamp, began)
		}
		began = event.Timestamp
	}
	for client := range clients {
		token := fmt.Sprintf("phc_many_%d", client)
		if got := server.Summary(token).Count; got != (standin.Count{Events: each, Distinct: each}) {
			t.Errorf("%s: the server received %+v, want %d", token, got, each)
		}
	}
}

// Calls for 200,000 people in turn, a million of them with -soak, keep within 16 MiB of what a tenth of them took.
func TestGrowth_isBounded(t *testing.T) {
	const maxKiB = 16 << 10
	calls := int64(300_000)
	if *soak {
		calls = 1_000_000
	}
	program := shared(t, "growth")
	for _, operation := range []string{"capture", "get_flag"} {
		t.Run(operation, func(t *testing.T) {
			server, err := sink.Start(sink.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			grown := figures(t, 1, program, server.URL, operation, fmt.Sprint(calls))[0]
			t.Logf("%d KiB more after %d calls than after a tenth of them", grown, calls)
			if grown > maxKiB {
				t.Errorf("%d KiB more after %d calls than after a tenth of them, want %d at most", grown, calls, maxKiB)
			}
			// A value is reported anew only where so many others were in between that it was forgotten.
			if got := server.Count(); got.Events != got.Distinct || got.Events != calls {
				t.Errorf("the server received %+v, want %d events", got, calls)
			}
		})
	}
}

func TestMemory_staysFlat(t *testing.T) {
	server := startStandin(t)
	silently(t, limit, installed(), shared(t, "memory"), server.URL)
}

func TestFork_childGetsStatus(t *testing.T) {
	silently(t, limit, installed(), shared(t, "fork"))
}

// Programs that load the library at run time.
func TestFork_childLoadsACopy(t *testing.T)         { runLoading(t, "rescue") }
func TestSignals_onlyTheListedChange(t *testing.T)  { runLoading(t, "signals") }
func TestSlack_onlyTheMonitorsChanges(t *testing.T) { runLoading(t, "slack") }

func runLoading(t *testing.T, name string) {
	t.Helper()
	program := compile(t, "gcc", append([]string{"-std=gnu11"}, strict...), source(name), append(pkgConfig(t, "--cflags"), "-ldl")...)
	silently(t, limit, nil, program, filepath.Join(prefix, "lib", "libposthog.so"))
}

func TestStack_foreignStacksWork(t *testing.T) {
	stdout, stderr := run(t, limit, installed(), shared(t, "stack"))
	t.Log(strings.TrimSpace(stdout))
	if stderr != "" {
		t.Error(stderr)
	}
}

func TestNames_areTheCores(t *testing.T) {
	stdout, _ := run(t, limit, installed(), shared(t, "names"))
	var want strings.Builder
	fmt.Fprintf(&want, "version %s %[1]s\nabi %d %[2]d\n", libposthog.Version, libposthog.ABIVersion)
	for status := core.Status(-100); status <= 100; status++ {
		fmt.Fprintf(&want, "%d %v\n", int32(status), status)
	}
	if stdout != want.String() {
		t.Errorf("got:\n%s\nwant:\n%s", stdout, &want)
	}
}

func TestUnreachableHost_printsNothing(t *testing.T) {
	silently(t, limit, installed(), shared(t, "unreachable"))
}

// The programs that pass in nothing but trouble run under the sanitizers, together with the library's C side.
func TestSanitizers_findNothing(t *testing.T) {
	flags := append([]string{"-std=gnu11", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
		"-fno-omit-frame-pointer", "-I" + filepath.Join(prefix, "include")}, strict...)
	for _, name := range []string{"input", "ownership", "fork", "flagvalue"} {
		t.Run(name, func(t *testing.T) {
			program := compile(t, "gcc", flags, source(name), "-L"+sanitized, "-lposthog", "-pthread")
			silently(t, limit, append(using(sanitized), "ASAN_OPTIONS=detect_leaks=1"), program)
		})
	}
}

func TestValgrind_findsNothing(t *testing.T) {
	for _, name := range []string{"input", "ownership", "flagvalue"} {
		t.Run(name, func(t *testing.T) {
			silently(t, 5*time.Minute, installed(), "valgrind", "--quiet", "--error-exitcode=9", "--fair-sched=yes",
				"--leak-check=full", "--suppressions=go.supp", shared(t, name))
		})
	}
}
