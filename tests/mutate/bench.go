package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/libposthog/libposthog/tests/conformance"
)

// errBuild says that a mutation cannot be built, so that it tests nothing.
var errBuild = errors.New("does not build")

const (
	workFolder = "build/mutate"
	// patience is how long a host may take with the cases, its build included: a mutation can make it run forever.
	patience = 2 * time.Minute
)

// bench is a copy of the tree and the hosts to try mutations in.
type bench struct {
	tree  string
	hosts []string
}

// newBench copies what git knows or would know of the tree, as it is in the working folder. The copy's own build folder
// stays from run to run.
func newBench(hosts []string) (*bench, error) {
	tree, err := filepath.Abs(filepath.Join(workFolder, "tree"))
	if err != nil {
		return nil, err
	}
	listed, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	if err := clear(tree); err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(listed), "\x00"), "\x00") {
		if err := copyFile(name, filepath.Join(tree, name)); err != nil {
			return nil, err
		}
	}
	b := &bench{tree, hosts}
	if err := b.build(); err != nil {
		return nil, fmt.Errorf("the tree as it is: %w", err)
	}
	return b, nil
}

// clear removes everything from a copy but what was built in it.
func clear(tree string) error {
	entries, err := os.ReadDir(tree)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if entry.Name() != "build" && err == nil {
			err = os.RemoveAll(filepath.Join(tree, entry.Name()))
		}
	}
	return err
}

// copyFile copies a file with its mode and time, so that make sees what is newer; a deleted file is none.
func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(to, data, info.Mode()); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

// try applies a mutation to the copy, runs the cases in every host, and takes the mutation back.
func (b *bench) try(m mutation) (*outcome, error) {
	changed, err := m.apply(b.tree)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(b.tree, m.File)
	original, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, changed, 0o644); err != nil {
		return nil, err
	}
	// The original comes back with a new time: what was built of the mutation is older.
	defer os.WriteFile(path, original, 0o644)
	if err := b.build(); err != nil {
		return nil, fmt.Errorf("%s: %w", m, err)
	}
	o := &outcome{mutation: m}
	for _, host := range b.hosts {
		o.verdicts = append(o.verdicts, b.runHost(host))
	}
	return o, nil
}

// build compiles what all hosts have in common.
func (b *bench) build() error {
	command := exec.Command("go", "build", "./core/...")
	command.Dir = b.tree
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", errBuild, bytes.TrimSpace(output))
	}
	return nil
}

// runHost runs the cases in one host by its make target.
func (b *bench) runHost(host string) verdict {
	report := filepath.Join("build", "conformance", host+".json")
	os.Remove(filepath.Join(b.tree, report))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, "make", "--no-print-directory", "conformance-"+host)
	command.Dir = b.tree
	// A group of its own, so that what make started ends with it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	output, err := command.CombinedOutput()
	v := verdict{host: host}
	switch data, readErr := os.ReadFile(filepath.Join(b.tree, report)); {
	case ctx.Err() != nil:
		v.wreck = "does not end"
	case readErr == nil:
		v.wreck = v.read(data)
	case err != nil:
		lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
		v.wreck = "ends without a report: " + string(lines[max(0, len(lines)-2)])
	}
	return v
}

// verdict is what one host's cases say of a mutation.
type verdict struct {
	host string
	ran  int
	red  []string
	// wreck says why there is no report.
	wreck string
}

func (v *verdict) read(data []byte) (wreck string) {
	var report conformance.Report
	if err := json.Unmarshal(data, &report); err != nil {
		return err.Error()
	}
	for _, result := range report.Results {
		if result.Status == conformance.Failed {
			v.red = append(v.red, result.ID)
		}
	}
	v.ran = report.Count("", conformance.Passed, conformance.Failed)
	return ""
}
