package posthog

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
)

// User is whom flags are evaluated for.
type User struct {
	DistinctID string
	DeviceID   string
	// Groups are the groups the user acts for: {"company": "acme"}.
	Groups map[string]string
	// PersonProperties is Properties, Raw or nil, and so are the GroupProperties of each group type.
	PersonProperties object
	GroupProperties  map[string]Properties
	// OnlyEvaluateLocally never asks the service; NoExposure records no $feature_flag_called.
	OnlyEvaluateLocally bool
	NoExposure          bool
}

// Value is a flag's value. The zero Value is that of a flag that cannot be decided.
type Value struct {
	decided bool
	on      bool
	variant string
}

// Decided reports whether the flag could be decided at all.
func (v Value) Decided() bool { return v.decided }

// Enabled reports whether the flag is on: true, or any variant.
func (v Value) Enabled() bool { return v.on }

// Variant is the name of the variant, or empty where the flag has none.
func (v Value) Variant() string { return v.variant }

// String is the variant, "true", "false", or "undecided".
func (v Value) String() string {
	switch {
	case v.variant != "":
		return v.variant
	case v.on:
		return "true"
	case v.decided:
		return "false"
	}
	return "undecided"
}

// UnmarshalJSON reads a value as flag records hold it.
func (v *Value) UnmarshalJSON(text []byte) error {
	value, err := codec.Parse(text)
	if err == nil {
		*v = readValue(value)
	}
	return err
}

func readValue(value codec.Value) Value {
	if on, ok := value.Bool(); ok {
		return Value{decided: true, on: on}
	}
	variant, ok := value.Text()
	return Value{decided: ok, on: ok, variant: variant}
}

// FeatureFlag is the value of one flag for a user: decided locally where the definitions allow, which takes no memory and
// no time to speak of, else by one request. $feature_flag_called is recorded once for each user, flag and value.
func (c *Client) FeatureFlag(ctx context.Context, key string, user User) (Value, error) {
	in, err := user.json("")
	if err != nil {
		return Value{}, err
	}
	if status, value := c.caller.FlagValue(key, user.DistinctID, in, longestValue); status == core.OK {
		return readValue(value), nil
	}
	record, err := c.FeatureFlagRecord(ctx, key, user)
	return record.Value, err
}

// longestValue is far more than a variant's name takes.
const longestValue = 1 << 20

// Record is all there is to say about one flag.
type Record struct {
	Key     string          `json:"key"`
	Value   Value           `json:"value"`
	Payload json.RawMessage `json:"payload"`
	Reason  string          `json:"reason"`
	Local   bool            `json:"locally_evaluated"`
	// Request says why the service was asked, or why not.
	Request string   `json:"request"`
	Errors  []string `json:"errors"`
}

// FeatureFlagRecord is FeatureFlag with payload and reason.
func (c *Client) FeatureFlagRecord(ctx context.Context, key string, user User) (record Record, err error) {
	in, err := user.json(key)
	if err == nil {
		err = c.ask(ctx, "get_flag", in, &record)
	}
	return record, err
}

// AllFlags are all flags for a user, by at most one request, those that cannot be decided left out. Nothing is recorded.
func (c *Client) AllFlags(ctx context.Context, user User) (map[string]Value, error) {
	in, err := user.json("")
	if err != nil {
		return nil, err
	}
	w := codec.NewWriter(len(in) + 64)
	w.BeginObject()
	w.Members(codec.Value(in).Inside())
	w.Key("fields")
	w.Texts([]string{"value"})
	w.EndObject()
	var snapshot struct{ Flags map[string]Value }
	err = c.ask(ctx, "evaluate_flags", w.Bytes(), &snapshot)
	for key, value := range snapshot.Flags {
		if !value.Decided() {
			delete(snapshot.Flags, key)
		}
	}
	return snapshot.Flags, err
}

// ask performs a flag operation: at once if that can be, else for as long as the context lets it.
func (c *Client) ask(ctx context.Context, op string, in []byte, into any) error {
	w := codec.NewWriter(len(in) + 32)
	w.BeginObject()
	w.Members(codec.Value(in).Inside())
	w.IntMember("timeout_ms", 0)
	w.EndObject()
	reply := c.caller.Call(ops.Lookup(op), w.Bytes())
	text, err := json.RawMessage(nil), error(nil)
	if reply.Status == core.WouldWait {
		text, err = c.wait(ctx, op, in)
	} else {
		text, err = answer(reply)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// json writes the members of a flag operation's input; key may be empty.
func (u *User) json(key string) ([]byte, error) {
	w := codec.NewWriter(256)
	w.BeginObject()
	if key != "" {
		w.StringMember("key", valid(key))
	}
	w.StringMember("distinct_id", valid(u.DistinctID))
	if u.DeviceID != "" {
		w.StringMember("device_id", valid(u.DeviceID))
	}
	if u.OnlyEvaluateLocally {
		w.BoolMember("only_evaluate_locally", true)
	}
	if u.NoExposure {
		w.BoolMember("send_feature_flag_events", false)
	}
	writeTexts(w, "groups", u.Groups)
	if err := writeObject(w, "person_properties", u.PersonProperties); err != nil {
		return nil, err
	}
	if len(u.GroupProperties) > 0 {
		w.Key("group_properties")
		w.BeginObject()
		for name, properties := range u.GroupProperties {
			w.Key(valid(name))
			if err := properties.write(w); err != nil {
				return nil, err
			}
		}
		w.EndObject()
	}
	w.EndObject()
	return w.Bytes(), nil
}

// IsStatus reports whether an error is a failed operation of that status.
func IsStatus(err error, status core.Status) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.Status == status
}
