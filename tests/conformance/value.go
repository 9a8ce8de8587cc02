package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// Kind is what a Value holds.
type Kind uint8

// The kinds of JSON.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}

func (k Kind) String() string { return kindNames[k] }

// Value is a JSON value as it was written: numbers keep their token, objects their order and repeated names.
type Value struct {
	Kind Kind
	// Text is the decoded string, the number's token, or true or false.
	Text     string
	Members  []Member
	Elements []Value
}

// Member is one name and value of an object.
type Member struct {
	Name  string
	Value Value
}

// Text returns a string as a Value.
func Text(s string) Value { return Value{Kind: String, Text: s} }

// Int returns a number as a Value.
func Int(n int64) Value { return Value{Kind: Number, Text: fmt.Sprint(n)} }

// Parse reads exactly one JSON text.
func Parse(data []byte) (Value, error) {
	if !utf8.Valid(data) {
		return Value{}, errors.New("invalid UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	v, err := parseValue(decoder)
	if err != nil {
		return Value{}, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Value{}, errors.New("text after the JSON value")
	}
	return v, nil
}

// UnmarshalJSON lets a Value stand in a struct that encoding/json reads.
func (v *Value) UnmarshalJSON(data []byte) error {
	parsed, err := Parse(data)
	*v = parsed
	return err
}

func parseValue(decoder *json.Decoder) (Value, error) {
	t, err := decoder.Token()
	if err != nil {
		return Value{}, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return parseObject(decoder)
		}
		return parseArray(decoder)
	case string:
		return Text(t), nil
	case json.Number:
		return Value{Kind: Number, Text: string(t)}, nil
	case bool:
		return Value{Kind: Bool, Text: fmt.Sprint(t)}, nil
	}
	return Value{}, nil
}

func parseObject(decoder *json.Decoder) (Value, error) {
	v := Value{Kind: Object}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return v, err
		}
		value, err := parseValue(decoder)
		if err != nil {
			return v, err
		}
		v.Members = append(v.Members, Member{name.(string), value})
	}
	_, err := decoder.Token()
	return v, err
}

func parseArray(decoder *json.Decoder) (Value, error) {
	v := Value{Kind: Array}
	for decoder.More() {
		element, err := parseValue(decoder)
		if err != nil {
			return v, err
		}
		v.Elements = append(v.Elements, element)
	}
	_, err := decoder.Token()
	return v, err
}

// Get returns the value of a member, the last one where the name is repeated.
func (v Value) Get(name string) (value Value, found bool) {
	for _, m := range v.Members {
		if m.Name == name {
			value, found = m.Value, true
		}
	}
	return value, found
}

// Integer returns the value of a member that must be an integer.
func (v Value) Integer(name string) (int64, error) {
	member, _ := v.Get(name)
	n, err := strconv.ParseInt(member.Text, 10, 64)
	if err != nil || member.Kind != Number {
		return 0, fmt.Errorf("%s is no integer in %s", name, v)
	}
	return n, nil
}

// With returns an object with members added at its end.
func (v Value) With(members ...Member) Value {
	v.Members = append(v.Members[:len(v.Members):len(v.Members)], members...)
	return v
}

// Without returns an object without the members of that name.
func (v Value) Without(name string) Value {
	var rest []Member
	for _, m := range v.Members {
		if m.Name != name {
			rest = append(rest, m)
		}
	}
	v.Members = rest
	return v
}

// Encode writes v compact, in order, as unescaped UTF-8.
func (v Value) Encode() []byte { return v.append(nil) }

// String is Encode for messages.
func (v Value) String() string { return string(v.Encode()) }

func (v Value) append(out []byte) []byte {
	switch v.Kind {
	case Null:
		return append(out, "null"...)
	case String:
		return appendString(out, v.Text)
	case Array:
		out = append(out, '[')
		for i, element := range v.Elements {
			if i > 0 {
				out = append(out, ',')
			}
			out = element.append(out)
		}
		return append(out, ']')
	case Object:
		out = append(out, '{')
		for i, m := range v.Members {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendString(out, m.Name), ':')
			out = m.Value.append(out)
		}
		return append(out, '}')
	}
	return append(out, v.Text...)
}

// shortEscapes are the control characters that have an escape of two characters.
var shortEscapes = [' ']byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// appendString writes a string with only the escapes JSON demands; encoding/json would also escape <, > and &.
func appendString(out []byte, text string) []byte {
	out = append(out, '"')
	for i := range len(text) {
		switch b := text[i]; {
		case b == '"' || b == '\\':
			out = append(out, '\\', b)
		case b >= ' ':
			out = append(out, b)
		case shortEscapes[b] != 0:
			out = append(out, '\\', shortEscapes[b])
		default:
			out = fmt.Appendf(out, `\u%04x`, b)
		}
	}
	return append(out, '"')
}
