package flags

import (
	"unicode/utf8"

	"github.com/libposthog/libposthog/core/codec"
)

// identity is what a rollout hashes: the distinct id, the device id or a group's key. It is text or raw, whichever
// needs no copy.
type identity struct {
	text string
	raw  []byte
}

func (id identity) len() int { return len(id.text) + len(id.raw) }

func (id identity) empty() bool { return id.len() == 0 }

func (id identity) appendTo(dst []byte) []byte {
	return append(append(dst, id.text...), id.raw...)
}

// distinctID returns the user's distinct id as the service knows it: it cuts ids of more than 200 bytes down to their
// first 200 characters before anything else.
func (e *Evaluation) distinctID() identity {
	return identity{text: cutDistinctID(e.user.DistinctID)}
}

const maxDistinctID = 200

func cutDistinctID(id string) string {
	if len(id) <= maxDistinctID {
		return id
	}
	pos := 0
	for range maxDistinctID {
		_, size := utf8.DecodeRuneInString(id[pos:])
		if pos += size; pos >= len(id) {
			return id
		}
	}
	return id[:pos]
}

// device returns the explicit device id, else the person property that carries it. It is empty where there is none.
func (e *Evaluation) device() identity {
	if e.user.DeviceID != "" {
		return identity{text: e.user.DeviceID}
	}
	if e.deviceID.empty() {
		if v := e.property(&e.person, e.definitions.deviceSlot); v.Kind() == codec.String {
			e.deviceID = identityOf(v)
		}
	}
	return e.deviceID
}

// identityOf takes an id from a JSON string, or from a number: its text.
func identityOf(v codec.Value) identity {
	switch v.Kind() {
	case codec.String:
		if raw, plain := v.Plain(); plain {
			return identity{raw: raw}
		}
		text, _ := v.Text()
		return identity{text: text}
	case codec.Number:
		return identity{raw: appendNumber(nil, v)}
	}
	return identity{}
}

// identify returns what a part of the flag with that scope is rolled out by. The verdict is no where the call names no
// group of the type, and unknown where the identity is.
func (e *Evaluation) identify(f *flag, s scope) (identity, truth) {
	switch {
	case s.kind == ofUnknownGroup:
		return identity{}, unknownGroupType
	case s.kind == ofGroup:
		g := e.group(s.group)
		return g.identity, truthOf(g.given)
	case f.byDevice:
		id := e.device()
		if id.empty() {
			return id, missingDeviceID
		}
		return id, yes
	}
	return e.distinctID(), yes
}
