package core

import (
	"testing"

	"github.com/libposthog/libposthog/core/codec"
)

func TestParseOptions_refusals(t *testing.T) {
	for in, want := range map[string]string{
		`{"api_key":1}`:                      "INVALID_ARGUMENT: api_key must be a string",
		`{"flush_at":"x"}`:                   "INVALID_ARGUMENT: flush_at must be an integer",
		`{"flush_at":1.5}`:                   "INVALID_ARGUMENT: flush_at must be an integer",
		`{"disable_geoip":1}`:                "INVALID_ARGUMENT: disable_geoip must be a boolean",
		`{"host":"localhost:8000"}`:          "INVALID_ARGUMENT: host must start with https:// or http://",
		`{"host":"http:///x"}`:               "INVALID_ARGUMENT: host must be a URL without query, such as https://eu.i.posthog.com",
		`{"host":"http://a/?x=1"}`:           "INVALID_ARGUMENT: host must be a URL without query, such as https://eu.i.posthog.com",
		`{"mode":"dead"}`:                    "INVALID_ARGUMENT: mode must be one of live, memory, off",
		`{"entropy":"abc"}`:                  "INVALID_ARGUMENT: entropy must be 64 hex digits",
		`{"headers":{"a":"b\r\nc"}}`:         "INVALID_ARGUMENT: headers must be an object of header names and texts",
		`{"headers":{"a b":"c"}}`:            "INVALID_ARGUMENT: headers must be an object of header names and texts",
		`{"super_properties":[]}`:            "INVALID_ARGUMENT: super_properties must be an object",
		`{"evaluation_contexts":["a",null]}`: "INVALID_ARGUMENT: evaluation_contexts must be an array of strings",
	} {
		v, err := codec.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseOptions(v, "0"); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", in, err, want)
		}
	}
}

func TestParseOptions_raisesNumbersToTheLeastSensible(t *testing.T) {
	v, err := codec.Parse([]byte(`{"flush_at":0,"max_retries":-1,"flush_interval_ms":-5,"max_batch_size":0,"feature_flags_polling_interval_ms":1}`))
	if err != nil {
		t.Fatal(err)
	}
	o, err := ParseOptions(v, "0")
	if err != nil {
		t.Fatal(err)
	}
	if o.Limits.FlushAt != 1 || o.Limits.MaxRetries != 0 || o.Limits.FlushIntervalMs != 0 || o.Limits.MaxBatchSize != 1 || o.PollIntervalMs != 100 {
		t.Errorf("got %+v", o)
	}
}

// FuzzOptions opens a client with whatever options parse, and asks it what is next.
func FuzzOptions(f *testing.F) {
	f.Add([]byte(`{"api_key":"k","secret_key":"s","flush_at":1,"capture_mode":"v1","compression":"zstd","encodings":["zstd"]}`))
	f.Add([]byte(`{"api_key":null,"host":"https://eu.posthog.com/","headers":{"X-A":"b"},"entropy":"00"}`))
	f.Add([]byte(`{"mode":"memory","max_queue_size":-1,"max_cache_size":0,"remote_budget_per_minute":1e300}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := codec.Parse(data)
		if err != nil {
			return
		}
		o, err := ParseOptions(in, "0.0.0")
		if err != nil {
			return
		}
		c := Open(o, t0)
		c.Poll(t0)
		if out := c.Poll(t0 + 1); out.Done != nil {
			t.Fatalf("%q: a client without calls has an answer", data)
		}
	})
}
