package event

import (
	"strings"

	"github.com/libposthog/libposthog/core/codec"
)

// lifted are the properties that the v1 protocol carries as options, by their names there. One with a value of the
// wrong type is left out: it would make the server refuse the whole batch.
var lifted = map[string]struct {
	option string
	read   func(codec.Value) codec.Value
}{
	"$cookieless_mode":        {"cookieless_mode", looseBool},
	"$ignore_sent_at":         {"disable_skew_correction", looseBool},
	"$process_person_profile": {"process_person_profile", looseBool},
	"$product_tour_id":        {"product_tour_id", onlyText},
}

// ToAnalytics rewrites a finished event for the v1 protocol: options, session and window are members of their own, the
// library is named in a header.
func ToAnalytics(e Event) Event {
	whole := codec.Value(e.Body)
	name, _ := whole.Get("event").Text()
	options, properties := members{}, members{}
	var session, window codec.Value
	for key, v := range whole.Get("properties").Members() {
		lift, isOption := lifted[key]
		switch {
		case isOption:
			if option := lift.read(v); option != nil {
				options.put(codec.Quote(lift.option), option)
			}
		case key == "$session_id":
			session = onlyText(v)
		case key == "$window_id":
			window = onlyText(v)
		case key == "$lib", key == "$lib_version":
		case key == "distinct_id" && name == "$create_alias":
		default:
			properties.put(codec.Quote(key), v)
		}
	}
	w := codec.NewWriter(len(e.Body) + 64)
	w.BeginObject()
	w.ValueMember("event", whole.Get("event"))
	w.ValueMember("uuid", whole.Get("uuid"))
	uuidAt := uuidBehind(w)
	w.ValueMember("distinct_id", whole.Get("distinct_id"))
	w.ValueMember("timestamp", whole.Get("timestamp"))
	if session != nil {
		w.ValueMember("session_id", session)
	}
	if window != nil {
		w.ValueMember("window_id", window)
	}
	w.Key("options")
	options.write(w)
	w.Key("properties")
	properties.write(w)
	w.EndObject()
	return Event{Lane: e.Lane, Body: w.Bytes(), uuidAt: uuidAt}
}

func onlyText(v codec.Value) codec.Value {
	if v.Kind() != codec.String {
		return nil
	}
	return v
}

// looseBool reads what callers mean by a boolean, or returns nil.
func looseBool(v codec.Value) codec.Value {
	truth := func(b bool) codec.Value {
		if b {
			return codec.Value("true")
		}
		return codec.Value("false")
	}
	switch v.Kind() {
	case codec.Bool:
		return v
	case codec.Number:
		f, _ := v.Float()
		return truth(f != 0)
	case codec.String:
		text, _ := v.Text()
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "true", "1":
			return truth(true)
		case "false", "0":
			return truth(false)
		}
	}
	return nil
}
