package adapter

import (
	"context"
	"encoding/json"
)

// SDK is a host: it makes clients and acts on them. Actions, what they are given and what they reply:
//
//	init              Init                                               {}
//	capture           {distinct_id, event, properties?, timestamp?}      {uuid?}
//	capture_ai        the same and uuid?                                 {uuid}
//	flush             {}                                                 {}
//	stats             {}                                                 Ledger
//	get_feature_flag  {key, distinct_id, person_properties?, groups?,    {value}
//	                   group_properties?, disable_geoip?}
//	reset             {}: drop everything, send nothing                  {}
//
// Do may be called for several clients at once, and waits as long as the binding does.
type SDK interface {
	Do(ctx context.Context, client, action string, in []byte) ([]byte, error)
	Close() error
}

// Init is what a client is made with. Every member is set.
type Init struct {
	APIKey              string            `json:"api_key"`
	Host                string            `json:"host"`
	FlushAt             int               `json:"flush_at"`
	FlushIntervalMs     int               `json:"flush_interval_ms"`
	MaxRetries          int               `json:"max_retries"`
	CaptureMode         string            `json:"capture_mode"`
	Compression         string            `json:"compression"`
	DisableGeoip        bool              `json:"disable_geoip"`
	HistoricalMigration bool              `json:"historical_migration"`
	Headers             map[string]string `json:"headers"`
}

// Ledger is what /state takes from a binding's own stats.
type Ledger struct {
	Accepted  int64            `json:"accepted"`
	Delivered int64            `json:"delivered"`
	Queued    int64            `json:"queued"`
	InFlight  int64            `json:"in_flight"`
	Dropped   map[string]int64 `json:"dropped"`
}

// operations is an SDK whose actions are libposthog's own operations, JSON in and out.
type operations struct{ SDK }

// Operations turns an SDK whose actions are libposthog's own operations into one with the actions above: hosts without
// a binding's methods, such as C.
func Operations(sdk SDK) SDK { return operations{sdk} }

func (o operations) Do(ctx context.Context, client, action string, in []byte) ([]byte, error) {
	switch action {
	case "init":
		action = "open"
	case "get_feature_flag":
		action = "get_flag"
	case "reset":
		action, in = "shutdown", json.RawMessage(`{"timeout_ms":0}`)
	}
	return o.SDK.Do(ctx, client, action, in)
}
