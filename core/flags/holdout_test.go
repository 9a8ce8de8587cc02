package flags

import "testing"

func TestHoldout(t *testing.T) {
	// The holdout hashes: user-1 0.178, user-5 0.656, acme 0.927, the empty id 0.927.
	held := func(holdout, more string) string {
		return document(simple("f", groups(``)+`,"holdout":`+holdout+more))
	}
	runFlagCases(t, []flagCase{
		{"held", held(`{"id":42,"exclusion_percentage":17.9}`, ``), call{id: "user-1"}, `"holdout-42"`, ReasonHoldout},
		{"not held", held(`{"id":42,"exclusion_percentage":17.8}`, ``), call{id: "user-1"}, "T", ReasonConditionMatch},
		{"another user", held(`{"id":42,"exclusion_percentage":60}`, ``), call{id: "user-5"}, "T", ""},
		{"everybody", held(`{"id":1,"exclusion_percentage":100}`, ``), call{}, `"holdout-1"`, ""},
		{"more than everybody", held(`{"id":1,"exclusion_percentage":500}`, ``), call{}, `"holdout-1"`, ""},
		{"less than nobody", held(`{"id":1,"exclusion_percentage":-5}`, ``), call{}, "T", ""},
		{"nobody", held(`{"id":1,"exclusion_percentage":0}`, ``), call{}, "T", ""},
		{"null", held(`null`, ``), call{}, "T", ""},
		{"null id", held(`{"id":null,"exclusion_percentage":100}`, ``), call{}, "T", ""},
		{"null percentage", held(`{"id":1,"exclusion_percentage":null}`, ``), call{}, "T", ""},
		{"no percentage", held(`{"id":1}`, ``), call{}, "T", ""},
		{"of another type", held(`[]`, ``), call{}, "U", ReasonMalformedFlag},
		{"id of another type", held(`{"id":"x","exclusion_percentage":100}`, ``), call{}, "U", ReasonMalformedFlag},
		{"percentage of another type", held(`{"id":1,"exclusion_percentage":"100"}`, ``), call{}, "U", ReasonMalformedFlag},
		{"answers for a flag that is otherwise unknown",
			document(simple("f", groups(properties(fU))+`,"holdout":{"id":1,"exclusion_percentage":100}`)), call{}, `"holdout-1"`, ""},
		{"answers for a flag that is otherwise off",
			document(simple("f", `"groups":[],"holdout":{"id":1,"exclusion_percentage":100}`)), call{}, `"holdout-1"`, ""},
		{"does not answer for an inactive flag",
			document(`"key":"f","active":false,"filters":{"holdout":{"id":1,"exclusion_percentage":100}}`), call{}, "F", ReasonDisabled},
		{"a group flag hashes its group", held(`{"id":3,"exclusion_percentage":92.7}`, `,"aggregation_group_type_index":0`),
			call{id: "user-1", groups: `{"company":"acme"}`}, `"holdout-3"`, ""},
		{"a group flag's group beyond it", held(`{"id":3,"exclusion_percentage":92.6}`, `,"aggregation_group_type_index":0`),
			call{id: "user-1", groups: `{"company":"acme"}`}, "T", ""},
		{"a group flag without its group has none", held(`{"id":3,"exclusion_percentage":100}`, `,"aggregation_group_type_index":0`),
			call{}, "F", ReasonMissingGroup},
		{"a group flag of an unknown type", held(`{"id":3,"exclusion_percentage":100}`, `,"aggregation_group_type_index":9`),
			call{}, "U", ReasonUnknownGroupType},
		{"a condition's own type does not matter",
			document(simple("f", groups(`"aggregation_group_type_index":0`)+`,"holdout":{"id":3,"exclusion_percentage":17.9}`)),
			call{id: "user-1", groups: `{"company":"acme"}`}, `"holdout-3"`, ""},
	})
	t.Run("the empty id is hashed as it is", func(t *testing.T) {
		d := mustParse(t, held(`{"id":1,"exclusion_percentage":92}`, ``))
		if got := answer((call{}).flag(t, d, "f")); got != "T" {
			t.Errorf("got %s", got)
		}
	})
}

func TestDevice(t *testing.T) {
	// simple-flag hashes user-1 to 0.737 and the variant hash to 0.421; beta-feature hashes distinct_id_0 to 0.182.
	device := func(filters string) string {
		return document(`"key":"f","active":true,"bucketing_identifier":"device_id","filters":{` + filters + `}`)
	}
	runFlagCases(t, []flagCase{
		{"without device", device(groups(``)), call{}, "U", ReasonMissingDeviceID},
		{"without device at 100 percent", device(groups(`"rollout_percentage":100`)), call{}, "U", ReasonMissingDeviceID},
		{"without device, but a mismatch", device(groups(properties(fF))), call{person: person}, "F", ""},
		{"an empty device is none", device(groups(``)), call{person: `{"$device_id":""}`}, "U", ReasonMissingDeviceID},
		{"a device that is no text is none", device(groups(``)), call{person: `{"$device_id":5}`}, "U", ReasonMissingDeviceID},
		{"explicit device", device(groups(``)), call{device: "d"}, "T", ""},
		{"device from the person's properties", device(groups(``)), call{person: `{"$device_id":"d"}`}, "T", ""},
		{"a group condition needs no device", device(groups(``, `"aggregation_group_type_index":0`)),
			call{groups: `{"company":"acme"}`}, "T", ""},
		{"a group condition that does not match leaves it unknown", device(groups(``, `"aggregation_group_type_index":0`)), call{}, "U", ReasonMissingDeviceID},
		{"holdout without device", device(groups(``) + `,"holdout":{"id":1,"exclusion_percentage":100}`), call{}, "U", ReasonMissingDeviceID},
		{"holdout with device", device(groups(``) + `,"holdout":{"id":1,"exclusion_percentage":17.9}`), call{id: "x", device: "user-1"}, `"holdout-1"`, ""},
		{"holdout of a group flag", device(groups(``) + `,"aggregation_group_type_index":0,"holdout":{"id":1,"exclusion_percentage":100}`),
			call{groups: `{"company":"acme"}`}, `"holdout-1"`, ""},
		{"$device_id is an ordinary property", document(simple("f", groups(properties(`{"key":"$device_id","value":"d"}`)))), call{person: `{"$device_id":"D"}`}, "T", ""},
		{"the explicit device is no property", document(simple("f", groups(properties(`{"key":"$device_id","value":"d"}`)))), call{device: "d"}, "U", ReasonMissingProperty},
		{"bucketing by distinct id", document(`"key":"f","active":true,"bucketing_identifier":"distinct_id","filters":{"groups":[{}]}`), call{}, "T", ""},
		{"null bucketing", document(`"key":"f","active":true,"bucketing_identifier":null,"filters":{"groups":[{}]}`), call{}, "T", ""},
		{"unknown bucketing", document(`"key":"f","active":true,"bucketing_identifier":"session_id","filters":{"groups":[{}]}`), call{}, "U", ReasonMalformedFlag},
		{"bucketing inside filters is ignored", document(simple("f", groups(``)+`,"bucketing_identifier":"device_id"`)), call{}, "T", ""},
	})
	d := mustParse(t, document(`"key":"beta-feature","active":true,"bucketing_identifier":"device_id","filters":{"groups":[{"rollout_percentage":18.2}]}`))
	for _, tc := range []struct {
		name string
		call call
		want string
	}{
		{"hashes the device", call{id: "zz", device: "distinct_id_0"}, "T"},
		{"hashes the property", call{id: "zz", person: `{"$device_id":"distinct_id_0"}`}, "T"},
		{"hashes the property's text", call{id: "zz", person: `{"$device_id":"distinct\u005fid_0"}`}, "T"},
		{"the explicit one comes first", call{id: "distinct_id_0", device: "dddd", person: `{"$device_id":"distinct_id_0"}`}, "F"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := answer(tc.call.flag(t, d, "beta-feature")); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
