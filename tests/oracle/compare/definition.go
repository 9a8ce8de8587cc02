package compare

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

// object is a JSON object of a document or a user. Numbers in it are as they are written: 10 and 10.0 differ.
type object = map[string]any

// definitions is a definitions document.
type definitions struct {
	document object
	flags    map[string]object
}

func parseDefinitions(text json.RawMessage) (*definitions, error) {
	d := &definitions{flags: map[string]object{}}
	if err := decode(text, &d.document); err != nil {
		return nil, err
	}
	for _, f := range objects(d.document["flags"]) {
		d.flags[textOf(f, "key")] = f
	}
	return d, nil
}

// groupType returns the name of a group type, empty for one the document does not know.
func (d *definitions) groupType(index any) string {
	number, _ := index.(json.Number)
	return textOf(member(d.document, "group_type_mapping"), string(number))
}

// matchesText reports whether the document asks for booleans to be matched by their text.
func (d *definitions) matchesText() bool {
	return d.document["property_matching_version"] == json.Number("2")
}

// cohort returns the cohort that a filter names, or nil if the document does not have it.
func (d *definitions) cohort(filter object) object {
	id, _ := filter["value"].(json.Number)
	return member(member(d.document, "cohorts"), string(id))
}

// user is whom a call is about.
type user struct {
	distinctID             string
	groups, person, ofType object // ofType holds the properties of the group of each type
}

func parseUser(call *corpus.Call) (*user, error) {
	u := &user{distinctID: call.DistinctID}
	for _, part := range []struct {
		text json.RawMessage
		into *object
	}{{call.Groups, &u.groups}, {call.PersonProperties, &u.person}, {call.GroupProperties, &u.ofType}} {
		if err := decode(part.text, part.into); err != nil {
			return nil, err
		}
	}
	return u, nil
}

func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// The functions below read what may not be there: nil, empty or false.

func member(o object, name string) object {
	value, _ := o[name].(object)
	return value
}

func textOf(o object, name string) string {
	value, _ := o[name].(string)
	return value
}

func isTrue(value any) bool { return value == true }

// objects returns the objects of a list.
func objects(list any) (all []object) {
	elements, _ := list.([]any)
	for _, element := range elements {
		if o, ok := element.(object); ok {
			all = append(all, o)
		}
	}
	return all
}

// texts returns the texts of a list.
func texts(list any) (all []string) {
	elements, _ := list.([]any)
	for _, element := range elements {
		if text, ok := element.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

// percentage returns a number of a document, and fallback where there is none.
func percentage(value any, fallback float64) float64 {
	number, _ := value.(json.Number)
	f, err := strconv.ParseFloat(string(number), 64)
	if err != nil {
		return fallback
	}
	return f
}
