package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// program is one client that can be measured.
type program struct {
	Key string
	// Title is its column's head.
	Title string
	// Official is the key of the SDK it is compared with; empty for those SDKs.
	Official string
	// Swift programs get more events, so that their runs are not over before they can be measured.
	Swift bool
	// Missing says why it is not run; empty if it is.
	Missing string
	argv    []string
	env     []string
	// needs is a file that is built only where it can be.
	needs string
}

func (p program) official() bool { return p.Official == "" }

// programs are all there are, in the order they take turns in. dir is where the rules of the Makefile built them, library
// the libposthog.so to measure.
func programs(dir, library string, wanted []string) ([]program, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	build := filepath.Dir(dir)
	here, err := filepath.Abs("tests/bench/hosts")
	if err != nil {
		return nil, err
	}
	bindings, err := filepath.Abs("bindings")
	if err != nil {
		return nil, err
	}
	library, err = filepath.Abs(library)
	if err != nil {
		return nil, err
	}
	libraryEnv := "LIBPOSTHOG_PATH=" + library
	wasm := filepath.Join(build, "posthog.wasm")
	python := []string{filepath.Join(build, "oracle/venv/bin/python"), filepath.Join(here, "python/bench.py")}
	node := []string{"node", "--no-deprecation", filepath.Join(here, "node/bench.mjs")}
	nodeEnv := []string{
		libraryEnv, "LIBPOSTHOG_WASM_PATH=" + wasm, "BENCH_CLIENTS=" + filepath.Join(build, "oracle/node"), "NODE_ENV=production",
	}
	// Both clients are imported as bytecode, as installed packages are, whatever the environment says.
	pythonEnv := []string{
		libraryEnv, "PYTHONPATH=" + filepath.Join(bindings, "python/src"), "PYTHONDONTWRITEBYTECODE=",
		"PYTHONPYCACHEPREFIX=" + filepath.Join(dir, "pycache"),
	}
	rubyFile := filepath.Join(here, "ruby/bench.rb")
	all := []program{
		{Key: "posthog-go", Title: "posthog-go", Swift: true, argv: []string{filepath.Join(dir, "official")}},
		{Key: "c", Title: "C", Official: "posthog-go", Swift: true,
			argv: []string{filepath.Join(dir, "c"), library}},
		{Key: "go", Title: "Go, native", Official: "posthog-go", Swift: true, argv: []string{filepath.Join(dir, "driver")}},
		{Key: "wazero", Title: "Go, wazero", Official: "posthog-go", argv: []string{filepath.Join(dir, "wazero")},
			env: []string{"BENCH_WASM=" + wasm, "BENCH_WASM_CACHE=" + filepath.Join(dir, "wazero-cache")}},
		{Key: "posthog-python", Title: "posthog-python", argv: with(python, "official"), env: pythonEnv},
		{Key: "python-ctypes", Title: "Python, ctypes", Official: "posthog-python", argv: with(python, "ctypes"),
			env: with(pythonEnv, "LIBPOSTHOG_ACCELERATOR=0")},
		{Key: "python-accelerator", Title: "Python, accelerator", Official: "posthog-python",
			argv: with(python, "accelerator"), env: with(pythonEnv, "LIBPOSTHOG_ACCELERATOR=1"),
			needs: filepath.Join(bindings, "python/src/libposthog/_accelerator.abi3.so")},
		{Key: "posthog-node", Title: "posthog-node", argv: with(node, "official"), env: nodeEnv},
		{Key: "node-native", Title: "Node, native", Official: "posthog-node", argv: with(node, "native"), env: nodeEnv,
			needs: filepath.Join(build, "posthog.node")},
		{Key: "node-wasm", Title: "Node, wasm", Official: "posthog-node", argv: with(node, "wasm"), env: nodeEnv},
		{Key: "posthog-ruby", Title: "posthog-ruby", argv: []string{"ruby", rubyFile, "official"}},
		{Key: "ruby", Title: "Ruby", Official: "posthog-ruby", argv: []string{"ruby", "-I", filepath.Join(bindings, "ruby/lib"), rubyFile, "libposthog"},
			env: []string{libraryEnv}},
	}
	if len(wanted) > 0 {
		all = slices.DeleteFunc(all, func(p program) bool { return !slices.Contains(wanted, p.Key) })
	}
	for i := range all {
		p := &all[i]
		if p.Key == "posthog-ruby" {
			checkout := os.Getenv("POSTHOG_RUBY")
			if checkout == "" {
				p.Missing = "not run: give a checkout with POSTHOG_RUBY=path"
				continue
			}
			p.argv = slices.Insert(p.argv, 1, "-I", filepath.Join(checkout, "lib"))
		}
		if p.needs != "" {
			if _, err := os.Stat(p.needs); err != nil {
				p.Missing = "not built"
				continue
			}
		}
		if _, err := exec.LookPath(p.argv[0]); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Key, err)
		}
	}
	return all, nil
}

// list splits what a flag names.
func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// with is a copy with more at its end.
func with(values []string, more ...string) []string { return slices.Concat(values, more) }
