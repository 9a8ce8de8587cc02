package posthog

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/libposthog/libposthog/core/codec"
)

// Properties are those of an event, a person or a group. Strings, booleans, integers, times and json.RawMessage are
// written without reflection; every other value as encoding/json does it. Who has the JSON already passes it as
// json.RawMessage under one name, or all of it as Raw.
type Properties map[string]any

// Raw is a JSON object to be used as properties as it stands.
type Raw json.RawMessage

// object is what properties can be given as.
type object interface {
	// write writes the object. It must not be empty.
	write(w *codec.Writer) error
	empty() bool
}

func (p Properties) empty() bool { return len(p) == 0 }
func (r Raw) empty() bool        { return len(r) == 0 }

// write leaves the check to the operation the object is input for, which checks it whole.
func (r Raw) write(w *codec.Writer) error {
	w.Value(codec.Value(r))
	return nil
}

func (p Properties) write(w *codec.Writer) error {
	w.BeginObject()
	for name, value := range p {
		w.Key(valid(name))
		if err := writeAny(w, value); err != nil {
			return err
		}
	}
	w.EndObject()
	return nil
}

func writeAny(w *codec.Writer, value any) error {
	switch v := value.(type) {
	case nil:
		w.Null()
	case string:
		w.String(valid(v))
	case bool:
		w.Bool(v)
	case int:
		w.Int(int64(v))
	case int64:
		w.Int(v)
	case time.Time:
		w.String(v.Format(time.RFC3339Nano))
	case json.RawMessage:
		w.Value(codec.Value(v))
	case Raw:
		w.Value(codec.Value(v))
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		w.Value(text)
	}
	return nil
}

// valid replaces what is no UTF-8, as encoding/json does.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
