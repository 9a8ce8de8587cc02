package event

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/libposthog/libposthog/core/codec"
)

// members is an object under construction: in order, each name once, the last value of a name winning. The members of
// an ordinary event need no memory but its own, so that it can live on the stack.
type members struct {
	count int
	few   [usual]member
	more  []member
	// index finds names once there are too many to search.
	index map[string]int
}

// member has its name quoted, in the one form that Quote gives: so names compare by their bytes, and most need no
// decoding.
type member struct {
	name, value codec.Value
	print       uint64
}

// fingerprint tells most names apart without a look at their bytes.
func fingerprint(name codec.Value) uint64 {
	print := uint64(len(name))
	if len(name) >= 8 {
		return print ^ binary.LittleEndian.Uint64(name) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(name[len(name)-8:]), 29)
	}
	for _, b := range name {
		print = print<<8 | uint64(b)
	}
	return print
}

const (
	// usual is how many properties an ordinary event has at most.
	usual = 20
	// searchable is the length up to which a linear search beats a map.
	searchable = 24
)

func (m *members) at(i int) *member {
	if i < usual {
		return &m.few[i]
	}
	return &m.more[i-usual]
}

func (m *members) find(name codec.Value, print uint64) (at int, found bool) {
	if m.index != nil {
		at, found = m.index[string(name)]
		return at, found
	}
	for i := range m.count {
		if known := m.at(i); known.print == print && bytes.Equal(known.name, name) {
			return i, true
		}
	}
	return 0, false
}

func (m *members) has(name codec.Value) bool {
	_, found := m.find(name, fingerprint(name))
	return found
}

// put adds a member or replaces the value of one; name is quoted as Quote does it.
func (m *members) put(name, value codec.Value) {
	print := fingerprint(name)
	if at, found := m.find(name, print); found {
		m.at(at).value = value
		return
	}
	if m.count < usual {
		m.few[m.count] = member{name, value, print}
	} else {
		m.more = append(m.more, member{name, value, print})
	}
	m.count++
	switch {
	case m.index != nil:
		m.index[string(name)] = m.count - 1
	case m.count > searchable:
		m.index = make(map[string]int, 4*searchable)
		for i := range m.count {
			m.index[string(m.at(i).name)] = i
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
	if name == nil {
		return nil
	}
	if _, plain := name.Plain(); plain {
		return name
	}
	text, _ := name.Text()
	return codec.Quote(text)
}

// bytes is how long the object is.
func (m *members) bytes() int {
	size := 2
	for i := range m.count {
		size += len(m.at(i).name) + len(m.at(i).value) + 2
	}
	return size
}

func (m *members) write(w *codec.Writer) {
	w.BeginObject()
	m.writeMembers(w)
	w.EndObject()
}

func (m *members) writeMembers(w *codec.Writer) {
	for i := range m.count {
		w.QuotedMember(m.at(i).name, m.at(i).value)
	}
}

func (m *members) object() codec.Value {
	w := codec.NewWriter(m.bytes())
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
