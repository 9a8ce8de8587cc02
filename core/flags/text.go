package flags

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"github.com/libposthog/libposthog/core/codec"
)

// textOf returns the text that a property is matched by, as the service writes it. It is valid until the next call.
func (e *Evaluation) textOf(v codec.Value) []byte {
	if v.Kind() == codec.String {
		if raw, plain := v.Plain(); plain {
			return raw
		}
	}
	e.text = appendText(e.text[:0], v)
	return e.text
}

// appendText appends the text form of a value: a string is itself, everything else its JSON in the service's spelling.
func appendText(dst []byte, v codec.Value) []byte {
	if v.Kind() == codec.String {
		text, _ := v.Text()
		return append(dst, text...)
	}
	return appendCanonical(dst, v)
}

// appendCanonical appends compact JSON: names sorted by their bytes, the last of a repeated name, only the escapes that
// JSON demands.
func appendCanonical(dst []byte, v codec.Value) []byte {
	switch v.Kind() {
	case codec.String:
		text, _ := v.Text()
		return appendQuoted(dst, text)
	case codec.Number:
		return appendNumber(dst, v)
	case codec.Array:
		dst = append(dst, '[')
		separator := false
		for element := range v.Elements() {
			if separator {
				dst = append(dst, ',')
			}
			dst, separator = appendCanonical(dst, element), true
		}
		return append(dst, ']')
	case codec.Object:
		return appendObject(dst, v)
	}
	return append(dst, v...)
}

func appendObject(dst []byte, v codec.Value) []byte {
	type member struct {
		name  string
		value codec.Value
	}
	var members []member
	for name, value := range v.Members() {
		members = append(members, member{name, value})
	}
	slices.SortStableFunc(members, func(a, b member) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	dst = append(dst, '{')
	separator := false
	for i, m := range members {
		if i+1 < len(members) && members[i+1].name == m.name {
			continue
		}
		if separator {
			dst = append(dst, ',')
		}
		dst, separator = append(appendQuoted(dst, m.name), ':'), true
		dst = appendCanonical(dst, m.value)
	}
	return append(dst, '}')
}

// appendQuoted appends text as a JSON string.
func appendQuoted(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, b := range []byte(text) {
		switch {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b >= ' ':
			dst = append(dst, b)
		case b == '\b':
			dst = append(dst, `\b`...)
		case b == '\f':
			dst = append(dst, `\f`...)
		case b == '\n':
			dst = append(dst, `\n`...)
		case b == '\r':
			dst = append(dst, `\r`...)
		case b == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
	}
	return append(dst, '"')
}

// appendNumber appends a number's text. Whether it is an integer is seen from the token alone: 323 and 323.0 are
// different texts.
func appendNumber(dst []byte, token codec.Value) []byte {
	if isInteger64(token) {
		return append(dst, token...)
	}
	f, _ := token.Float()
	return appendDouble(dst, f)
}

// isInteger64 reports whether a number's token is an integer that 64 bits can hold, signed or unsigned. Minus zero is
// none: no integer has that sign.
func isInteger64(token codec.Value) bool {
	digits := []byte(token)
	limit := "18446744073709551615"
	if digits[0] == '-' {
		digits, limit = digits[1:], "9223372036854775808"
		if digits[0] == '0' {
			return false
		}
	}
	for _, b := range digits {
		if b < '0' || b > '9' {
			return false
		}
	}
	return len(digits) < len(limit) || len(digits) == len(limit) && string(digits) <= limit
}

// appendDouble appends the shortest text that reads back as f: plain between 1e-5 and 1e16, else with an exponent that
// has a sign and no padding.
func appendDouble(dst []byte, f float64) []byte {
	start := len(dst)
	if magnitude := math.Abs(f); f == 0 || magnitude >= 1e-5 && magnitude < 1e16 {
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		if bytes.IndexByte(dst[start:], '.') < 0 {
			dst = append(dst, ".0"...)
		}
		return dst
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// strconv pads exponents to two digits.
	if sign, pad := len(dst)-3, len(dst)-2; (dst[sign] == '+' || dst[sign] == '-') && dst[pad] == '0' {
		dst = append(dst[:pad], dst[pad+1])
	}
	return dst
}
