package core

import (
	"slices"

	"github.com/libposthog/libposthog/core/codec"
)

const (
	sourceOverride = "override"
	reasonOverride = "override"
)

// overrides are flag values fixed by a test: they win over every other answer and are never asked for.
type overrides struct {
	flags, payloads codec.Value
}

// OverrideFlags fixes the values of flags, and of their payloads; absent flags end every override.
func (c *Client) OverrideFlags(nowMs int64, values, payloads codec.Value) Outcome {
	c.advance(nowMs)
	if c.phase != open {
		return closedOutcome()
	}
	var o *overrides
	if values != nil {
		o = &overrides{slices.Clone(values), slices.Clone(payloads)}
	}
	c.change(func(v *View) { v.overrides = o })
	return succeed(nil)
}

// apply lays the overrides over the records; all adds those that the records lack.
func (o *overrides) apply(records []FlagRecord, all bool) []FlagRecord {
	if o == nil {
		return records
	}
	for key, value := range o.flags.Members() {
		at := slices.IndexFunc(records, func(r FlagRecord) bool { return r.Key == key })
		switch {
		case at >= 0:
			records[at] = o.record(key, value)
		case all:
			records = append(records, o.record(key, value))
		}
	}
	return records
}

func (o *overrides) record(key string, value codec.Value) FlagRecord {
	payload := o.payloads.Get(key)
	if !payload.IsSet() {
		payload = nil
	}
	return FlagRecord{Key: key, Value: value, Payload: payload, Reason: reasonOverride, Source: sourceOverride, Local: true}
}
