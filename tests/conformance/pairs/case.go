package main

import (
	"encoding/json"

	"github.com/libposthog/libposthog/tests/conformance"
	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

const entropy = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

func object(members ...conformance.Member) conformance.Value {
	return conformance.Value{Kind: conformance.Object, Members: members}
}

func text(name, value string) conformance.Member {
	return conformance.Member{Name: name, Value: conformance.Text(value)}
}

// value is the case as it stands in a file. The client keeps its events, so that the last step replies the exposures.
func (s *script) value(id, group string) conformance.Value {
	steps := []conformance.Value{s.step("set_flag_definitions", s.definitions)}
	for i := range s.persons {
		person := &s.persons[i]
		steps = append(steps, s.step("evaluate_flags", query(person, "")), s.step("get_flag", query(person, person.Key)))
	}
	steps = append(steps, s.step("captured", []byte("{}")), s.step("shutdown", []byte("{}")))
	open := object(text("api_key", "phc_test"), text("mode", "memory"), text("definitions", "push"),
		text("lib", "posthog-conformance"), text("lib_version", "1.2.3"))
	return object(
		text("id", id), text("group", group),
		conformance.Member{Name: "open", Value: open},
		text("entropy", entropy),
		conformance.Member{Name: "t0_ms", Value: conformance.Int(s.nowMs)},
		conformance.Member{Name: "steps", Value: conformance.Value{Kind: conformance.Array, Elements: steps}},
	)
}

func (s *script) step(op string, raw []byte) conformance.Value {
	at := conformance.Member{Name: "at_ms", Value: conformance.Int(s.nowMs)}
	return object(at, text("op", op), text("raw", string(raw)))
}

// query is the input that asks for one flag, or for all where key is empty. Its numbers may be any, so it is raw.
func query(person *corpus.Call, key string) []byte {
	in := map[string]any{
		"distinct_id": person.DistinctID, "groups": person.Groups, "person_properties": person.PersonProperties,
		"group_properties": person.GroupProperties, "only_evaluate_locally": true,
	}
	if key != "" {
		in["key"] = key
	}
	out, err := json.Marshal(in)
	if err != nil {
		panic(err) // JSON that the generator made
	}
	return out
}
