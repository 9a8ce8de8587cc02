package flags

import "testing"

func TestGroups(t *testing.T) {
	// group-flag hashes acme to 0.063, and "user-1" elsewhere.
	groupFlag := func(condition string) string {
		return document(simple("f", groups(condition)+`,"aggregation_group_type_index":0`))
	}
	mixed := func(condition string) string { return document(simple("f", groups(condition))) }
	acme := `{"company":"acme"}`
	plan := `{"key":"plan","value":"pro"}`
	groupPlan := `{"key":"plan","value":"pro","type":"group","group_type_index":0}`
	personPlan := `{"key":"plan","value":"pro","type":"person"}`
	runFlagCases(t, []flagCase{
		{"a group flag with its group", groupFlag(``), call{groups: acme}, "T", ""},
		{"a group flag without groups", groupFlag(``), call{}, "F", ReasonMissingGroup},
		{"a group flag with another group", groupFlag(``), call{groups: `{"project":"x"}`}, "F", ReasonMissingGroup},
		{"an empty group key is none", groupFlag(``), call{groups: `{"company":""}`}, "F", ReasonMissingGroup},
		{"a null group key is none", groupFlag(``), call{groups: `{"company":null}`}, "F", ReasonMissingGroup},
		{"a boolean group key is none", groupFlag(``), call{groups: `{"company":true}`}, "F", ReasonMissingGroup},
		{"a list as group key is none", groupFlag(``), call{groups: `{"company":["a"]}`}, "F", ReasonMissingGroup},
		{"an object as group key is none", groupFlag(``), call{groups: `{"company":{}}`}, "F", ReasonMissingGroup},
		{"a number is a group key", groupFlag(properties(`{"key":"$group_key","value":"42"}`)), call{groups: `{"company":42}`}, "T", ""},
		{"the last of a repeated group", groupFlag(properties(`{"key":"$group_key","value":"b"}`)), call{groups: `{"company":"a","company":"b"}`}, "T", ""},
		{"an escaped group type", groupFlag(``), call{groups: `{"comp\u0061ny":"acme"}`}, "T", ""},
		{"groups that are no object", groupFlag(``), call{groups: `["company"]`}, "F", ReasonMissingGroup},

		{"group properties", groupFlag(properties(plan)), call{groups: acme, group: `{"company":{"plan":"pro"}}`}, "T", ""},
		{"a person's property is not the group's", groupFlag(properties(plan)), call{groups: acme, person: `{"plan":"pro"}`}, "U", ReasonMissingProperty},
		{"group properties of another type", groupFlag(properties(plan)), call{groups: acme, group: `{"project":{"plan":"pro"}}`}, "U", ReasonMissingProperty},
		{"group properties that are no object", groupFlag(properties(plan)), call{groups: acme, group: `{"company":"pro"}`}, "U", ReasonMissingProperty},
		{"group properties without a key are ignored", mixed(properties(groupPlan)), call{group: `{"company":{"plan":"pro"}}`}, "U", ReasonMissingProperty},
		{"the group key is implied", groupFlag(properties(`{"key":"$group_key","value":"ACME"}`)), call{groups: acme}, "T", ""},
		{"the caller's $group_key wins", groupFlag(properties(`{"key":"$group_key","value":"acme"}`)),
			call{groups: acme, group: `{"company":{"$group_key":"x"}}`}, "F", ""},
		{"no $group_key of a person", mixed(properties(`{"key":"$group_key","value":"acme"}`)), call{groups: acme}, "U", ReasonMissingProperty},
		{"no distinct_id of a group", groupFlag(properties(`{"key":"distinct_id","value":"user-1"}`)), call{groups: acme}, "U", ReasonMissingProperty},

		{"a person filter in a group condition", groupFlag(properties(personPlan)), call{groups: acme, person: `{"plan":"pro"}`}, "T", ""},
		{"a person filter does not read the group", groupFlag(properties(personPlan)),
			call{groups: acme, group: `{"company":{"plan":"pro"}}`, person: `{"plan":"free"}`}, "F", ""},
		{"a group filter in a person condition", mixed(properties(groupPlan)), call{groups: acme, group: `{"company":{"plan":"pro"}}`}, "T", ""},
		{"a group filter takes the condition's type", groupFlag(properties(`{"key":"plan","value":"pro","type":"group"}`)),
			call{groups: acme, group: `{"company":{"plan":"pro"}}`}, "T", ""},
		{"a group filter without any type", mixed(properties(`{"key":"plan","value":"pro","type":"group"}`)),
			call{groups: acme, group: `{"company":{"plan":"pro"}}`}, "U", ReasonUnknownGroupType},
		{"a group filter of another type than the condition", groupFlag(properties(`{"key":"plan","value":"pro","type":"group","group_type_index":1}`)),
			call{groups: `{"company":"acme","project":"p"}`, group: `{"company":{"plan":"free"},"project":{"plan":"pro"}}`}, "T", ""},
		{"a group filter whose group is not given", groupFlag(properties(`{"key":"plan","value":"pro","type":"group","group_type_index":1}`)),
			call{groups: acme, group: `{"project":{"plan":"pro"}}`}, "U", ReasonMissingProperty},
		{"a group filter of an unknown type", mixed(properties(`{"key":"plan","value":"pro","type":"group","group_type_index":9}`)),
			call{groups: acme}, "U", ReasonUnknownGroupType},
		{"a filter of another kind", mixed(properties(`{"key":"plan","value":"pro","type":"person_metadata"}`)), call{person: `{"plan":"pro"}`}, "U", ReasonUnsupportedPropertyType},
		{"a behavioural filter", mixed(properties(`{"key":"x","value":"performed_event","type":"behavioral"}`)), call{}, "U", ReasonUnsupportedPropertyType},
		{"a filter whose kind is no text", mixed(properties(`{"key":"plan","value":"pro","type":1}`)), call{}, "U", ReasonUnsupportedPropertyType},

		{"a condition's own group type", mixed(`"aggregation_group_type_index":0,` + properties(plan)),
			call{groups: acme, group: `{"company":{"plan":"pro"}}`, person: `{"plan":"free"}`}, "T", ""},
		{"a condition's own null is the person again", groupFlag(`"aggregation_group_type_index":null,` + properties(plan)),
			call{groups: acme, group: `{"company":{"plan":"free"}}`, person: `{"plan":"pro"}`}, "T", ""},
		{"a person condition in a group flag needs no group", groupFlag(`"aggregation_group_type_index":null`), call{}, "T", ""},
		{"a condition of an unknown group type", mixed(`"aggregation_group_type_index":9`), call{groups: acme}, "U", ReasonUnknownGroupType},
		{"a condition of an unknown group type that is a no", mixed(`"aggregation_group_type_index":9,` + properties(`{"key":"no","value":"1","type":"person"}`)),
			call{person: person}, "F", ""},
		{"a flag of an unknown group type", document(simple("f", groups(``)+`,"aggregation_group_type_index":9`)), call{groups: acme}, "U", ReasonUnknownGroupType},
		{"a group type that is no integer", document(simple("f", groups(``)+`,"aggregation_group_type_index":"0"`)), call{groups: acme}, "U", ReasonUnknownGroupType},
		{"a null group type is the person", document(simple("f", groups(``)+`,"aggregation_group_type_index":null`)), call{}, "T", ""},
		{"another condition answers for a missing group",
			document(simple("f", groups(`"aggregation_group_type_index":0`, properties(fT)))), call{person: person}, "T", ""},
		{"a missing group beside a mismatch is a plain no",
			document(simple("f", groups(`"aggregation_group_type_index":0`, properties(fF)))), call{person: person}, "F", ReasonNoConditionMatch},
		{"no mapping at all", `{"flags":[{` + simple("f", groups(``)+`,"aggregation_group_type_index":0`) + `}]}`, call{groups: acme}, "U", ReasonUnknownGroupType},
		{"the last of a repeated mapping", `{"group_type_mapping":{"0":"other","0":"company"},"flags":[{` +
			simple("f", groups(``)+`,"aggregation_group_type_index":0`) + `}]}`, call{groups: acme}, "T", ""},
		{"a mapping with other things", `{"group_type_mapping":{"0":5,"x":"company","00":"company","1":"company"},"flags":[{` +
			simple("f", groups(``)+`,"aggregation_group_type_index":1`) + `}]}`, call{groups: acme}, "T", ""},
	})
}

func TestGroups_identity(t *testing.T) {
	// Hashes: group-flag/acme 0.063, group-flag/user-1 and the number's text are looked up here.
	at := func(id string) float64 { return new(Evaluation).hash("group-flag", identity{text: id}, "") }
	d := func(condition string) *Definitions {
		return mustParse(t, document(`"key":"group-flag","active":true,"filters":{"aggregation_group_type_index":0,"groups":[{`+condition+`}]}`))
	}
	if h := at("acme"); h > 0.07 {
		t.Fatalf("acme is at %v", h)
	}
	if got := answer((call{id: "user-1", groups: `{"company":"acme"}`}).flag(t, d(`"rollout_percentage":6.5`), "group-flag")); got != "T" {
		t.Errorf("a group flag must hash the group's key: got %s", got)
	}
	if got := answer((call{id: "acme", groups: `{"company":"zz"}`}).flag(t, d(`"rollout_percentage":6.5,"aggregation_group_type_index":null`), "group-flag")); got != "T" {
		t.Errorf("an explicit null must hash the distinct id: got %s", got)
	}
	if got := answer((call{id: "u", groups: `{"company":"a\u0063me"}`}).flag(t, d(`"rollout_percentage":6.5`), "group-flag")); got != "T" {
		t.Errorf("an escaped key must hash like its text: got %s", got)
	}
	for key, text := range map[string]string{"42": "42", "42.0": "42.0", "1e2": "100.0"} {
		if got := identityOf(mustJSON(t, key)); string(got.raw) != text {
			t.Errorf("the group key %s hashes as %q, want %q", key, got.raw, text)
		}
	}
}
