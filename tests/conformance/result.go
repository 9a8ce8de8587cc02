package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The ways a case can end.
const (
	Passed  = "passed"
	Failed  = "failed"
	Skipped = "skipped"
)

// Result is how one case ended. The message of a skipped case is the capability that the host lacks.
type Result struct {
	ID      string `json:"id"`
	Group   string `json:"group"`
	Status  string `json:"status"`
	Message string `json:"message"`
	Digests
}

// Report is what one host makes of the cases.
type Report struct {
	Host string `json:"host"`
	// RealTime says that the host's own clock ran, so that its bytes are its own.
	RealTime bool `json:"real_time,omitempty"`
	// OtherReplies says that the host does not ask for every reply as the others do: only its requests are theirs.
	OtherReplies bool     `json:"other_replies,omitempty"`
	Results      []Result `json:"results"`

	byID map[string]*Result
}

// Count returns how many cases of a group ended in one of the ways; an empty group means all.
func (r *Report) Count(group string, ways ...string) int {
	n := 0
	for _, result := range r.Results {
		for _, way := range ways {
			if result.Status == way && (group == "" || result.Group == group) {
				n++
			}
		}
	}
	return n
}

// Result returns how a case ended, nil if it was not run.
func (r *Report) Result(id string) *Result {
	if r.byID == nil {
		r.byID = make(map[string]*Result, len(r.Results))
		for i := range r.Results {
			r.byID[r.Results[i].ID] = &r.Results[i]
		}
	}
	return r.byID[id]
}

// Write writes the report to a file and makes its folder.
func (r *Report) Write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// Main is the program of a host: it runs the cases of args[0], writes the report to args[1], prints the cases that
// failed and returns the exit status. capabilities are what the host has of the things cases may need.
func Main(name string, host Host, capabilities []string, args []string, out io.Writer) int {
	if len(args) != 2 {
		fmt.Fprintf(out, "usage: %s CASES OUT.json\n", name)
		return 2
	}
	corpus, err := Load(args[0])
	if err != nil {
		fmt.Fprintln(out, err)
		return 2
	}
	_, values := host.(WasmValues)
	report := Report{Host: name, OtherReplies: values, Results: Run(host, capabilities, corpus)}
	if err := report.Write(args[1]); err != nil {
		fmt.Fprintln(out, err)
		return 2
	}
	return report.Tell(out)
}

// Tell prints the cases that failed and the counts, and returns the exit status of a host's program.
func (r *Report) Tell(out io.Writer) int {
	for _, result := range r.Results {
		if result.Status == Failed {
			fmt.Fprintf(out, "%s: %s: %s\n", r.Host, result.ID, result.Message)
		}
	}
	failed := r.Count("", Failed)
	fmt.Fprintf(out, "%s: ran %d cases, %d failed, %d skipped\n",
		r.Host, r.Count("", Passed, Failed), failed, r.Count("", Skipped))
	if failed > 0 {
		return 1
	}
	return 0
}
