package event

import "github.com/libposthog/libposthog/core/codec"

// personUpdate gathers person properties from the places callers may put them.
type personUpdate struct {
	set, setOnce *members
	unset        codec.Value
	// rest are ordinary event properties.
	rest *members
}

// split takes identify's properties apart: $set, $set_once and $unset by name, $anon_distinct_id as an event
// property, everything else as a person property. Explicit set and set_once win over it.
func (p *personUpdate) split(properties codec.Value) {
	given, givenOnce := p.set, p.setOnce
	p.set, p.setOnce, p.rest = &members{}, &members{}, &members{}
	for name, value := range properties.Members() {
		switch name {
		case "$set":
			p.set.putAll(value)
		case "$set_once":
			p.setOnce.putAll(value)
		case "$anon_distinct_id", "$unset":
			p.rest.put(codec.Quote(name), value)
		default:
			p.set.put(codec.Quote(name), value)
		}
	}
	p.set.putOver(given)
	p.setOnce.putOver(givenOnce)
}

func (m *members) putOver(other *members) {
	if other == nil {
		return
	}
	for i := range other.count {
		m.put(other.at(i).name, other.at(i).value)
	}
}

func (p *personUpdate) empty() bool {
	return p.set == nil && p.setOnce == nil && p.unset == nil
}

// properties returns the event properties that carry the update. With always, $set and $set_once are there even
// when they are empty, as identify sends them.
func (p *personUpdate) properties(always bool) codec.Value {
	if p.rest == nil {
		p.rest = &members{}
	}
	p.put(nameSet, p.set, always)
	p.put(nameSetOnce, p.setOnce, always)
	if p.unset != nil {
		p.rest.put(nameUnset, p.unset)
	}
	return p.rest.object()
}

func (p *personUpdate) put(name codec.Value, update *members, always bool) {
	if update == nil {
		update = &members{}
	}
	if always || update.count > 0 {
		p.rest.put(name, update.object())
	}
}
