package standin

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Action is what a step does to a connection instead of, or after, a normal answer.
type Action string

const (
	ActionAnswer     Action = ""            // answer, perhaps late, perhaps with another status or body
	ActionHang       Action = "hang"        // never answer; the connection ends when faults are cleared
	ActionReset      Action = "reset"       // reset the connection before a byte of an answer
	ActionResetAfter Action = "reset_after" // accept the events, then reset before a byte of an answer
	ActionResetBody  Action = "reset_body"  // send the head and half of the announced body, then reset
	ActionRefuse     Action = "refuse"      // reset, and refuse connects from then on
)

var actions = []Action{ActionAnswer, ActionHang, ActionReset, ActionResetAfter, ActionResetBody, ActionRefuse}

// Step is what happens to one request. Without an action, a status and a body it is the normal answer.
type Step struct {
	Action  Action            `json:"action,omitempty"`
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    *string           `json:"body,omitempty"`
	DelayMS int               `json:"delay_ms,omitempty"` // between the decision and the answer
	ForMS   int               `json:"for_ms,omitempty"`   // of a refusal; 0 until it is ended
	// Accept overrides whether the events of the request count as received. Unset, they do if a 2xx status was sent.
	Accept *bool `json:"accept,omitempty"`
}

// Fault is a script: the requests it matches take its steps in order, one each, and are normal afterwards.
type Fault struct {
	Path     string `json:"path"`            // a known path, under any prefix, or a whole path; empty matches all
	Token    string `json:"token,omitempty"` // empty matches all
	Repeat   bool   `json:"repeat"`          // the last step repeats until faults are cleared
	Sequence []Step `json:"sequence"`
}

// validate rejects what would silently do nothing.
func (f Fault) validate() error {
	if len(f.Sequence) == 0 {
		return errors.New("sequence is empty")
	}
	for i, step := range f.Sequence {
		switch {
		case !slices.Contains(actions, step.Action):
			return fmt.Errorf("step %d: unknown action %q", i, step.Action)
		case step.Status != 0 && (step.Status < 200 || step.Status > 599):
			return fmt.Errorf("step %d: status is not between 200 and 599", i)
		case step.DelayMS < 0 || step.ForMS < 0:
			return fmt.Errorf("step %d: a duration is negative", i)
		}
	}
	return nil
}

// plan holds the scripts that still have steps to give.
type plan struct {
	// mu guards everything below; cleared is closed, and replaced, when the scripts are cleared.
	mu      sync.Mutex
	scripts []*Fault
	cleared chan struct{}
}

func newPlan() *plan {
	return &plan{cleared: make(chan struct{})}
}

// add appends a script. Among the scripts that match a request the oldest one is taken from.
func (p *plan) add(fault Fault) error {
	if err := fault.validate(); err != nil {
		return err
	}
	fault.Sequence = slices.Clone(fault.Sequence)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scripts = append(p.scripts, &fault)
	return nil
}

// take hands out the next step for a request; the zero step, a normal answer, if no script matches. The channel is
// closed when the scripts of this moment are cleared.
func (p *plan) take(r route, token string) (Step, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, script := range p.scripts {
		if script.Path != "" && !r.names(script.Path) || script.Token != "" && script.Token != token {
			continue
		}
		step := script.Sequence[0]
		switch {
		case len(script.Sequence) > 1:
			script.Sequence = script.Sequence[1:]
		case !script.Repeat:
			p.scripts = slices.Delete(p.scripts, i, i+1)
		}
		return step, p.cleared
	}
	return Step{}, p.cleared
}

// pending returns the scripts with the steps they have left.
func (p *plan) pending() []Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	faults := make([]Fault, len(p.scripts))
	for i, script := range p.scripts {
		faults[i] = *script
	}
	return faults
}

// clear drops all scripts and releases what hangs.
func (p *plan) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scripts = nil
	close(p.cleared)
	p.cleared = make(chan struct{})
}
