package flags

import "github.com/libposthog/libposthog/core/codec"

// payload is what a flag carries for one of its values.
type payload struct {
	name  string // payloadOfTrue, a variant, or a holdout
	value codec.Value
}

const payloadOfTrue = "true"

// payload returns the payload of a value, or nil. Flags have few; of several for one value the last counts.
func (f *flag) payload(name string) codec.Value {
	for i := len(f.payloads) - 1; i >= 0; i-- {
		if f.payloads[i].name == name {
			return f.payloads[i].value
		}
	}
	return nil
}

// readPayloads compiles filters.payloads: JSON texts within strings, in old documents the JSON itself. What is no JSON
// is no payload.
func (f *flag) readPayloads(payloads codec.Value) {
	for name, v := range payloads.Members() {
		if text, ok := v.Text(); ok {
			v, _ = codec.Parse([]byte(text))
		}
		if v.IsSet() {
			f.payloads = append(f.payloads, payload{name: name, value: append(codec.Value(nil), v...)})
		} else {
			f.payloads = append(f.payloads, payload{name: name})
		}
	}
}
