package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/libposthog/libposthog/tests/standin"
)

// record is what one side did in a case, by place: an event, a request of another kind, the answer of a step.
type record map[string]any

// readRecord orders requests by what they carry. How events were spread over requests is not compared; what surrounds
// them in the body is. Requests without a body are flag definitions and remote config: the answers show those.
func readRecord(requests []standin.Request, answers []json.RawMessage, given string) (record, error) {
	r := record{}
	n := normalizer{given: given}
	for _, request := range requests {
		if request.Body == "" {
			continue
		}
		body, err := parse([]byte(request.Body))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", request.Path, err)
		}
		object, _ := body.(map[string]any)
		for _, name := range []string{"api_key", "token", "sent_at", "sentAt"} {
			delete(object, name)
		}
		if batch, ok := object["batch"].([]any); ok {
			for _, event := range batch {
				fields, _ := event.(map[string]any)
				r.put(fmt.Sprintf("event %v", fields["event"]), n.value(event))
			}
			delete(object, "batch")
			r["around events "+request.Path] = n.value(body)
			continue
		}
		r.put("request "+request.Path, n.value(body))
	}
	for i, answer := range answers {
		value, err := parse(answer)
		if err != nil {
			return nil, err
		}
		r[fmt.Sprintf("answer %d", i)] = n.value(value)
	}
	return r, nil
}

// put keeps a value under a name, and the second of that name under the name and 2.
func (r record) put(name string, value any) {
	place := name
	for i := 2; r[place] != nil; i++ {
		place = name + " " + strconv.Itoa(i)
	}
	r[place] = value
}

// parse reads JSON with its numbers as they were written.
func parse(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	return value, err
}

// normalizer removes what differs between any two runs.
type normalizer struct{ given string }

var (
	uuid      = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	namesOnly = map[string]bool{"$lib": true, "$lib_version": true, "library": true, "library_version": true}
	setsOnly  = map[string]bool{"$context_tags": true}
	timesOnly = map[string]bool{"$feature_flag_evaluated_at": true, "$feature_flag_definitions_loaded_at": true}
)

func (n normalizer) value(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			switch {
			case namesOnly[name]:
				delete(value, name)
			case timesOnly[name]:
				value[name] = "(time)"
			case name == "timestamp":
				value[name] = n.time(member)
			case setsOnly[name]:
				value[name] = sorted(member)
			default:
				value[name] = n.value(member)
			}
		}
	case []any:
		for i, element := range value {
			value[i] = n.value(element)
		}
	case string:
		if uuid.MatchString(value) && !strings.Contains(n.given, value) {
			return "(id)"
		}
	}
	return value
}

// sorted gives a set of texts, which has no order, one.
func sorted(value any) any {
	elements, _ := value.([]any)
	slices.SortFunc(elements, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return elements
}

// time writes a time as its instant in UTC, and one near now as such.
func (n normalizer) time(value any) any {
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return value
	}
	if time.Since(at).Abs() < time.Hour {
		return "(now)"
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}
