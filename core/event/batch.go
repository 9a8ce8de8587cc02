package event

import (
	"bytes"

	"github.com/libposthog/libposthog/core/codec"
)

// ToBatch makes a finished event safe for the v0 protocol. There the server refuses a whole batch for one event whose
// $cookieless_mode is no boolean: what is meant for one becomes one, everything else is left out.
func ToBatch(e Event) Event {
	if !e.cookieless {
		return e
	}
	w := codec.NewWriter(len(e.Body))
	uuidAt := 0
	w.BeginObject()
	for key, v := range codec.Value(e.Body).Members() {
		w.Key(key)
		switch key {
		case "properties":
			booleanCookielessMode(v).write(w)
		case "uuid":
			w.Value(v)
			uuidAt = uuidBehind(w)
		default:
			w.Value(v)
		}
	}
	w.EndObject()
	return Event{Lane: e.Lane, Body: w.Bytes(), uuidAt: uuidAt}
}

func booleanCookielessMode(properties codec.Value) *members {
	list := &members{}
	cursor := properties.Cursor()
	for name, start, end, ok := cursor.Next(); ok; name, start, end, ok = cursor.Next() {
		v := properties[start:end:end]
		if bytes.Equal(name, nameCookielessMode) {
			if v = looseBool(v); v == nil {
				continue
			}
		}
		list.put(name, v)
	}
	return list
}
