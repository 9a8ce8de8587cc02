package event

import "github.com/libposthog/libposthog/core/codec"

// Reread takes back an event that a hook may have changed, and makes it whole again: only the members of an event,
// with a valid uuid. ok is false where the uuid had to be replaced by fallback.
func Reread(changed codec.Value, lane Lane, fallback UUID) (e Event, ok bool, err error) {
	var f codec.Fields
	name := f.Text("event", changed.Get("event"))
	distinctID := DistinctID(f.Text("distinct_id", changed.Get("distinct_id")))
	stamp := f.Text("timestamp", changed.Get("timestamp"))
	uuid := f.Text("uuid", changed.Get("uuid"))
	properties := f.Object("properties", changed.Get("properties"))
	f.Require(name != "", "event", "a non-empty string")
	f.Require(distinctID != "", "distinct_id", "a non-empty string")
	stamp, isTime := ToUTC(stamp)
	f.Require(isTime, "timestamp", "RFC 3339 with a time")
	if f.Err != nil {
		return e, false, f.Err
	}
	id, ok := ParseUUID(uuid)
	if !ok {
		id = fallback
	}
	w := codec.NewWriter(len(changed) + 64)
	w.BeginObject()
	w.StringMember("event", name)
	w.Key("properties")
	list := merged(nil, properties)
	list.write(w)
	w.StringMember("distinct_id", distinctID)
	w.StringMember("timestamp", stamp)
	w.StringMember("uuid", id.String())
	uuidAt := uuidBehind(w)
	w.EndObject()
	return Event{Lane: lane, Body: w.Bytes(), uuidAt: uuidAt, cookieless: list.has(nameCookielessMode)}, ok, nil
}
