package event

import (
	"bytes"
	"slices"

	"github.com/libposthog/libposthog/core/codec"
)

// members is an object under construction: in order, each name once, the last value of a name winning.
type members struct {
	list []member
	// index finds names once the list is too long to search.
	index map[string]int
}

// member has its name quoted, in the one form that Quote gives: so names compare by their bytes, and most need no
// decoding.
type member struct {
	name, value codec.Value
}

const (
	// usual is room for the properties of an ordinary event.
	usual = 20
	// searchable is the length up to which a linear search beats a map.
	searchable = 24
)

func (m *members) find(name codec.Value) (at int, found bool) {
	if m.index != nil {
		at, found = m.index[string(name)]
		return at, found
	}
	for i := range m.list {
		if bytes.Equal(m.list[i].name, name) {
			return i, true
		}
	}
	return 0, false
}

func (m *members) has(name codec.Value) bool {
	_, found := m.find(name)
	return found
}

// put adds a member or replaces the value of one; name is quoted as Quote does it.
func (m *members) put(name, value codec.Value) {
	if at, found := m.find(name); found {
		m.list[at].value = value
		return
	}
	if m.list == nil {
		m.list = make([]member, 0, usual)
	}
	m.list = append(m.list, member{name, value})
	switch {
	case m.index != nil:
		m.index[string(name)] = len(m.list) - 1
	case len(m.list) > searchable:
		m.index = make(map[string]int, 4*searchable)
		for i := range m.list {
			m.index[string(m.list[i].name)] = i
		}
	}
}

// putAll puts the members of an object.
func (m *members) putAll(object codec.Value) {
	cursor := object.Cursor()
	for name, start, end, ok := cursor.Next(); ok; name, start, end, ok = cursor.Next() {
		m.put(canonical(name), object[start:end:end])
	}
}

// canonical rewrites a quoted name as Quote would write it, which most are already.
func canonical(name codec.Value) codec.Value {
	if _, plain := name.Plain(); plain {
		return name
	}
	text, _ := name.Text()
	return codec.Quote(text)
}

func (m *members) write(w *codec.Writer) {
	w.BeginObject()
	for i := range m.list {
		w.QuotedKey(m.list[i].name)
		w.Value(m.list[i].value)
	}
	w.EndObject()
}

func (m *members) object() codec.Value {
	w := codec.NewWriter(256)
	m.write(w)
	return w.Bytes()
}

// merged returns list with the members of object put over it; list may be nil.
func merged(list *members, object codec.Value) *members {
	if list == nil {
		list = &members{}
	}
	list.putAll(object)
	return list
}

// Merge returns an object with the members of over put over those of base; either may be absent.
func Merge(base, over codec.Value) codec.Value {
	return merged(merged(nil, base), over).object()
}

// Without returns an object without the named members.
func Without(base codec.Value, names []string) codec.Value {
	return filtered(base, func(name string) bool { return !slices.Contains(names, name) })
}

// Only returns an object with none but the named members.
func Only(base codec.Value, names []string) codec.Value {
	return filtered(base, func(name string) bool { return slices.Contains(names, name) })
}

func filtered(base codec.Value, keep func(name string) bool) codec.Value {
	kept := members{}
	for name, value := range base.Members() {
		if keep(name) {
			kept.put(codec.Quote(name), value)
		}
	}
	return kept.object()
}
