package flags

import "github.com/libposthog/libposthog/core/codec"

// propertySet finds properties in an object by slot. The object is walked once, when the first property is asked for.
type propertySet struct {
	document codec.Value
	indexed  bool
	members  []extent // by slot
}

// extent says where a member's value stands in the document. It counts only if run is that of the evaluation.
type extent struct {
	run, start, end uint32
}

func (s *propertySet) reset(document codec.Value) {
	s.document, s.indexed = document, false
}

// property returns the property in a slot, or nil if the caller passed none. Of a repeated name the last one counts.
func (e *Evaluation) property(set *propertySet, slot int32) codec.Value {
	if !set.indexed {
		e.indexProperties(set)
	}
	if at := set.members[slot]; at.run == e.run {
		return set.document[at.start:at.end:at.end]
	}
	return nil
}

func (e *Evaluation) indexProperties(set *propertySet) {
	set.indexed = true
	slots := e.definitions.slots
	if missing := len(slots) - len(set.members); missing > 0 {
		set.members = append(set.members, make([]extent, missing)...)
	}
	members := set.document.Cursor()
	for name, start, end, ok := members.Next(); ok; name, start, end, ok = members.Next() {
		var slot int32
		var known bool
		if raw, plain := name.Plain(); plain {
			slot, known = slots[string(raw)]
		} else {
			text, _ := name.Text()
			slot, known = slots[text]
		}
		if known {
			set.members[slot] = extent{run: e.run, start: uint32(start), end: uint32(end)}
		}
	}
}

// slot numbers a property name.
func (p *parser) slot(name string) int32 {
	slot, ok := p.d.slots[name]
	if !ok {
		slot = int32(len(p.d.slots))
		p.d.slots[name] = slot
	}
	return slot
}
