// Package docs runs what the documents show.
package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/tests/standin"
)

// programs says how to run a code block of each language: the name of its file, and the command, in which FILE stands
// for it and TOP for the top of the checkout.
var programs = map[string]struct {
	file    string
	command string
}{
	"c": {"hello.c", `cc -std=c11 -Wall -Wextra -Werror -pedantic -ITOP/include -o FILE.out FILE TOP/build/libposthog.so &&
		ln -sf TOP/build/libposthog.so "$(dirname FILE)/$(objdump -p TOP/build/libposthog.so | awk '/SONAME/ {print $2}')" &&
		LD_LIBRARY_PATH=$(dirname FILE) FILE.out`},
	"go":     {"hello.go", `cd TOP && go run FILE`},
	"python": {"hello.py", `PYTHONPATH=TOP/bindings/python/src LIBPOSTHOG_PATH=TOP/build/libposthog.so python3 FILE`},
	"ruby":   {"hello.rb", `LIBPOSTHOG_PATH=TOP/build/libposthog.so ruby -I TOP/bindings/ruby/lib FILE`},
	"js": {"hello.mjs", `mkdir -p "$(dirname FILE)/node_modules" &&
		ln -sfn TOP/bindings/node "$(dirname FILE)/node_modules/libposthog" && node FILE`},
}

var codeBlock = regexp.MustCompile("(?s)```([a-z]+)\n(.*?)```")

// TestReadme_hellos runs every code block of the README against the stand-in: each captures one event and prints that
// the flag is on, and the library adds nothing to stderr.
func TestReadme_hellos(t *testing.T) {
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := codeBlock.FindAllStringSubmatch(string(readme), -1)
	if len(blocks) != len(programs) {
		t.Fatalf("%d code blocks, want one in each of %d languages", len(blocks), len(programs))
	}
	for _, block := range blocks {
		language, code := block[1], block[2]
		t.Run(language, func(t *testing.T) { runHello(t, top, language, code) })
	}
}

func runHello(t *testing.T, top, language, code string) {
	program, known := programs[language]
	if !known {
		t.Fatalf("nobody knows how to run %s", language)
	}
	server, err := standin.Start(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	code = strings.NewReplacer("https://us.i.posthog.com", server.URL, "phs_key", standin.DefaultSecretKey).Replace(code)
	file := filepath.Join(t.TempDir(), program.file)
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", strings.NewReplacer("FILE", file, "TOP", top).Replace(program.command))
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if stderr.Len() > 0 {
		t.Errorf("stderr: %s", stderr.String())
	}
	if !strings.Contains(strings.ToLower(stdout.String()), "true") {
		t.Errorf("the flag is on, but it printed %q", stdout.String())
	}
	names := map[string]int{}
	for _, e := range server.Events(standin.Filter{Token: "phc_key"}) {
		names[e.Event]++
	}
	if names["signed up"] != 1 || names["$feature_flag_called"] != 1 {
		t.Errorf("the stand-in received %v, want one signed up and one $feature_flag_called", names)
	}
}

// TestReadme_commands checks that every make target the README names exists.
func TestReadme_commands(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	help, err := exec.Command("make", "-C", "../..", "help").Output()
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, line := range strings.Split(string(help), "\n") {
		if fields := strings.Fields(line); len(fields) > 0 {
			targets[fields[0]] = true
		}
	}
	word := regexp.MustCompile(`^[a-z][a-z-]*$`)
	for _, line := range regexp.MustCompile(`(?m)^ +make (.*)$`).FindAllStringSubmatch(string(readme), -1) {
		for _, name := range strings.Fields(line[1]) {
			if name == "#" {
				break
			}
			if word.MatchString(name) && !targets[name] {
				t.Errorf("the README names make %s, which make help does not list", name)
			}
		}
	}
}
