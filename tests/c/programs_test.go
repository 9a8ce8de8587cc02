package c

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/core"
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

func TestMemory_staysFlat(t *testing.T) {
	server := startStandin(t)
	silently(t, limit, installed(), shared(t, "memory"), server.URL)
}

func TestFork_childGetsStatus(t *testing.T) {
	silently(t, limit, installed(), shared(t, "fork"))
}

// Programs that load the library at run time.
func TestFork_childLoadsACopy(t *testing.T)        { runLoading(t, "rescue") }
func TestSignals_onlyTheListedChange(t *testing.T) { runLoading(t, "signals") }

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
