package event

import (
	"sort"

	"github.com/libposthog/libposthog/core/codec"
)

// MaxBytes is the largest event each lane takes, encoded. Larger ones are refused when they are captured.
func (l Lane) MaxBytes() int {
	if l == AI {
		return 8 << 20
	}
	return 900 << 10
}

// Settings are the client's part in every event. They do not change once they are in use.
type Settings struct {
	Lib          string
	LibVersion   string
	IsServer     bool
	DisableGeoIP bool
	// SuperProperties is an object or absent; the caller's own properties win over it.
	SuperProperties codec.Value
}

// Draft is an event that only lacks its distinct id (when personless), timestamp and uuid.
type Draft struct {
	Lane       Lane
	DistinctID string
	UUID       string
	// Stamp is the caller's timestamp in UTC, or empty for "now".
	Stamp string
	// Warnings name what was replaced: bad_timestamp, bad_uuid.
	Warnings []string

	body *codec.Writer
}

// Event is one event in its final bytes.
type Event struct {
	Lane Lane
	UUID string
	// Body is the event as an item of a batch.
	Body []byte
}

// Encode merges and writes the properties of m. From weakest to strongest: super properties, the caller's, flags
// (which never replace an explicit $feature/<key>), $groups, and the library's own.
func Encode(m *Message, s *Settings) *Draft {
	d := &Draft{Lane: m.Lane, DistinctID: m.DistinctID}
	d.stamp(m.Timestamp)
	d.identify(m.UUID)

	list := merged(merged(nil, s.SuperProperties), m.Properties)
	putFlags(list, m.Flags)
	if groups := groupTexts(m.Groups); groups != nil {
		list.put(nameGroups, groups)
	}
	list.put(nameLib, codec.Quote(s.Lib))
	list.put(nameLibVersion, codec.Quote(s.LibVersion))
	if s.IsServer {
		list.put(nameIsServer, valueTrue)
	}
	if m.disablesGeoIP(s) {
		list.put(nameGeoIPDisable, valueTrue)
	}
	if m.DistinctID == "" && !list.has(nameProcessPersonProfile) {
		list.put(nameProcessPersonProfile, valueFalse)
	}

	d.body = codec.NewWriter(len(m.Properties) + len(s.SuperProperties) + 320)
	d.body.BeginObject()
	d.body.StringMember("event", m.Event)
	d.body.Key("properties")
	list.write(d.body)
	return d
}

func (m *Message) disablesGeoIP(s *Settings) bool {
	if m.GeoIPSet {
		return m.DisableGeoIP
	}
	return s.DisableGeoIP
}

func (d *Draft) stamp(text string) {
	if text == "" {
		return
	}
	stamp, ok := ToUTC(text)
	if !ok {
		d.Warnings = append(d.Warnings, "bad_timestamp")
	}
	d.Stamp = stamp
}

func (d *Draft) identify(uuid string) {
	switch {
	case uuid == "":
	case ValidUUID(uuid):
		d.UUID = uuid
	default:
		d.Warnings = append(d.Warnings, "bad_uuid")
	}
}

// Finish writes the rest of the event. newUUID is asked for the event's uuid, unless the caller gave one, and for
// the distinct id of a personless event.
func (d *Draft) Finish(nowMs int64, newUUID func() string) Event {
	if d.UUID == "" {
		d.UUID = newUUID()
	}
	if d.DistinctID == "" {
		d.DistinctID = newUUID()
	}
	if d.Stamp == "" {
		d.Stamp = FormatTime(nowMs)
	}
	d.body.StringMember("distinct_id", d.DistinctID)
	d.body.StringMember("timestamp", d.Stamp)
	d.body.StringMember("uuid", d.UUID)
	d.body.EndObject()
	return Event{Lane: d.Lane, UUID: d.UUID, Body: d.body.Bytes()}
}

// putFlags adds $feature/<key> for every flag and $active_feature_flags, the sorted keys of those that are not
// false.
func putFlags(list *members, flags codec.Value) {
	var active []string
	for key, value := range flags.Members() {
		if on, isBool := value.Bool(); value.IsSet() && (!isBool || on) {
			active = append(active, key)
		}
		if name := codec.Quote("$feature/" + key); !list.has(name) {
			list.put(name, value)
		}
	}
	if len(active) == 0 || list.has(nameActiveFeatureFlags) {
		return
	}
	sort.Strings(active)
	w := codec.NewWriter(64)
	w.Texts(active)
	list.put(nameActiveFeatureFlags, w.Bytes())
}

// groupTexts returns groups with number keys as strings, or nil when there are none.
func groupTexts(groups codec.Value) codec.Value {
	list := members{}
	for name, key := range groups.Members() {
		if key.Kind() == codec.Number {
			key = codec.Quote(string(key))
		}
		list.put(codec.Quote(name), key)
	}
	if len(list.list) == 0 {
		return nil
	}
	return list.object()
}
