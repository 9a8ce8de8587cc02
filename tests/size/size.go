// Package size is what the commands that weigh the two builds have in common: which package belongs to which
// dependency, and the table of shares.
package size

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Owners asks the go command what a package is built of, in an environment with the given additions. It maps import
// paths to what a reader wants to see: a module for what others wrote, a package for the rest.
func Owners(of string, environment ...string) (map[string]string, error) {
	list := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", of)
	list.Env = append(os.Environ(), environment...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	owners := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, module, _ := strings.Cut(strings.TrimSpace(line), " ")
		if module == "" {
			module = path
		}
		owners[path] = module
	}
	return owners, nil
}

// Print writes the larger shares of total, largest first, the small ones as one, and what no share accounts for under
// the name rest.
func Print(shares map[string]int64, total int64, rest string) {
	names := make([]string, 0, len(shares))
	for name := range shares {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(shares[b] - shares[a]) })
	small, known := int64(0), int64(0)
	for _, name := range names {
		known += shares[name]
		if shares[name]*200 < total {
			small += shares[name]
			continue
		}
		printShare(name, shares[name], total)
	}
	printShare("what is below half a percent", small, total)
	if total > known {
		printShare(rest, total-known, total)
	}
}

func printShare(name string, bytes, total int64) {
	fmt.Printf("%9d  %5.1f %%  %s\n", bytes, 100*float64(bytes)/float64(total), name)
}

// Fail ends the command when there is an error.
func Fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}
