// Package hosttest gives tests the built module, compiled once per test binary.
package hosttest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/libposthog/libposthog/wasm/host"
)

// Entropy is a fixed seed for the option entropy, so that ids repeat.
const Entropy = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

var read = sync.OnceValues(func() ([]byte, error) {
	wasm, err := os.ReadFile(Path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("build/posthog.wasm is missing: run `make wasm`")
	}
	return wasm, err
})

var load = sync.OnceValues(func() (*host.Module, error) {
	wasm, err := read()
	if err != nil {
		return nil, err
	}
	return host.Load(context.Background(), wasm, host.Options{CacheDir: CacheDir()})
})

// Module returns the module that every test of the binary shares.
func Module(tb testing.TB) *host.Module {
	tb.Helper()
	module, err := load()
	if err != nil {
		tb.Fatal(err)
	}
	return module
}

// Instance returns a fresh instance that ends with the test.
func Instance(tb testing.TB) *host.Instance {
	tb.Helper()
	instance, err := Module(tb).Instantiate(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { instance.Close(context.Background()) })
	return instance
}

// Runtime returns a wazero that ends with the test, for those that do without the host.
func Runtime(tb testing.TB) wazero.Runtime {
	tb.Helper()
	cache, err := wazero.NewCompilationCacheWithDir(CacheDir())
	if err != nil {
		tb.Fatal(err)
	}
	runtime := wazero.NewRuntimeWithConfig(tb.Context(), wazero.NewRuntimeConfig().WithCompilationCache(cache))
	tb.Cleanup(func() {
		runtime.Close(context.Background())
		cache.Close(context.Background())
	})
	return runtime
}

// Wasm returns the module's bytes. Without them the test fails and says how to get them.
func Wasm(tb testing.TB) []byte {
	tb.Helper()
	wasm, err := read()
	if err != nil {
		tb.Fatal(err)
	}
	return wasm
}

// Path is where the module is built.
func Path() string { return filepath.Join(root(), "build", "posthog.wasm") }

// CacheDir is where its compiled form is kept.
func CacheDir() string { return filepath.Join(root(), "build", "wazero") }

// root is the folder of go.mod, at or above the one tests run in.
func root() string {
	folder, err := os.Getwd()
	if err != nil {
		return "."
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if folder == filepath.Dir(folder) {
			return "."
		}
		folder = filepath.Dir(folder)
	}
}
