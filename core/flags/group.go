package flags

import "github.com/libposthog/libposthog/core/codec"

// groupType is a type of groups: "company", "project".
type groupType struct {
	index int64
	name  string
}

// scope tells whose properties and whose identity a part of a flag is about.
type scope struct {
	kind  scopeKind
	group int32 // ordinal of the group type, for ofGroup
}

type scopeKind uint8

const (
	ofPerson scopeKind = iota
	ofGroup
	ofUnknownGroup
)

// group is what a call says about the group of one type.
type group struct {
	key        codec.Value
	given      bool
	identity   identity
	properties propertySet
}

// group returns what the call says about the group of a type.
func (e *Evaluation) group(ordinal int32) *group {
	if !e.groupsLoaded {
		e.loadGroups()
	}
	return &e.groups[ordinal]
}

func (e *Evaluation) loadGroups() {
	e.groupsLoaded = true
	types := e.definitions.groupTypes
	for len(e.groups) < len(types) {
		e.groups = append(e.groups, group{})
	}
	for i := range types {
		g := &e.groups[i]
		g.key, g.given, g.identity = nil, false, identity{}
		g.properties.reset(nil)
	}
	keys := e.user.Groups.Cursor()
	for name, start, end, ok := keys.Next(); ok; name, start, end, ok = keys.Next() {
		for i := range types {
			if e.sameText(name, types[i].name) {
				e.groups[i].name(e.user.Groups[start:end:end])
			}
		}
	}
	properties := e.user.GroupProperties.Cursor()
	for name, start, end, ok := properties.Next(); ok; name, start, end, ok = properties.Next() {
		for i := range types {
			if e.groups[i].given && e.sameText(name, types[i].name) {
				e.groups[i].properties.reset(e.user.GroupProperties[start:end:end])
			}
		}
	}
}

// name takes the group's key: a string that is not empty, or a number. Whatever else stands there names no group.
func (g *group) name(key codec.Value) {
	g.key, g.identity = key, identityOf(key)
	g.given = !g.identity.empty()
}

// sameText compares a JSON string with a text.
func (e *Evaluation) sameText(quoted codec.Value, text string) bool {
	if raw, plain := quoted.Plain(); plain {
		return string(raw) == text
	}
	decoded, _ := quoted.Text()
	return decoded == text
}

// maxGroupTypes is far beyond what a project can have. A type that is not kept is an unknown one.
const maxGroupTypes = 64

// groupTypes reads the document's mapping of type indexes to names.
func (p *parser) groupTypes(mapping codec.Value) {
	for name, value := range mapping.Members() {
		index, isIndex := indexOf(name)
		text, isText := value.Text()
		if !isIndex || !isText {
			continue
		}
		if ordinal := p.groupOrdinal(index); ordinal != none {
			p.d.groupTypes[ordinal].name = text
			continue
		}
		if len(p.d.groupTypes) < maxGroupTypes {
			p.d.groupTypes = append(p.d.groupTypes, groupType{index: index, name: text})
		}
	}
}

// indexOf reads a group type index as it stands in a member's name.
func indexOf(name string) (index int64, ok bool) {
	if name == "" || len(name) > 9 || len(name) > 1 && name[0] == '0' {
		return 0, false
	}
	for _, b := range []byte(name) {
		if b < '0' || b > '9' {
			return 0, false
		}
		index = index*10 + int64(b-'0')
	}
	return index, true
}

func (p *parser) groupOrdinal(index int64) int {
	for i := range p.d.groupTypes {
		if p.d.groupTypes[i].index == index {
			return i
		}
	}
	return none
}

// scope reads an aggregation: null or absent means persons, an integer a group type.
func (p *parser) scope(v codec.Value) scope {
	if !v.IsSet() {
		return scope{kind: ofPerson}
	}
	if index, ok := v.Int(); ok {
		if ordinal := p.groupOrdinal(index); ordinal != none {
			return scope{kind: ofGroup, group: int32(ordinal)}
		}
	}
	return scope{kind: ofUnknownGroup}
}
