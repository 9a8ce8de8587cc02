package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
)

// machine says what was measured on, and which versions of everything.
func machine(all []program) string {
	found := []string{
		firstMatch("/proc/cpuinfo", `model name\s*: (.*)`), fmt.Sprintf("%d cores", runtime.NumCPU()),
		"Linux " + firstMatch("/proc/sys/kernel/osrelease", `^([\d.]+)`), runtime.Version(),
	}
	for _, p := range all {
		switch p.Key {
		case "posthog-python":
			found = append(found, printed(p.argv[0], "--version"), "posthog "+firstMatch("tests/oracle/python/requirements.txt", `posthog==(\S+)`))
		case "posthog-node":
			found = append(found, "Node "+printed(p.argv[0], "--version"), "posthog-node "+firstMatch("tests/oracle/node/package.json", `"posthog-node": "([^"]+)`))
		case "posthog-go":
			found = append(found, "posthog-go "+firstMatch("tests/bench/go.mod", `posthog-go (\S+)`))
		case "ruby":
			found = append(found, firstWords(printed(p.argv[0], "--version"), 2))
		}
	}
	return strings.Join(found, ", ")
}

// firstMatch is what a group matches in a file, ? where it does not.
func firstMatch(path, pattern string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "?"
	}
	match := regexp.MustCompile(pattern).FindSubmatch(text)
	if match == nil {
		return "?"
	}
	return string(match[1])
}

func printed(command string, arguments ...string) string {
	text, err := exec.Command(command, arguments...).Output()
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(text))
}

func firstWords(text string, n int) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(n, len(words))], " ")
}
