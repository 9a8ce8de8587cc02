package codec

import (
	"strconv"

	jsoniter "github.com/json-iterator/go"
)

// Writer builds one JSON text. Commas take care of themselves; opening and closing in order is the caller's part.
// Strings must be valid UTF-8: they come from checked documents or from this library.
type Writer struct {
	stream jsoniter.Stream
	// comma says that something stands before the next key or element.
	comma bool
}

// blank is what a Stream is before anything is written. Copying it spares every Writer an allocation.
var blank = *jsoniter.NewStream(jsoniter.ConfigDefault, nil, 0)

// NewWriter returns a Writer whose buffer starts with room for capacity bytes.
func NewWriter(capacity int) *Writer {
	w := &Writer{}
	w.Open(capacity)
	return w
}

// Open makes a Writer that is part of something else ready, with room for capacity bytes.
func (w *Writer) Open(capacity int) {
	*w = Writer{stream: blank}
	w.stream.SetBuffer(make([]byte, 0, capacity))
}

// Prepare makes a Writer that may have been used empty, with room for capacity bytes.
func (w *Writer) Prepare(capacity int) {
	if w.Room() < capacity {
		w.Open(capacity)
	} else {
		w.Reset()
	}
}

// Bytes returns what was written. It shares the Writer's memory until the next Reset.
func (w *Writer) Bytes() []byte { return w.stream.Buffer() }

// Len returns how many bytes were written.
func (w *Writer) Len() int { return w.stream.Buffered() }

// Room returns how many bytes the Writer has memory for.
func (w *Writer) Room() int { return cap(w.stream.Buffer()) }

// Reset empties the Writer and keeps its memory.
func (w *Writer) Reset() {
	w.stream.Reset(nil)
	w.comma = false
}

// BeginObject opens an object.
func (w *Writer) BeginObject() {
	w.separate()
	w.stream.WriteObjectStart()
	w.comma = false
}

// EndObject closes the innermost object.
func (w *Writer) EndObject() {
	w.stream.WriteObjectEnd()
	w.comma = true
}

// BeginArray opens an array.
func (w *Writer) BeginArray() {
	w.separate()
	w.stream.WriteArrayStart()
	w.comma = false
}

// EndArray closes the innermost array.
func (w *Writer) EndArray() {
	w.stream.WriteArrayEnd()
	w.comma = true
}

// Key writes a member's name; its value follows.
func (w *Writer) Key(name string) {
	w.separate()
	w.stream.WriteObjectField(name)
	w.comma = false
}

// QuotedKey writes a member's name that is a JSON string already; its value follows.
func (w *Writer) QuotedKey(name Value) {
	w.stream.SetBuffer(w.named(name))
	w.comma = false
}

// named returns the buffer with a member's quoted name at its end; the value follows.
func (w *Writer) named(name Value) []byte {
	buffer := w.stream.Buffer()
	if w.comma {
		buffer = append(buffer, ',')
	}
	return append(append(buffer, name...), ':')
}

// String writes a string with only the escapes JSON demands.
func (w *Writer) String(text string) {
	w.separate()
	w.stream.WriteString(text)
	w.comma = true
}

// Int writes an integer.
func (w *Writer) Int(value int64) {
	w.separate()
	w.stream.SetBuffer(strconv.AppendInt(w.stream.Buffer(), value, 10))
	w.comma = true
}

// Bool writes a boolean.
func (w *Writer) Bool(value bool) {
	w.separate()
	w.stream.WriteBool(value)
	w.comma = true
}

// Null writes null.
func (w *Writer) Null() {
	w.separate()
	w.stream.WriteNil()
	w.comma = true
}

// Texts writes an array of strings.
func (w *Writer) Texts(texts []string) {
	w.BeginArray()
	for _, text := range texts {
		w.String(text)
	}
	w.EndArray()
}

// QuotedMember writes a member whose name and value are JSON already; an absent value is null.
func (w *Writer) QuotedMember(name, v Value) {
	buffer := w.named(name)
	if len(v) == 0 {
		buffer = append(buffer, "null"...)
	} else {
		buffer = append(buffer, v...)
	}
	w.stream.SetBuffer(buffer)
	w.comma = true
}

// PlainMember writes a member whose name is JSON already and whose value is a text that needs no escape.
func (w *Writer) PlainMember(name Value, text string) {
	w.stream.SetBuffer(append(append(append(w.named(name), '"'), text...), '"'))
	w.comma = true
}

// Members writes members that are JSON already, with their commas; there may be none.
func (w *Writer) Members(members []byte) {
	if len(members) == 0 {
		return
	}
	w.separate()
	w.stream.SetBuffer(append(w.stream.Buffer(), members...))
	w.comma = true
}

// Value writes a checked value byte for byte, and null for an absent one.
func (w *Writer) Value(v Value) {
	if len(v) == 0 {
		w.Null()
		return
	}
	w.separate()
	w.stream.SetBuffer(append(w.stream.Buffer(), v...))
	w.comma = true
}

// StringMember, IntMember, BoolMember and ValueMember write a name and its value.

func (w *Writer) StringMember(name, text string) {
	w.Key(name)
	w.String(text)
}

func (w *Writer) IntMember(name string, value int64) {
	w.Key(name)
	w.Int(value)
}

func (w *Writer) BoolMember(name string, value bool) {
	w.Key(name)
	w.Bool(value)
}

func (w *Writer) ValueMember(name string, v Value) {
	w.Key(name)
	w.Value(v)
}

func (w *Writer) separate() {
	if w.comma {
		w.stream.WriteMore()
	}
}

// Quote returns text as a JSON string.
func Quote(text string) Value {
	w := NewWriter(len(text) + 2)
	w.String(text)
	return w.Bytes()
}
