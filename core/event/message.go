package event

import (
	"bytes"
	"strings"

	"github.com/libposthog/libposthog/core/codec"
)

// Lane is the queue an event travels in.
type Lane uint8

// AI traffic has a lane and an endpoint of its own, so that large traces never delay analytics.
const (
	Analytics Lane = iota
	AI
)

// String returns the lane's name in JSON.
func (l Lane) String() string {
	if l == AI {
		return "ai"
	}
	return "analytics"
}

// Message is one event as its caller described it. Values share the input's memory.
type Message struct {
	// Event and DistinctID are strings, or absent.
	Event      codec.Value
	DistinctID codec.Value
	// Properties and Groups are objects or absent.
	Properties codec.Value
	Groups     codec.Value
	// Flags are values to put on the event as $feature/<key>: an object or absent. Where they are absent,
	// SendFeatureFlags asks for those that can be evaluated locally, as FlagOptions say.
	Flags            codec.Value
	SendFeatureFlags bool
	FlagOptions      codec.Value
	Timestamp        string
	UUID             string
	// DisableGeoIP overrides the client's option where GeoIPSet.
	DisableGeoIP bool
	GeoIPSet     bool
	Lane         Lane
	// Immediate asks for a request of its own, to be waited for during TimeoutMs; negative means the client's default.
	Immediate bool
	TimeoutMs int64

	// read has the first complaint while the input is read.
	read codec.Fields
}

// Read reads the input of an event operation into a message that is empty.
type Read func(in codec.Value, m *Message) error

// fields reads the members that all event operations share; other gets the rest.
func (m *Message) fields(in codec.Value, other func(f *codec.Fields, name []byte, v codec.Value)) error {
	f := &m.read
	m.TimeoutMs = -1
	cursor := in.Cursor()
	for name, start, end, ok := cursor.Next(); ok; name, start, end, ok = cursor.Next() {
		v := in[start:end:end]
		switch string(name.Unquote()) {
		case "immediate":
			m.Immediate = f.Bool("immediate", v, false)
		case "timeout_ms":
			m.TimeoutMs = f.Int("timeout_ms", v, -1)
			f.Require(m.TimeoutMs >= 0 || !v.IsSet(), "timeout_ms", "0 or more")
		case "distinct_id":
			m.DistinctID = quotedDistinctID(f.Quoted("distinct_id", v))
		case "timestamp":
			m.Timestamp = f.Text("timestamp", v)
		case "uuid":
			m.UUID = f.Text("uuid", v)
		case "properties":
			m.Properties = f.Object("properties", v)
		case "groups":
			m.Groups = f.Object("groups", v)
		case "disable_geoip":
			m.GeoIPSet = v.IsSet()
			m.DisableGeoIP = f.Bool("disable_geoip", v, false)
		default:
			other(f, name.Unquote(), v)
		}
	}
	return f.Err
}

// DistinctID returns a distinct id, or nothing for one of white space only: the server takes that for none, and refuses
// the whole batch that it is in.
func DistinctID(distinctID string) string {
	if strings.TrimSpace(distinctID) == "" {
		return ""
	}
	return distinctID
}

// quotedDistinctID is DistinctID for a string that is JSON. It returns it in the one form that codec.Quote gives.
func quotedDistinctID(v codec.Value) codec.Value {
	if v == nil || len(bytes.TrimSpace(v.Unquote())) == 0 {
		return nil
	}
	return canonical(v)
}

// Capture reads the input of capture.
func Capture(in codec.Value, m *Message) error {
	err := m.fields(in, func(f *codec.Fields, name []byte, v codec.Value) {
		switch string(name) {
		case "event":
			m.Event = canonical(f.Quoted("event", v))
		case "flags":
			m.Flags = f.Object("flags", v)
		case "send_feature_flags":
			m.sendFeatureFlags(f, v)
		}
	})
	if err == nil && len(m.Event) <= len(`""`) {
		err = &codec.FieldError{Name: "event", Want: "a non-empty string"}
	}
	return err
}

// Parts are the members of an ordinary input of capture, each of its kind, cut out of what [codec.Check] would accept; what
// is absent is nil. The event is not empty.
type Parts struct {
	Event, DistinctID, Properties, Groups, DisableGeoIP codec.Value
}

// Read is [Capture] for an input that was taken apart already.
func (p *Parts) Read(m *Message) {
	m.Event, m.DistinctID = canonical(p.Event), quotedDistinctID(p.DistinctID)
	m.Properties, m.Groups = p.Properties, p.Groups
	m.DisableGeoIP, m.GeoIPSet = p.DisableGeoIP.Bool()
	m.TimeoutMs = -1
}

// sendFeatureFlags reads true, false, or an object of evaluation options, which means true.
func (m *Message) sendFeatureFlags(f *codec.Fields, v codec.Value) {
	if v.Kind() == codec.Object {
		m.SendFeatureFlags, m.FlagOptions = true, v
		return
	}
	m.SendFeatureFlags = f.Bool("send_feature_flags", v, false)
}

// CaptureAI reads the input of capture_ai: an event on the AI lane.
func CaptureAI(in codec.Value, m *Message) error {
	m.Lane = AI
	return Capture(in, m)
}

// Identify reads the input of identify: person properties under set (or properties, as the SDKs name them) and
// set_once. $set and $set_once given inside properties are person properties too.
func Identify(in codec.Value, m *Message) error {
	m.Event = eventIdentify
	person := personUpdate{}
	if err := m.person(in, &person); err != nil {
		return err
	}
	person.split(m.Properties)
	m.Properties = person.properties(true)
	return nil
}

// Set reads the input of set: person properties to set, to set once and to unset.
func Set(in codec.Value, m *Message) error {
	m.Event = eventSet
	person := personUpdate{}
	if err := m.person(in, &person); err != nil {
		return err
	}
	if person.empty() {
		return &codec.FieldError{Name: "set, set_once or unset", Want: "given"}
	}
	person.rest = merged(nil, m.Properties)
	m.Properties = person.properties(false)
	return nil
}

func (m *Message) person(in codec.Value, person *personUpdate) error {
	err := m.fields(in, func(f *codec.Fields, name []byte, v codec.Value) {
		if !v.IsSet() {
			return
		}
		switch string(name) {
		case "set":
			person.set = merged(person.set, f.Object("set", v))
		case "set_once":
			person.setOnce = merged(person.setOnce, f.Object("set_once", v))
		case "unset":
			f.Texts("unset", v)
			person.unset = f.Array("unset", v)
		}
	})
	if err == nil && m.DistinctID == nil {
		err = &codec.FieldError{Name: "distinct_id", Want: "a non-empty string"}
	}
	return err
}

// Alias reads the input of alias: alias becomes another id of the person distinct_id.
func Alias(in codec.Value, m *Message) error {
	m.Event = eventCreateAlias
	alias := ""
	err := m.fields(in, func(f *codec.Fields, name []byte, v codec.Value) {
		if string(name) == "alias" {
			alias = f.Text("alias", v)
		}
	})
	switch {
	case err != nil:
	case m.DistinctID == nil:
		err = &codec.FieldError{Name: "distinct_id", Want: "a non-empty string"}
	case alias == "":
		err = &codec.FieldError{Name: "alias", Want: "a non-empty string"}
	default:
		list := merged(nil, m.Properties)
		list.put(nameDistinctID, m.DistinctID)
		list.put(nameAlias, codec.Quote(alias))
		m.Properties = list.object()
	}
	return err
}

// GroupIdentify reads the input of group_identify. Without a distinct_id the event gets $<group_type>_<group_key>.
func GroupIdentify(in codec.Value, m *Message) error {
	m.Event = eventGroupIdentify
	groupType, groupKey := "", ""
	err := m.fields(in, func(f *codec.Fields, name []byte, v codec.Value) {
		switch string(name) {
		case "group_type":
			groupType = f.Text("group_type", v)
		case "group_key":
			groupKey = groupKeyText(f, v)
		}
	})
	switch {
	case err != nil:
		return err
	case groupType == "":
		return &codec.FieldError{Name: "group_type", Want: "a non-empty string"}
	case groupKey == "":
		return &codec.FieldError{Name: "group_key", Want: "a non-empty string or a number"}
	}
	if m.DistinctID == nil {
		m.DistinctID = codec.Quote("$" + groupType + "_" + groupKey)
	}
	list := members{}
	list.put(nameGroupType, codec.Quote(groupType))
	list.put(nameGroupKey, codec.Quote(groupKey))
	list.put(nameGroupSet, merged(nil, m.Properties).object())
	m.Properties = list.object()
	return nil
}

func groupKeyText(f *codec.Fields, v codec.Value) string {
	if v.Kind() == codec.Number {
		return string(v)
	}
	return f.Text("group_key", v)
}
