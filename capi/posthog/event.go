package posthog

import (
	"encoding/json"
	"time"

	"github.com/libposthog/libposthog/core/codec"
)

// Event is what a program captures.
type Event struct {
	Name string
	// DistinctID is whose event it is; without one it is personless.
	DistinctID string
	// Properties is Properties, Raw or nil.
	Properties object
	// Groups are the groups the event belongs to: {"company": "acme"}.
	Groups map[string]string
	// Timestamp is now by default, UUID a new one.
	Timestamp time.Time
	UUID      string
	// SendFeatureFlags puts on the values of the flags that can be decided locally.
	SendFeatureFlags bool
}

// Capture queues an event and returns its uuid, which is empty where the client is disabled or opted out. No error means
// accepted, not delivered.
func (c *Client) Capture(e Event) (uuid string, err error) {
	return c.event("capture", func(w *codec.Writer) error {
		w.StringMember("event", valid(e.Name))
		if e.DistinctID != "" {
			w.StringMember("distinct_id", valid(e.DistinctID))
		}
		if e.UUID != "" {
			w.StringMember("uuid", valid(e.UUID))
		}
		if !e.Timestamp.IsZero() {
			w.StringMember("timestamp", e.Timestamp.UTC().Format(time.RFC3339Nano))
		}
		if e.SendFeatureFlags {
			w.BoolMember("send_feature_flags", true)
		}
		writeTexts(w, "groups", e.Groups)
		return writeObject(w, "properties", e.Properties)
	})
}

// Identify sets properties of a person; setOnce are those that keep an earlier value. Either may be nil.
func (c *Client) Identify(distinctID string, set, setOnce Properties) (uuid string, err error) {
	return c.event("identify", func(w *codec.Writer) error {
		w.StringMember("distinct_id", valid(distinctID))
		if err := writeObject(w, "set", set); err != nil {
			return err
		}
		return writeObject(w, "set_once", setOnce)
	})
}

// Alias makes alias another id of a person.
func (c *Client) Alias(distinctID, alias string) (uuid string, err error) {
	return c.event("alias", func(w *codec.Writer) error {
		w.StringMember("distinct_id", valid(distinctID))
		w.StringMember("alias", valid(alias))
		return nil
	})
}

// GroupIdentify sets properties of a group.
func (c *Client) GroupIdentify(groupType, groupKey string, properties Properties) (uuid string, err error) {
	return c.event("group_identify", func(w *codec.Writer) error {
		w.StringMember("group_type", valid(groupType))
		w.StringMember("group_key", valid(groupKey))
		return writeObject(w, "properties", properties)
	})
}

// event performs an event operation with the members that write adds to its input.
func (c *Client) event(op string, write func(w *codec.Writer) error) (uuid string, err error) {
	w := codec.NewWriter(512)
	w.BeginObject()
	if err := write(w); err != nil {
		return "", err
	}
	w.EndObject()
	reply, err := c.now(op, w.Bytes())
	if err != nil {
		return "", err
	}
	var accepted struct{ UUID *string }
	if err := json.Unmarshal(reply, &accepted); err != nil || accepted.UUID == nil {
		return "", err
	}
	return *accepted.UUID, nil
}

// writeObject writes a member, or nothing for an empty object.
func writeObject(w *codec.Writer, name string, o object) error {
	if o == nil || o.empty() {
		return nil
	}
	w.Key(name)
	return o.write(w)
}

func writeTexts(w *codec.Writer, name string, texts map[string]string) {
	if len(texts) == 0 {
		return
	}
	w.Key(name)
	w.BeginObject()
	for key, text := range texts {
		w.StringMember(valid(key), valid(text))
	}
	w.EndObject()
}
