package c

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libposthog/libposthog"
)

// declared are the functions of the header, sorted.
func declared(t *testing.T) []string {
	t.Helper()
	header, err := os.ReadFile(filepath.Join(prefix, "include", "posthog.h"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, match := range regexp.MustCompile(`(?m)^POSTHOG_API .*?\b(posthog_\w+)\(`).FindAllSubmatch(header, -1) {
		names = append(names, string(match[1]))
	}
	slices.Sort(names)
	return names
}

// defined are the global symbols that nm finds, sorted.
func defined(t *testing.T, args ...string) []string {
	t.Helper()
	out, _ := run(t, time.Minute, nil, "nm", append(args, "--defined-only")...)
	var names []string
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); len(fields) == 3 {
			names = append(names, fields[2])
		}
	}
	slices.Sort(names)
	return names
}

func TestSharedLibrary_exportsTheHeader(t *testing.T) {
	want := declared(t)
	if len(want) == 0 {
		t.Fatal("the header declares no function")
	}
	if got := defined(t, "-D", filepath.Join(prefix, "lib", "libposthog.so")); !slices.Equal(got, want) {
		t.Errorf("exported:\n%s\nin the header:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestStaticLibrary_exportsTheHeader(t *testing.T) {
	got := defined(t, "-g", filepath.Join(prefix, "lib", "libposthog.a"))
	// A common symbol of the runtime; common symbols cannot be made local.
	got = slices.DeleteFunc(got, func(name string) bool { return name == "x_cgo_inittls" })
	if want := declared(t); !slices.Equal(got, want) {
		t.Errorf("exported:\n%s\nin the header:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestInstall_putsNothingElse(t *testing.T) {
	var got []string
	err := filepath.WalkDir(prefix, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			path, _ = filepath.Rel(prefix, path)
			got = append(got, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"include/posthog.h",
		"lib/libposthog.a",
		"lib/libposthog.so",
		"lib/libposthog.so." + libposthog.Version,
		"lib/libposthog.so.1",
		"lib/pkgconfig/libposthog.pc",
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("installed %q, want %q", got, want)
	}
}

func TestHeader_compilesAlone(t *testing.T) {
	header := filepath.Join(prefix, "include", "posthog.h")
	for _, language := range []struct{ compiler, name, standard string }{
		{"gcc", "c", "-std=c99"},
		{"gcc", "c", "-std=c11"},
		{"gcc", "c", "-std=gnu90"},
		{"g++", "c++", "-std=c++11"},
		{"g++", "c++", "-std=c++17"},
	} {
		t.Run(language.standard, func(t *testing.T) {
			args := append([]string{language.standard, "-fsyntax-only", "-x", language.name}, strict...)
			silently(t, time.Minute, nil, language.compiler, append(args, header)...)
		})
	}
}

// The program at the top of the header is the first thing a user copies.
func TestHeader_programCompiles(t *testing.T) {
	header, err := os.ReadFile(filepath.Join(prefix, "include", "posthog.h"))
	if err != nil {
		t.Fatal(err)
	}
	var program strings.Builder
	inside := false
	for line := range strings.Lines(string(header)) {
		text, isComment := strings.CutPrefix(line, " *")
		inside = isComment && (inside || strings.Contains(text, "#include <posthog.h>"))
		if inside {
			program.WriteString(text)
		}
		if inside && strings.HasPrefix(text, "   }") {
			break
		}
	}
	hello := filepath.Join(t.TempDir(), "hello.c")
	if err := os.WriteFile(hello, []byte(program.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	compile(t, "gcc", append([]string{"-std=c11"}, strict...), hello, pkgConfig(t, "--cflags", "--libs")...)
}
