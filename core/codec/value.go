package codec

import (
	"bytes"
	"iter"
	"math"
	"strconv"

	jsoniter "github.com/json-iterator/go"
)

// Value is one JSON text without space around it, cut out of a document that [Check] accepted. It shares the
// document's memory: whoever keeps a Value copies it. The zero Value means "absent".
type Value []byte

// Kind is what a Value holds.
type Kind uint8

// The kinds of JSON, and Absent for the zero Value.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// Parse checks data and returns its value.
func Parse(data []byte) (Value, error) {
	if err := Check(data); err != nil {
		return nil, err
	}
	return Value(bytes.Trim(data, " \t\r\n")), nil
}

// Kind tells what v holds.
func (v Value) Kind() Kind {
	if len(v) == 0 {
		return Absent
	}
	switch v[0] {
	case '"':
		return String
	case '{':
		return Object
	case '[':
		return Array
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	}
	return Number
}

// IsSet reports whether v is neither absent nor null.
func (v Value) IsSet() bool { return v.Kind() > Null }

// Text returns the decoded text of a string; ok is false for every other kind.
func (v Value) Text() (text string, ok bool) {
	if v.Kind() != String {
		return "", false
	}
	return decodeString(v), true
}

// Bool returns the value of a boolean; ok is false for every other kind.
func (v Value) Bool() (value, ok bool) {
	if v.Kind() != Bool {
		return false, false
	}
	return v[0] == 't', true
}

// Int returns an integer within ±2^53, also when its token is written as a float (20.0, 2e1); ok is false for
// everything else.
func (v Value) Int() (value int64, ok bool) {
	f, ok := v.Float()
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Float returns the double nearest to a number's token; ok is false for every other kind.
func (v Value) Float() (value float64, ok bool) {
	if v.Kind() != Number {
		return 0, false
	}
	value, err := strconv.ParseFloat(string(v), 64)
	return value, err == nil
}

// Members ranges over an object's members in document order, duplicate names included: a reader that assigns
// by name keeps the last one, which is the rule. For every other kind it yields nothing.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		cursor := v.Cursor()
		for name, start, end, ok := cursor.Next(); ok; name, start, end, ok = cursor.Next() {
			if !yield(decodeString(name), v[start:end:end]) {
				return
			}
		}
	}
}

// Elements ranges over an array's elements. For every other kind it yields nothing.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		pos := skipSpace(v, 1)
		for v[pos] != ']' {
			end := endOfValue(v, pos)
			if !yield(v[pos:end:end]) {
				return
			}
			pos = nextItem(v, end)
		}
	}
}

// Get returns the member of that name, the last one where the name is repeated, or the zero Value.
func (v Value) Get(name string) Value {
	var found Value
	for key, value := range v.Members() {
		if key == name {
			found = value
		}
	}
	return found
}

// Inside returns what stands between the brackets of an object or array, without space around it.
func (v Value) Inside() []byte { return bytes.Trim(v[1:len(v)-1], " \t\r\n") }

// nextItem steps from the end of an item over the comma to the next one, or onto the closing bracket.
func nextItem(v Value, pos int) int {
	pos = skipSpace(v, pos)
	if v[pos] == ',' {
		pos = skipSpace(v, pos+1)
	}
	return pos
}

// Plain returns what stands between the quotes of a string where that is its text already, without a copy; ok is
// false for a string with escapes. v must be a string.
func (v Value) Plain() (text []byte, ok bool) {
	return v[1 : len(v)-1], bytes.IndexByte(v, '\\') < 0
}

// Unquote returns the text of a string, without a copy where it has no escapes. v must be a string.
func (v Value) Unquote() []byte {
	if text, ok := v.Plain(); ok {
		return text
	}
	return []byte(decodeString(v))
}

// decodeString decodes a quoted string of a checked document.
func decodeString(quoted Value) string {
	if text, ok := quoted.Plain(); ok {
		return string(text)
	}
	it := jsoniter.ConfigDefault.BorrowIterator(quoted)
	defer jsoniter.ConfigDefault.ReturnIterator(it)
	return it.ReadString()
}
