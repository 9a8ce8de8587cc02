// Package c builds C programs against the installed library and runs them: what a program prints, how it ends and how
// long it takes are the test. `make test-c` installs the library first and says where.
package c

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var soak = flag.Bool("soak", false, "the full load instead of the reduced one")

// The builds of the library: as it is installed, and with its C side sanitized.
var (
	prefix    = builds("prefix")
	sanitized = builds("sanitized")
)

func builds(name string) string { return filepath.Join(os.Getenv("LIBPOSTHOG_BUILDS"), name) }

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv("LIBPOSTHOG_BUILDS") == "" {
		fmt.Println("tests/c: skipped: run `make test-c`, which builds and installs the library first")
		return
	}
	os.Exit(m.Run())
}

// strict turns every doubt of the compiler into an error.
var strict = []string{"-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-O1"}

// run runs a command to its end, which must come within limit, and returns what it printed.
func run(t *testing.T, limit time.Duration, env []string, name string, args ...string) (stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	command.Env = append(os.Environ(), env...)
	command.WaitDelay = time.Second
	var out, err bytes.Buffer
	command.Stdout, command.Stderr = &out, &err
	failure := command.Run()
	line := strings.Join(append([]string{filepath.Base(name)}, args...), " ")
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		t.Fatalf("%s: hangs: not done after %v\n%s%s", line, limit, &out, &err)
	case errors.Is(failure, exec.ErrNotFound):
		t.Fatalf("%s is missing: run `make deps`", name)
	case failure != nil:
		t.Fatalf("%s: %v\n%s%s", line, failure, &out, &err)
	}
	return out.String(), err.String()
}

// silently runs a program that must have nothing to say.
func silently(t *testing.T, limit time.Duration, env []string, name string, args ...string) {
	t.Helper()
	if stdout, stderr := run(t, limit, env, name, args...); stdout+stderr != "" {
		t.Errorf("%s printed:\n%s%s", filepath.Base(name), stdout, stderr)
	}
}

// compile builds a program with the flags given before the source and those given after it.
func compile(t *testing.T, compiler string, before []string, source string, after ...string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(source), filepath.Ext(source)))
	args := append(append(append([]string{}, before...), "-I../../capi", source, "-o", program), after...)
	run(t, 2*time.Minute, nil, compiler, args...)
	return program
}

// shared builds a program as its user would: with what pkg-config says about the installed library.
func shared(t *testing.T, name string) (program string) {
	t.Helper()
	flags := append(pkgConfig(t, "--cflags", "--libs"), "-pthread")
	return compile(t, "gcc", append([]string{"-std=gnu11"}, strict...), source(name), flags...)
}

func source(name string) string { return filepath.Join("programs", name+".c") }

func pkgConfig(t *testing.T, args ...string) []string {
	t.Helper()
	env := []string{"PKG_CONFIG_PATH=" + filepath.Join(prefix, "lib", "pkgconfig")}
	out, _ := run(t, time.Minute, env, "pkg-config", append(args, "libposthog")...)
	return strings.Fields(out)
}

// using is the environment in which a program finds the library of a folder.
func using(folder string) []string { return []string{"LD_LIBRARY_PATH=" + folder} }

// installed is the environment of an ordinary user.
func installed() []string { return using(filepath.Join(prefix, "lib")) }
