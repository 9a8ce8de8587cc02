package compare

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

// maxShown bounds how many unclaimed differences are printed.
const maxShown = 5

// idle returns the rows that are the only explanation of nothing.
func (r *Report) idle() (rows []*Row) {
	for i := range r.rows {
		if r.rows[i].alone == 0 {
			rows = append(rows, r.rows[i].row)
		}
	}
	return rows
}

// Print writes the table: each difference is counted in the first row that claims it.
func (r *Report) Print(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %d calls, %d equal (%d of them undecided by both), %d different, %d unclaimed\n",
		r.name, r.calls, r.equal, r.undecided, r.calls-r.equal, len(r.unclaimed))
	fmt.Fprintf(w, "  row  matched  claimed   equal  question\n")
	for i := range r.rows {
		t := &r.rows[i]
		fmt.Fprintf(w, "  %3d  %7d  %7d %7d  %s\n", t.row.Number, t.matched, t.claimed, t.equal, t.row.Question)
	}
	fmt.Fprintf(w, "  several  %13d\n", r.together)
	for _, row := range r.idle() {
		fmt.Fprintf(w, "row %d explains no difference that another row does not explain\n", row.Number)
	}
	for i, text := range r.unclaimed {
		if i == maxShown {
			fmt.Fprintf(w, "and %d more\n", len(r.unclaimed)-i)
			break
		}
		fmt.Fprintf(w, "unclaimed:\n%s\n", text)
	}
}

// reproduction writes what it takes to see a difference again: the flag with what it depends on, the user with the
// properties that filters are about, and both answers.
func (s *subject) reproduction(our, their *corpus.Answer) string {
	call := *s.call
	call.PersonProperties = s.mentioned()
	return fmt.Sprintf("  definitions %s\n  call        %s\n  libposthog  %s\n  they        %s",
		s.excerpt(), marshal(call), answerText(our), answerText(their))
}

// mentioned writes the person properties that a filter, or a flag's enrollment, is about.
func (s *subject) mentioned() json.RawMessage {
	properties := object{}
	for _, f := range s.filters {
		if name := textOf(f.object, "key"); f.given && f.kind() == "person" {
			properties[name] = f.property
		}
	}
	for _, f := range s.flags {
		name := "$feature_enrollment/" + textOf(f, "key")
		if choice, given := s.person[name]; given && isTrue(member(f, "filters")["feature_enrollment"]) {
			properties[name] = choice
		}
	}
	return marshal(properties)
}

// answerText writes an answer alike whoever gave it.
func answerText(a *corpus.Answer) json.RawMessage {
	return marshal(map[string]any{"value": plain(a.Value), "payload": plain(a.Payload)})
}

func marshal(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage(fmt.Sprintf("%q", err))
	}
	return text
}
