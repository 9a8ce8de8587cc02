package codec

// Cursor walks the members of an object without decoding their names or allocating, for walks that are made all the
// time.
type Cursor struct {
	object Value
	pos    int
}

// Cursor starts a walk. Whatever is no object has no members.
func (v Value) Cursor() Cursor {
	if v.Kind() != Object {
		return Cursor{}
	}
	return Cursor{object: v, pos: skipSpace(v, 1)}
}

// Next returns the next member: its name, still quoted, and where in the object its value stands.
func (c *Cursor) Next() (name Value, start, end int, ok bool) {
	if c.object == nil || c.object[c.pos] == '}' {
		return nil, 0, 0, false
	}
	after := endOfString(c.object, c.pos)
	name = c.object[c.pos:after:after]
	start = skipSpace(c.object, skipSpace(c.object, after)+1)
	end = endOfValue(c.object, start)
	c.pos = nextItem(c.object, end)
	return name, start, end, true
}
