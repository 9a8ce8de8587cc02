package event

import (
	"bytes"
	"slices"
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
	// lib and libVersion are Lib and LibVersion as JSON, own the members that all events get.
	lib, libVersion codec.Value
	own             []byte
}

// Ready returns the settings with what every event needs of them made once.
func (s Settings) Ready() Settings {
	s.lib, s.libVersion = codec.Quote(s.Lib), codec.Quote(s.LibVersion)
	list := members{}
	s.put(&list)
	s.own = list.object().Inside()
	return s
}

// Draft is an event that only lacks its distinct id (when personless), timestamp and uuid.
type Draft struct {
	Lane Lane
	// DistinctID is JSON, or absent.
	DistinctID codec.Value
	UUID       UUID
	// Stamp is the caller's timestamp in UTC, or empty for AtMs, which is "now" where it is 0.
	Stamp string
	AtMs  int64
	// Warnings name what was replaced: bad_timestamp, bad_uuid.
	Warnings []string

	cookieless bool
	body       codec.Writer
}

// Event is one event in its final bytes.
type Event struct {
	// Body is the event as an item of a batch. It is in the memory of the draft: whoever keeps the event copies it.
	Body []byte
	Lane Lane

	// cookieless says that the event has a $cookieless_mode.
	cookieless bool
	// uuidAt is where in Body the uuid stands.
	uuidAt int
}

// UUID returns the event's uuid, as it stands in its body.
func (e *Event) UUID() *UUID { return (*UUID)(e.Body[e.uuidAt:]) }

// In returns the event with its body copied to another place.
func (e Event) In(body []byte) Event {
	e.Body = body
	return e
}

// Clone returns the event in memory of its own.
func (e Event) Clone() Event { return e.In(bytes.Clone(e.Body)) }

// Encode merges and writes the properties of m. From weakest to strongest: super properties, the caller's, flags
// (which never replace an explicit $feature/<key>), $groups, and the library's own.
func Encode(m *Message, s *Settings) *Draft {
	d := &Draft{}
	d.Encode(m, s)
	return d
}

// Encode is Encode for a draft that is part of something else. s must be Ready. A draft that was forgotten can be used
// again and then keeps its memory.
func (d *Draft) Encode(m *Message, s *Settings) {
	d.Lane, d.DistinctID = m.Lane, m.DistinctID
	d.stamp(m.Timestamp)
	d.identify(m.UUID)

	if m.isPlain(s) {
		d.begin(m, len(m.Properties)+len(s.own))
		d.body.Members(m.Properties.Inside())
		d.body.Members(s.own)
		if m.disablesGeoIP(s) {
			d.body.QuotedMember(nameGeoIPDisable, valueTrue)
		}
	} else {
		list := members{}
		m.merge(&list, s)
		d.cookieless = list.has(nameCookielessMode)
		d.begin(m, list.bytes())
		list.writeMembers(&d.body)
	}
	d.body.EndObject()
}

// begin writes the event up to its properties, which take so many bytes.
func (d *Draft) begin(m *Message, propertyBytes int) {
	d.body.Prepare(propertyBytes + len(m.Event) + len(m.DistinctID) + len(m.Timestamp) + ownBytes)
	d.body.BeginObject()
	d.body.QuotedMember(nameEvent, m.Event)
	d.body.QuotedKey(nameProperties)
	d.body.BeginObject()
}

// isPlain reports whether the properties can be sent as they stand, with the library's own behind them: they belong to
// somebody, nothing else has a say, no name is escaped or repeated, and none begins with the $ of those that mean
// something to the library.
func (m *Message) isPlain(s *Settings) bool {
	if m.DistinctID == nil || m.Properties == nil || m.Flags != nil || m.Groups != nil || s.SuperProperties != nil {
		return false
	}
	var prints [searchable]uint64
	count := 0
	cursor := m.Properties.Cursor()
	for name, _, _, ok := cursor.Next(); ok; name, _, _, ok = cursor.Next() {
		if _, plain := name.Plain(); !plain || name[1] == '$' || count == len(prints) {
			return false
		}
		print := fingerprint(name)
		if slices.Contains(prints[:count], print) {
			return false
		}
		prints[count] = print
		count++
	}
	return true
}

// merge puts all properties of the event into list.
func (m *Message) merge(list *members, s *Settings) {
	list.putAll(s.SuperProperties)
	list.putAll(m.Properties)
	putFlags(list, m.Flags)
	if groups := groupTexts(m.Groups); groups != nil {
		list.put(nameGroups, groups)
	}
	s.put(list)
	if m.disablesGeoIP(s) {
		list.put(nameGeoIPDisable, valueTrue)
	}
	if m.DistinctID == nil && !list.has(nameProcessPersonProfile) {
		list.put(nameProcessPersonProfile, valueFalse)
	}
}

// put adds what the library says about itself.
func (s *Settings) put(list *members) {
	list.put(nameLib, s.lib)
	list.put(nameLibVersion, s.libVersion)
	if s.IsServer {
		list.put(nameIsServer, valueTrue)
	}
}

// ownBytes is room for what an event has besides its properties and the caller's texts: names, punctuation, a
// timestamp, a uuid, and another in place of a distinct id.
const ownBytes = 180

// Overhead is what an event has at most besides its input, in bytes.
func (s *Settings) Overhead() int {
	return ownBytes + len(s.own) + len(s.SuperProperties) + len(nameGeoIPDisable) + len(nameProcessPersonProfile) + 16
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
	if uuid == "" {
		return
	}
	var ok bool
	if d.UUID, ok = ParseUUID(uuid); !ok {
		d.Warnings = append(d.Warnings, "bad_uuid")
	}
}

// Forget lets go of the event, and keeps the memory.
func (d *Draft) Forget() { *d = Draft{body: d.body} }

// Room returns how many bytes the draft has memory for.
func (d *Draft) Room() int { return d.body.Room() }

// Finish writes the rest of the event. newUUID is asked for the event's uuid, unless the caller gave one, and for
// the distinct id of a personless event.
func (d *Draft) Finish(nowMs int64, newUUID func() UUID) Event {
	if d.UUID == (UUID{}) {
		d.UUID = newUUID()
	}
	if d.AtMs == 0 {
		d.AtMs = nowMs
	}
	var room [48]byte
	if d.DistinctID == nil {
		id := newUUID()
		d.body.QuotedMember(nameDistinctID, id.AppendQuoted(room[:0]))
	} else {
		d.body.QuotedMember(nameDistinctID, d.DistinctID)
	}
	if d.Stamp == "" {
		d.body.QuotedMember(nameTimestamp, append(appendTime(append(room[:0], '"'), d.AtMs), '"'))
	} else {
		d.body.StringMember("timestamp", d.Stamp)
	}
	d.body.QuotedMember(nameUUID, d.UUID.AppendQuoted(room[:0]))
	uuidAt := uuidBehind(&d.body)
	d.body.EndObject()
	return Event{Lane: d.Lane, Body: d.body.Bytes(), uuidAt: uuidAt, cookieless: d.cookieless}
}

// uuidBehind returns where the uuid stands that was just written.
func uuidBehind(w *codec.Writer) int { return w.Len() - len(UUID{}) - len(`"`) }

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
	if list.count == 0 {
		return nil
	}
	return list.object()
}
