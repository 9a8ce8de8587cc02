package host_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// TestModule_instancesShareNothing runs fifty instances of one module at once: each has its own client 1, its own events
// and little memory.
func TestModule_instancesShareNothing(t *testing.T) {
	const instances = 50
	module := hosttest.Module(t)
	var group sync.WaitGroup
	for i := range instances {
		group.Go(func() {
			instance, err := module.Instantiate(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer instance.Close(context.Background())
			call := func(op, in string) string {
				reply, _, err := instance.Call(t.Context(), op, 1, []byte(in), 1)
				if err != nil {
					t.Errorf("%s: %v", op, err)
				}
				return string(reply)
			}
			if got, want := call("open", fmt.Sprintf(`{"api_key":"phc_%d","mode":"memory","entropy":"%s"}`, i, hosttest.Entropy)), `{"status":0,"client":1}`; got != want {
				t.Errorf("open: %s, want %s", got, want)
			}
			for n := range i {
				call("capture", fmt.Sprintf(`{"distinct_id":"user-%d","event":"e%d"}`, i, n))
			}
			captured := call("captured", "")
			if mine := strings.Count(captured, fmt.Sprintf(`"distinct_id":"user-%d"`, i)); mine != i || strings.Count(captured, "distinct_id") != i {
				t.Errorf("instance %d has %d of its %d events: %s", i, mine, i, captured)
			}
			if size := instance.MemoryBytes(); size > 10<<20 {
				t.Errorf("instance %d has %d bytes", i, size)
			}
		})
	}
	group.Wait()
}

// empty is the least module there is: what these tests compile takes no time.
var empty = []byte("\x00asm\x01\x00\x00\x00")

// files are the files under a folder, by what identifies their content.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		found[path] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestLoad_compilesOnceForACacheDir: the second load finds what the first has left there, and writes nothing.
func TestLoad_compilesOnceForACacheDir(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "made", "if", "needed")
	var before map[string]string
	for load := range 2 {
		module, err := host.Load(t.Context(), empty, host.Options{CacheDir: folder})
		if err != nil {
			t.Fatal(err)
		}
		module.Close(t.Context())
		after := files(t, folder)
		if len(after) != 1 {
			t.Fatalf("%d files after load %d, want 1", len(after), load+1)
		}
		if load == 1 && fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("the second load wrote: %v, before %v", after, before)
		}
		before = after
	}
}

// TestLoad_survivesADamagedCache: a program must not fail to start because another one was killed while it wrote.
func TestLoad_survivesADamagedCache(t *testing.T) {
	for name, damage := range map[string]func(content []byte) []byte{
		"emptied":     func([]byte) []byte { return nil },
		"cut":         func(content []byte) []byte { return content[:len(content)/2] },
		"overwritten": func(content []byte) []byte { return []byte(strings.Repeat("#", len(content))) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			load := func() error {
				module, err := host.Load(t.Context(), empty, host.Options{CacheDir: folder})
				if err == nil {
					module.Close(t.Context())
				}
				return err
			}
			if err := load(); err != nil {
				t.Fatal(err)
			}
			for path := range files(t, folder) {
				content, err := os.ReadFile(path)
				if err == nil {
					err = os.WriteFile(path, damage(content), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if err := load(); err != nil {
					t.Errorf("load: %v", err)
				}
			}
		})
	}
}
