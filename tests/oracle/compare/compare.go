package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

// Report is what came out of a comparison with one SDK.
type Report struct {
	name      string
	calls     int
	equal     int
	undecided int // of the equal ones
	rows      []tally
	together  int // differences that several rows explain, and none alone
	unclaimed []string
}

// tally counts for one row.
type tally struct {
	row *Row
	// matched calls are those the predicate is true of; of them, the differences it claims, and the equal answers.
	matched, claimed, equal int
	// alone counts claimed differences that no other row could claim.
	alone int
}

// claimOf returns what a row says about the SDK of that name.
func (r *Row) claimOf(name string) *claim {
	switch name {
	case "posthog-python":
		return r.Python
	case "posthog-node":
		return r.Node
	}
	return nil
}

// Compare compares the answers to a corpus. An error means that the results do not belong to the corpus.
func Compare(c *corpus.Corpus, ours, theirs *corpus.Results) (*Report, error) {
	if count := c.Count(); len(ours.Results) != count || len(theirs.Results) != count {
		return nil, fmt.Errorf("%d and %d results for %d calls", len(ours.Results), len(theirs.Results), count)
	}
	r := &Report{name: theirs.Name + " " + theirs.Version}
	for i := range Rows {
		if Rows[i].claimOf(theirs.Name) != nil {
			r.rows = append(r.rows, tally{row: &Rows[i]})
		}
	}
	for i := range c.Documents {
		d := &c.Documents[i]
		parsed, err := parseDefinitions(d.Definitions)
		if err != nil {
			return nil, err
		}
		for j := range d.Calls {
			our, their := &ours.Results[r.calls], &theirs.Results[r.calls]
			s, err := newSubject(parsed, &d.Calls[j], c.NowMs, our)
			if err != nil {
				return nil, err
			}
			r.add(s, theirs.Name, our, their)
		}
	}
	return r, nil
}

// add counts one call.
func (r *Report) add(s *subject, name string, our, their *corpus.Answer) {
	r.calls++
	d := compareAnswers(our, their)
	if d == same {
		r.equal++
		if s.value == nil {
			r.undecided++
		}
	}
	claimants := r.claimants(s, name, d, decided(their))
	switch {
	case d == same:
	case len(claimants) > 0:
		claimants[0].claimed++
		if len(claimants) == 1 {
			claimants[0].alone++
		}
	case r.explainTogether(s, name, decided(their)):
		r.together++
	default:
		r.unclaimed = append(r.unclaimed, s.reproduction(our, their))
	}
}

// claimants counts the rows that match a call and returns those that explain the difference.
func (r *Report) claimants(s *subject, name string, d difference, theirs any) (claimants []*tally) {
	for i := range r.rows {
		t := &r.rows[i]
		claim := t.row.claimOf(name)
		matches, may := claim.matches(s)
		if !matches {
			continue
		}
		t.matched++
		switch {
		case d == same:
			t.equal++
		case claim.effect.explains(d) && (may == nil || may[theirs]):
			claimants = append(claimants, t)
		}
	}
	return claimants
}

// explainTogether reports whether several rows explain a difference that none explains alone: two filters may each
// settle a condition, so that the answer hangs on neither, and one row may be what makes another one strike.
func (r *Report) explainTogether(s *subject, name string, theirs any) bool {
	var all []struck
	rows, calls := 0, 0
	for i := range r.rows {
		filters, call := r.rows[i].row.claimOf(name).strikes(s)
		if call {
			calls++
		}
		if call || len(filters) > 0 {
			rows++
		}
		all = append(all, filters...)
	}
	return rows > 1 && (calls > 0 || s.outcomes(all)[theirs])
}

func compareAnswers(our, their *corpus.Answer) difference {
	ourValue, theirValue := decided(our), decided(their)
	switch {
	case ourValue == nil && theirValue == nil:
		return same
	case theirValue == nil:
		return theyUndecided
	case ourValue == nil:
		return weUndecided
	case ourValue != theirValue:
		return values
	case !equalJSON(our.Payload, their.Payload):
		return payloads
	}
	return same
}

// decided returns an answer's value: a boolean, a variant, or nil for undecided.
func decided(a *corpus.Answer) any { return plain(a.Value) }

// equalJSON compares by value: languages write numbers and text differently.
func equalJSON(a, b json.RawMessage) bool { return reflect.DeepEqual(plain(a), plain(b)) }

func plain(text json.RawMessage) (value any) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, &value); err != nil {
		panic(fmt.Sprintf("results hold %q: %v", text, err)) // encoding/json checked it when it read the file
	}
	return value
}

// Failed reports whether a difference has no explanation or an explanation has no difference.
func (r *Report) Failed() bool { return len(r.unclaimed) > 0 || len(r.idle()) > 0 }
