package delivery

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/tests/delivery/sink"
)

// flagRecord is what the tests look at of a flag record.
type flagRecord struct {
	Value   any
	Source  string
	Request string
	Errors  []string
}

// plan is "pro" turns pro-plan on; there is no flag "elsewhere".
var definitions = object{"flags": []object{{
	"id": 1, "key": "pro-plan", "active": true,
	"filters": object{"groups": []object{{
		"rollout_percentage": 100,
		"properties":         []object{{"key": "plan", "type": "person", "operator": "exact", "value": "pro"}},
	}}},
}}}

// A service that cannot be reached costs local evaluation nothing, and a flag that needs it no more than the time it
// was given: the answer says what became of the request.
func TestFlags_absentServiceIsNamed(t *testing.T) {
	t.Parallel()
	const given, retried, timeout = 50, 2*200*time.Millisecond + 300*time.Millisecond, "timeout"
	for _, f := range []struct {
		name             string
		start            func(*testing.T) target
		request, problem string
	}{
		{"says nothing", absent(sink.Silent), timeout, timeout},
		{"cannot be reached", absent(sink.Unreachable), timeout, timeout},
		{"refuses", refusing, "failed", "connection_error"},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			c := open(t, object{
				"host": f.start(t).url, "definitions": "push", "send_feature_flag_events": false,
				"feature_flags_request_timeout_ms": 200, "feature_flags_request_max_retries": 1,
			})
			c.call("set_flag_definitions", definitions, core.OK, nil)
			pro := object{"plan": "pro"}

			// While others wait for the service, local answers come by the thousand.
			waiting := make(chan flagRecord)
			go func() {
				var r flagRecord
				if _, text := c.try("get_flag", object{"key": "elsewhere", "distinct_id": "u"}); json.Unmarshal(text, &r) != nil {
					t.Errorf("no record: %s", text)
				}
				waiting <- r
			}()
			for range 10_000 {
				var r flagRecord
				c.call("get_flag", object{"key": "pro-plan", "distinct_id": "u", "person_properties": pro, "timeout_ms": 0}, core.OK, &r)
				if r.Value != true || r.Request != "not_needed" {
					t.Fatalf("a local flag: %+v", r)
				}
			}
			start := time.Now()
			r := <-waiting
			if took := time.Since(start); took > retried+lateness {
				t.Errorf("a remote flag took %v more, want %v in all", took, retried)
			}
			if r.Value != nil || r.Request != f.request || !slices.Equal(r.Errors, []string{f.problem}) {
				t.Errorf("a remote flag: %+v, want the request %q and the error %q", r, f.request, f.problem)
			}

			// The time that the caller gives counts, not what the option allows; what is known stays known.
			start = time.Now()
			var s struct {
				Flags  map[string]flagRecord
				Errors []string
			}
			c.call("evaluate_flags", object{
				"distinct_id": "u", "person_properties": pro, "flag_keys": []string{"pro-plan", "elsewhere"}, "timeout_ms": given,
			}, core.OK, &s)
			if took := time.Since(start); took > given*time.Millisecond+lateness {
				t.Errorf("all flags took %v, want %d ms", took, given)
			}
			if local := s.Flags["pro-plan"]; local.Value != true || local.Source != "local" || len(local.Errors) > 0 {
				t.Errorf("the local flag of a snapshot: %+v", local)
			}
			if r := s.Flags["elsewhere"]; r.Value != nil || r.Request != "timeout" && r.Request != f.request || len(r.Errors) != 1 {
				t.Errorf("the remote flag of a snapshot: %+v", r)
			}
		})
	}
}
