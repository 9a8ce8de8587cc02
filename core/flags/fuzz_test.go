package flags

import (
	"bytes"
	"slices"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
)

// FuzzParse feeds documents of any shape: parsing never panics, and what was parsed does not change when the document
// does.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"flags":[{"key":"a","active":true,"filters":{"groups":[{"properties":[{"key":"p","value":1}]}]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.Clone(data)
		document, err := codec.Parse(data)
		if err != nil {
			return
		}
		d, err := Parse(document)
		if err != nil {
			return
		}
		user := &User{DistinctID: "user-1", PersonProperties: codec.Value(`{"p":1,"q":"a","é":[true]}`), Groups: codec.Value(`{"company":"acme"}`)}
		before := answers(d.Evaluate(user, now), d, false)
		for i := range data {
			data[i] = 'x'
		}
		if after := answers(d.Evaluate(user, now), d, false); !slices.Equal(before, after) {
			t.Errorf("the answers changed with the document's memory:\n%q\n%q", before, after)
		}
	})
}

// FuzzEvaluate feeds documents and users: evaluation never panics, and neither the order of questions nor what an
// Evaluation was used for before changes an answer.
func FuzzEvaluate(f *testing.F) {
	f.Add(`{"flags":[{"key":"a","active":true,"filters":{"groups":[{"properties":[{"key":"p","value":1}]}]}}]}`,
		`{"p":1}`, `{"company":"acme"}`, `{"company":{"p":1}}`, "user-1", "", int64(now))
	reused := new(Evaluation)
	f.Fuzz(func(t *testing.T, document, person, groups, group, id, device string, at int64) {
		user := &User{DistinctID: id, DeviceID: device}
		for _, part := range []struct {
			text string
			into *codec.Value
		}{{person, &user.PersonProperties}, {groups, &user.Groups}, {group, &user.GroupProperties}} {
			v, err := codec.Parse([]byte(part.text))
			if err != nil {
				return
			}
			*part.into = v
		}
		checked, err := codec.Parse([]byte(document))
		if err != nil {
			return
		}
		d, err := Parse(checked)
		if err != nil {
			return
		}
		want := answers(d.Evaluate(user, at), d, false)
		backwards := answers(d.Evaluate(user, at), d, true)
		slices.Reverse(backwards)
		if !slices.Equal(want, backwards) {
			t.Errorf("asked backwards:\n%q\nasked forwards:\n%q", backwards, want)
		}
		reused.Start(d, user, at)
		if again := answers(reused, d, false); !slices.Equal(want, again) {
			t.Errorf("with used memory:\n%q\nwith fresh memory:\n%q", again, want)
		}
		if again := answers(reused, d, false); !slices.Equal(want, again) {
			t.Errorf("asked again:\n%q\nasked first:\n%q", again, want)
		}
	})
}

// answers asks for all flags and checks what holds for every result.
func answers(e *Evaluation, d *Definitions, backwards bool) []string {
	keys := keysOf(d)
	if backwards {
		slices.Reverse(keys)
	}
	var all []string
	for _, key := range keys {
		r := e.Flag(key)
		switch r.Value.Kind() {
		case codec.Bool, codec.String, codec.Absent:
		default:
			panic("a value of another kind")
		}
		if r.Value != nil && codec.Check(r.Value) != nil || r.Payload != nil && codec.Check(r.Payload) != nil || r.Reason == "" {
			panic("an invalid result")
		}
		if string(e.Value(key)) != string(r.Value) {
			panic("another value where no reason is asked for")
		}
		all = append(all, answer(r)+" "+r.Reason+" "+string(r.Payload))
	}
	return all
}
