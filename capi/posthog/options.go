package posthog

import (
	"encoding/json"
	"time"
)

// Options configure a client. The zero value of a field stands for the library's default, which include/posthog.h lists
// with the meaning of each.
type Options struct {
	// APIKey is the project key. Without one the client is disabled: every call is safe and does nothing.
	APIKey string
	// SecretKey is for flag definitions and remote config.
	SecretKey string
	// Host is https://us.i.posthog.com by default.
	Host string
	// Mode is "live", "memory" to keep events for Captured, or "off".
	Mode string
	// FlushAt events make a batch due, and FlushInterval after its first event one is due in any case.
	FlushAt       int
	FlushInterval time.Duration
	// RequestTimeout bounds one request.
	RequestTimeout time.Duration
	// PollInterval is the time between two fetches of the flag definitions.
	PollInterval time.Duration
	// OnlyEvaluateLocally never asks the service for a flag.
	OnlyEvaluateLocally bool
	// SuperProperties are put on every event, whose own properties win.
	SuperProperties Properties
	// More are further options by their names in include/posthog.h: {"max_queue_size": 1000}. They win over the fields.
	More map[string]any
}

// json writes the input of open.
func (o *Options) json() ([]byte, error) {
	options := map[string]any{"api_key": o.APIKey, "lib": "libposthog-go"}
	texts := map[string]string{"secret_key": o.SecretKey, "host": o.Host, "mode": o.Mode}
	for name, text := range texts {
		if text != "" {
			options[name] = text
		}
	}
	durations := map[string]time.Duration{
		"flush_interval_ms": o.FlushInterval, "request_timeout_ms": o.RequestTimeout,
		"feature_flags_polling_interval_ms": o.PollInterval,
	}
	for name, duration := range durations {
		if duration != 0 {
			options[name] = duration.Milliseconds()
		}
	}
	if o.FlushAt != 0 {
		options["flush_at"] = o.FlushAt
	}
	if o.OnlyEvaluateLocally {
		options["only_evaluate_locally"] = true
	}
	if o.SuperProperties != nil {
		options["super_properties"] = o.SuperProperties
	}
	for name, value := range o.More {
		options[name] = value
	}
	return json.Marshal(options)
}
