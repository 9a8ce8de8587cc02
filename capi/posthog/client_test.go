package posthog

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/standin"
)

const definitions = `{"flags":[
	{"key":"on","active":true,"filters":{"groups":[{}],"payloads":{"true":"{\"a\":1}"}}},
	{"key":"off","active":false,"filters":{"groups":[{}]}},
	{"key":"paid","active":true,"filters":{"groups":[{"properties":[{"key":"plan","value":"pro","type":"person"}]}],
		"multivariate":{"variants":[{"key":"blue","rollout_percentage":100}]}}},
	{"key":"large","active":true,"filters":{"aggregation_group_type_index":0,
		"groups":[{"properties":[{"key":"size","value":5,"operator":"gt","type":"group","group_type_index":0}]}]}}],
	"group_type_mapping":{"0":"company"}}`

func open(t *testing.T, options Options) *Client {
	t.Helper()
	options.APIKey = "phc_test"
	if options.More == nil {
		options.More = map[string]any{"definitions": "push"}
	}
	c, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Shutdown(context.Background()) })
	if _, err := c.Do(t.Context(), "set_flag_definitions", json.RawMessage(definitions)); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCapture_keepsWhatItWasGiven(t *testing.T) {
	c := open(t, Options{Mode: "memory", SuperProperties: Properties{"app": "shop"}})
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	uuid, err := c.Capture(Event{
		Name: "e\xff", DistinctID: "u", Timestamp: at, UUID: "01890000-0000-7000-8000-000000000000",
		Groups: map[string]string{"company": "acme"},
		Properties: Properties{
			"text": "a\"b", "yes": true, "n": 7, "long": int64(math.MaxInt64), "f": 1.5, "none": nil, "at": at,
			"raw": json.RawMessage(`323.0`), "list": []string{"x"}, "object": map[string]int{"a": 1},
		},
	})
	if err != nil || uuid != "01890000-0000-7000-8000-000000000000" {
		t.Fatalf("got %q, %v", uuid, err)
	}
	events, err := c.Captured()
	if err != nil || len(events) != 1 {
		t.Fatalf("got %d events, %v", len(events), err)
	}
	var event struct {
		Event, Timestamp string
		Properties       map[string]json.RawMessage
	}
	if err := json.Unmarshal(events[0], &event); err != nil {
		t.Fatal(err)
	}
	if event.Event != "e\uFFFD" || event.Timestamp != "2026-01-02T02:04:05.000Z" {
		t.Errorf("got %s", events[0])
	}
	for name, want := range map[string]string{
		"text": `"a\"b"`, "yes": `true`, "n": `7`, "long": `9223372036854775807`, "f": `1.5`, "none": `null`, "raw": `323.0`,
		"at": `"2026-01-02T03:04:05+01:00"`, "list": `["x"]`, "object": `{"a":1}`, "app": `"shop"`,
		"$groups": `{"company":"acme"}`, "$lib": `"libposthog-go"`,
	} {
		if got := string(event.Properties[name]); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestEvents_reachTheirOperations(t *testing.T) {
	c := open(t, Options{Mode: "memory"})
	for name, call := range map[string]func() (string, error){
		"$identify":      func() (string, error) { return c.Identify("u", Properties{"a": 1}, Properties{"b": 2}) },
		"$create_alias":  func() (string, error) { return c.Alias("u", "v") },
		"$groupidentify": func() (string, error) { return c.GroupIdentify("company", "acme", Properties{"size": 7}) },
		"raw":            func() (string, error) { return c.Capture(Event{Name: "raw", Properties: Raw(`{"a":1.0}`)}) },
	} {
		if uuid, err := call(); err != nil || len(uuid) != 36 {
			t.Fatalf("%s: got %q, %v", name, uuid, err)
		}
		events, err := c.Captured()
		if err != nil || !strings.Contains(string(events[len(events)-1]), `"event":"`+name+`"`) {
			t.Errorf("%s: got %s, %v", name, events, err)
		}
	}
}

func TestFlags_haveTheirValues(t *testing.T) {
	c, ctx := open(t, Options{Mode: "memory"}), t.Context()
	user := User{
		DistinctID: "u", PersonProperties: Properties{"plan": "pro"}, Groups: map[string]string{"company": "acme"},
		GroupProperties: map[string]Properties{"company": {"size": 7}},
	}
	want := map[string]string{"on": "true", "off": "false", "paid": "blue", "large": "true"}
	for key, value := range want {
		got, err := c.FeatureFlag(ctx, key, user)
		if err != nil || got.String() != value || !got.Decided() || got.Enabled() != (value != "false") {
			t.Errorf("%s: got %v, %v, want %s", key, got, err, value)
		}
	}
	if got, err := c.FeatureFlag(ctx, "gone", user); err != nil || got.Decided() || got.String() != "undecided" {
		t.Errorf("gone: got %v, %v", got, err)
	}
	record, err := c.FeatureFlagRecord(ctx, "on", user)
	if err != nil || string(record.Payload) != `{"a":1}` || record.Reason != "condition_match" || !record.Local {
		t.Errorf("got %+v, %v", record, err)
	}
	all, err := c.AllFlags(ctx, User{DistinctID: "u", Groups: user.Groups})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for key, value := range all {
		got[key] = value.String()
	}
	if undecidedLeftOut := map[string]string{"on": "true", "off": "false"}; !reflect.DeepEqual(got, undecidedLeftOut) {
		t.Errorf("got %v, want %v", got, undecidedLeftOut)
	}
	// One exposure for each of the four values, whichever way they were asked for.
	if stats, err := c.Stats(); err != nil || stats.Accepted != 4 {
		t.Errorf("got %+v, %v", stats, err)
	}
}

func TestErrors_sayWhatIsWrong(t *testing.T) {
	c := open(t, Options{Mode: "memory"})
	if _, err := Open(Options{Host: "nowhere"}); !IsStatus(err, core.InvalidArgument) || !strings.Contains(err.Error(), "host") {
		t.Errorf("got %v", err)
	}
	_, err := c.Capture(Event{})
	if !IsStatus(err, core.InvalidArgument) || !strings.Contains(err.Error(), "event") {
		t.Errorf("got %v", err)
	}
	if _, err := c.Capture(Event{Name: "e", Properties: Raw(`{"a":`)}); !IsStatus(err, core.InvalidJSON) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Capture(Event{Name: "e", Properties: Properties{"f": math.NaN()}}); err == nil {
		t.Error("NaN is no JSON")
	}
	if _, err := c.FeatureFlag(t.Context(), "", User{DistinctID: "u"}); !IsStatus(err, core.InvalidArgument) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Do(t.Context(), "open", nil); err == nil {
		t.Error("open is no operation of a client")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Flush(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if counts, err := c.Shutdown(ended); err != nil || counts.Pending != 0 {
		t.Errorf("got %+v, %v", counts, err)
	}
	if _, err := c.Capture(Event{Name: "e"}); !IsStatus(err, core.Closed) {
		t.Errorf("got %v", err)
	}
}

func TestContext_endsAWait(t *testing.T) {
	server, err := standin.Start(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	c := open(t, Options{Host: server.URL})
	if _, err := c.Capture(Event{Name: "e", DistinctID: "u"}); err != nil {
		t.Fatal(err)
	}
	if counts, err := c.Flush(t.Context()); err != nil || counts != (Counts{Delivered: 1}) {
		t.Errorf("got %+v, %v", counts, err)
	}
	// Nobody answers there: what waits is ended by its context.
	c = open(t, Options{Host: "http://192.0.2.1:9"})
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Capture(Event{Name: "e", DistinctID: "u"}); err != nil {
		t.Fatal(err)
	}
	if counts, err := c.Flush(soon); err != nil || counts.Pending != 1 {
		t.Errorf("got %+v, %v, want one event pending", counts, err)
	}
	cancelled, stop := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, stop)
	if _, err := c.Flush(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context was cancelled", err)
	}
	if _, err := c.Shutdown(cancelled); err != nil {
		t.Error(err)
	}
}
