package event

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core/codec"
)

const nowMs = 1754042400123 // 2025-08-01T10:00:00.123Z

// counter hands out readable ids.
// zeroes are what the ids of a counter begin with.
const zeroes = "00000000-0000-4000-8000-00000000000"

func counter() func() UUID {
	n := 0
	return func() UUID {
		n++
		return UUID([]byte(zeroes + strconv.Itoa(n)))
	}
}

// short writes the ids of a counter as id-1 and so on.
func short(body []byte) string { return strings.ReplaceAll(string(body), zeroes, "id-") }

func parse(t *testing.T, text string) codec.Value {
	t.Helper()
	v, err := codec.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func finish(t *testing.T, read Read, in string, s Settings) string {
	t.Helper()
	m := &Message{}
	if err := read(parse(t, in), m); err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	s = s.Ready()
	return short(Encode(m, &s).Finish(nowMs, counter()).Body)
}

func TestEncode(t *testing.T) {
	tail := `"timestamp":"2025-08-01T10:00:00.123Z","uuid":"id-1"}`
	lib := Settings{Lib: "lib", LibVersion: "1.2.3"}
	for _, tc := range []struct {
		name     string
		read     Read
		in       string
		settings Settings
		want     string
	}{
		{"number tokens stay", Capture, `{"event":"e","distinct_id":"u","properties":{"a":323.0,"b":1e5,"c":[1, 2]}}`, lib,
			`{"event":"e","properties":{"a":323.0,"b":1e5,"c":[1, 2],"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"the last of repeated properties wins", Capture, `{"event":"e","distinct_id":"u","properties":{"a":1,"b":2,"\u0061":3}}`, lib,
			`{"event":"e","properties":{"a":3,"b":2,"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"an empty property name is kept", Capture, `{"event":"e","distinct_id":"u","properties":{"":1}}`, lib,
			`{"event":"e","properties":{"":1,"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"the library's own properties win", Capture, `{"event":"e","distinct_id":"u","properties":{"$lib":"x","$is_server":false,"$geoip_disable":false}}`,
			Settings{Lib: "lib", LibVersion: "1.2.3", IsServer: true, DisableGeoIP: true},
			`{"event":"e","properties":{"$lib":"lib","$is_server":true,"$geoip_disable":true,"$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"geoip can be allowed for one event", Capture, `{"event":"e","distinct_id":"u","disable_geoip":false}`,
			Settings{Lib: "lib", LibVersion: "1.2.3", DisableGeoIP: true},
			`{"event":"e","properties":{"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"geoip can be disabled for one event", Capture, `{"event":"e","distinct_id":"u","disable_geoip":true}`, lib,
			`{"event":"e","properties":{"$lib":"lib","$lib_version":"1.2.3","$geoip_disable":true},"distinct_id":"u",` + tail},
		{"the caller wins over super properties", Capture, `{"event":"e","distinct_id":"u","properties":{"a":1}}`,
			Settings{Lib: "lib", LibVersion: "1.2.3", SuperProperties: codec.Value(`{"a":0,"s":true}`)},
			`{"event":"e","properties":{"a":1,"s":true,"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"groups, number keys as text", Capture, `{"event":"e","distinct_id":"u","properties":{"$groups":{"x":"y"}},"groups":{"company":5}}`, lib,
			`{"event":"e","properties":{"$groups":{"company":"5"},"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"empty groups leave the caller's", Capture, `{"event":"e","distinct_id":"u","properties":{"$groups":{"x":"y"}},"groups":{}}`, lib,
			`{"event":"e","properties":{"$groups":{"x":"y"},"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"flags", Capture, `{"event":"e","distinct_id":"u","properties":{"$feature/b":"mine"},"flags":{"b":true,"a":"v","off":false}}`, lib,
			`{"event":"e","properties":{"$feature/b":"mine","$feature/a":"v","$feature/off":false,"$active_feature_flags":["a","b"],"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"personless", Capture, `{"event":"e"}`, lib,
			`{"event":"e","properties":{"$lib":"lib","$lib_version":"1.2.3","$process_person_profile":false},"distinct_id":"id-2",` + tail},
		{"personless, unless the caller says otherwise", Capture, `{"event":"e","properties":{"$process_person_profile":true}}`, lib,
			`{"event":"e","properties":{"$process_person_profile":true,"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"id-2",` + tail},
		{"identify", Identify, `{"distinct_id":"u","properties":{"plan":"pro","$set":{"a":1},"$set_once":{"b":2},"$anon_distinct_id":"x"},"set":{"a":9}}`, lib,
			`{"event":"$identify","properties":{"$anon_distinct_id":"x","$set":{"plan":"pro","a":9},"$set_once":{"b":2},"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"identify without properties", Identify, `{"distinct_id":"u"}`, lib,
			`{"event":"$identify","properties":{"$set":{},"$set_once":{},"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"set", Set, `{"distinct_id":"u","set":{"a":1},"set_once":{"b":2},"unset":["c"]}`, lib,
			`{"event":"$set","properties":{"$set":{"a":1},"$set_once":{"b":2},"$unset":["c"],"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"alias", Alias, `{"distinct_id":"u","alias":"v"}`, lib,
			`{"event":"$create_alias","properties":{"distinct_id":"u","alias":"v","$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"u",` + tail},
		{"group_identify", GroupIdentify, `{"group_type":"company","group_key":5,"properties":{"name":"x"}}`, lib,
			`{"event":"$groupidentify","properties":{"$group_type":"company","$group_key":"5","$group_set":{"name":"x"},"$lib":"lib","$lib_version":"1.2.3"},"distinct_id":"$company_5",` + tail},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := finish(t, tc.read, tc.in, tc.settings); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestEncode_manyProperties(t *testing.T) {
	var in, want strings.Builder
	for i := range 3 * searchable {
		in.WriteString(`"p` + strconv.Itoa(i) + `":0,`)
		want.WriteString(`"p` + strconv.Itoa(i) + `":` + strconv.Itoa(i) + `,`)
	}
	for i := range 3 * searchable {
		in.WriteString(`"p` + strconv.Itoa(i) + `":` + strconv.Itoa(i) + `,`)
	}
	got := finish(t, Capture, `{"event":"e","distinct_id":"u","properties":{`+strings.TrimSuffix(in.String(), ",")+`}}`, Settings{})
	if !strings.Contains(got, `"properties":{`+want.String()+`"$lib"`) {
		t.Errorf("repeated names were not merged: %.200s", got)
	}
}

func TestMessage_refusals(t *testing.T) {
	for _, tc := range []struct {
		read Read
		in   string
		want string
	}{
		{Capture, `{}`, "event must be a non-empty string"},
		{Capture, `{"event":1}`, "event must be a string"},
		{Capture, `{"event":"e","distinct_id":5}`, "distinct_id must be a string"},
		{Capture, `{"event":"e","properties":[]}`, "properties must be an object"},
		{Capture, `{"event":"e","groups":"x"}`, "groups must be an object"},
		{Capture, `{"event":"e","timestamp":0}`, "timestamp must be a string"},
		{Identify, `{"properties":{}}`, "distinct_id must be a non-empty string"},
		{Set, `{"distinct_id":"u"}`, "set, set_once or unset must be given"},
		{Set, `{"distinct_id":"u","unset":[1]}`, "unset must be an array of strings"},
		{Alias, `{"distinct_id":"u"}`, "alias must be a non-empty string"},
		{GroupIdentify, `{"group_type":"t"}`, "group_key must be a non-empty string or a number"},
		{GroupIdentify, `{"group_type":"t","group_key":true}`, "group_key must be a string"},
	} {
		if err := tc.read(parse(t, tc.in), &Message{}); err == nil || err.Error() != tc.want {
			t.Errorf("%s: got %v, want %s", tc.in, err, tc.want)
		}
	}
}

func TestDraft_replacesWhatIsNoUUIDOrTime(t *testing.T) {
	m := &Message{}
	if err := Capture(parse(t, `{"event":"e","distinct_id":"u","uuid":"not-one","timestamp":"yesterday"}`), m); err != nil {
		t.Fatal(err)
	}
	settings := Settings{}.Ready()
	d := Encode(m, &settings)
	e := d.Finish(nowMs, counter())
	if short(e.UUID()[:]) != "id-1" || !strings.Contains(string(e.Body), `"timestamp":"2025-08-01T10:00:00.123Z"`) {
		t.Errorf("got %s", e.Body)
	}
	if got := strings.Join(d.Warnings, " "); got != "bad_timestamp bad_uuid" {
		t.Errorf("warnings: %s", got)
	}
}

func TestDraft_keepsTheCallersUUID(t *testing.T) {
	const uuid = "0190F5A4-0000-4000-8000-000000000001"
	got := finish(t, Capture, `{"event":"e","distinct_id":"u","uuid":"`+uuid+`"}`, Settings{})
	if !strings.Contains(got, `"uuid":"`+uuid+`"`) {
		t.Errorf("got %s", got)
	}
}

func TestToUTC(t *testing.T) {
	for in, want := range map[string]string{
		"2025-01-02T08:34:05+05:30":           "2025-01-02T03:04:05.000Z",
		"2025-01-02T08:34:05.5Z":              "2025-01-02T08:34:05.500Z",
		"2025-01-02T08:34:05.123456Z":         "2025-01-02T08:34:05.123456Z",
		"2025-01-02T08:34:05.123456789-01:00": "2025-01-02T09:34:05.123456789Z",
		"2025-01-02 08:34:05":                 "2025-01-02T08:34:05.000Z",
		"2025-01-02t08:34:05z":                "2025-01-02T08:34:05.000Z",
		"2025-01-02T08:34:05+0530":            "2025-01-02T03:04:05.000Z",
		"2024-12-31T23:30:00-01:00":           "2025-01-01T00:30:00.000Z",
		"2025-01-02":                          "",
		"2025-02-30T00:00:00Z":                "",
		"0000-01-01T00:00:00+23:00":           "",
		"1754042400":                          "",
		"":                                    "",
	} {
		if got, ok := ToUTC(in); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestNewUUID(t *testing.T) {
	source := rand.NewChaCha8([32]byte{})
	seen := map[string]bool{}
	for range 1000 {
		id := NewUUID(0x0123456789ab, source).String()
		if !isUUID(id) || !strings.HasPrefix(id, "01234567-89ab-7") || !strings.ContainsRune("89ab", rune(id[19])) {
			t.Fatalf("%s is no version 7 uuid of that time", id)
		}
		if seen[id] {
			t.Fatalf("%s twice", id)
		}
		seen[id] = true
	}
}

func FuzzCapture(f *testing.F) {
	for _, seed := range []string{
		`{"event":"e","distinct_id":"u","properties":{"a":1,"a":2,"":3}}`, `{"event":"e","groups":{"a":1e5},"flags":{"x":null}}`,
		`{"event":"\u0000","timestamp":"2025-01-02T08:34:05+05:30","uuid":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := codec.Parse(data)
		if err != nil {
			return
		}
		for _, read := range []Read{Capture, Identify, Alias, GroupIdentify, Set} {
			m := &Message{}
			if err := read(in, m); err != nil {
				continue
			}
			settings := Settings{Lib: "lib", SuperProperties: codec.Value(`{"s":1}`)}.Ready()
			e := Encode(m, &settings).Finish(nowMs, counter())
			if !isUUID(e.UUID().String()) {
				t.Fatalf("%q has the uuid %s", e.Body, e.UUID())
			}
			body, err := codec.Parse(e.Body)
			if err != nil {
				t.Fatalf("%q became the invalid event %q: %v", data, e.Body, err)
			}
			names := map[string]bool{}
			for name := range body.Get("properties").Members() {
				if names[name] {
					t.Fatalf("property %q twice in %s", name, e.Body)
				}
				names[name] = true
			}
		}
	})
}
