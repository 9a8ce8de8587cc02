package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const patience = 10 * time.Second

// launch runs the command in process and returns its two addresses, its stdin, and how it ends.
func launch(t *testing.T, args ...string) (main, control string, stdin io.Closer, done <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	in, stdinWriter := io.Pipe()
	stdoutReader, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, args, in, out)
		_ = out.Close()
	}()
	t.Cleanup(func() {
		cancel()
		_ = stdinWriter.Close()
	})
	main, control = addresses(t, stdoutReader)
	return main, control, stdinWriter, ended
}

// addresses reads the two lines that a parent process reads.
func addresses(t *testing.T, stdout io.Reader) (main, control string) {
	t.Helper()
	lines := bufio.NewReader(stdout)
	for i, pattern := range []string{`^listening on (http://127\.0\.0\.1:\d+)\n$`, `^control on (http://127\.0\.0\.1:\d+)\n$`} {
		line, err := lines.ReadString('\n')
		match := regexp.MustCompile(pattern).FindStringSubmatch(line)
		if err != nil || match == nil {
			t.Fatalf("line %d of stdout is %q (%v), want %s", i, line, err, pattern)
		}
		if i == 0 {
			main = match[1]
		} else {
			control = match[1]
		}
	}
	return main, control
}

func definitions(t *testing.T, base, key string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/flags/definitions?token=t&send_cohorts", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := (&http.Client{Timeout: patience}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func waitEnd(t *testing.T, done <-chan error) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatalf("still running after %v", patience)
	}
}

func TestRun_servesTheFileWithTheKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "definitions.json")
	if err := os.WriteFile(file, []byte(`{"flags":[],"mine":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	base, _, _, _ := launch(t, "-definitions", file, "-secret-key", "phs_mine")
	if status, body := definitions(t, base, "phs_mine"); status != 200 || body != `{"flags":[],"mine":1}` {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := definitions(t, base, "phs_standin"); status != 401 {
		t.Errorf("another key: %d", status)
	}
}

func TestRun_servesTheDemoByDefault(t *testing.T) {
	base, _, _, _ := launch(t)
	if status, body := definitions(t, base, "phs_standin"); status != 200 || !strings.Contains(body, `"button-color"`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestRun_stopsWhenStdinCloses(t *testing.T) {
	_, _, stdin, done := launch(t, "-exit-on-stdin-close")
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	waitEnd(t, done)
}

func TestRun_outlivesStdinUnlessTold(t *testing.T) {
	base, _, stdin, _ := launch(t)
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if status, _ := definitions(t, base, "phs_standin"); status != 200 {
		t.Errorf("status %d", status)
	}
}

func TestRun_rejectsWhatItCannotServe(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-definitions", filepath.Join(t.TempDir(), "missing.json")},
		{"-definitions", bad},
		{"-addr", "256.0.0.1:1"},
		{"stray"},
	} {
		if err := run(t.Context(), args, strings.NewReader(""), io.Discard); err == nil {
			t.Errorf("run %v: no error", args)
		}
	}
}

func TestCommand_endsOnSIGTERM(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "posthog-standin")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	command := exec.Command(binary)
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	_, control := addresses(t, stdout)
	response, err := http.Get(fmt.Sprintf("%s/_control/summary", control))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	waitEnd(t, done)
}
