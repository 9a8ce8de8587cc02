package flags

import (
	"strconv"

	"github.com/libposthog/libposthog/core/codec"
)

// number is gt, gte, lt and lte. Texts are read as numbers and never compared as texts.
type number struct {
	order order
	limit float64
	valid bool
}

func newNumber(order order, value codec.Value) matcher {
	limit, ok := numberOf(value)
	return &number{order: order, limit: limit, valid: ok}
}

func (m *number) match(_ *Evaluation, v codec.Value) truth {
	f, ok := numberOf(v)
	switch {
	case !ok:
		return no
	case !m.valid:
		return invalidFilterValue
	}
	return m.order.holds(compareFloats(f, m.limit))
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// between is between and not_between, bounds included.
type between struct {
	negated   bool
	low, high float64
}

// newRange compiles a list of two numbers in order, or returns nil.
func newRange(value codec.Value, negated bool) matcher {
	var bounds []float64
	for element := range value.Elements() {
		bound, ok := numberOf(element)
		if !ok {
			return nil
		}
		bounds = append(bounds, bound)
	}
	if len(bounds) != 2 || bounds[0] > bounds[1] {
		return nil
	}
	return &between{negated: negated, low: bounds[0], high: bounds[1]}
}

func (m *between) match(_ *Evaluation, v codec.Value) truth {
	f, ok := numberOf(v)
	if !ok {
		if m.negated {
			return ambiguousValue
		}
		return no
	}
	return truthOf(f >= m.low && f <= m.high).invertedIf(m.negated)
}

// numberOf reads a JSON number, or a string that is a number from its first to its last character.
func numberOf(v codec.Value) (f float64, ok bool) {
	switch v.Kind() {
	case codec.Number:
		return v.Float()
	case codec.String:
		text, plain := v.Plain()
		if !plain {
			decoded, _ := v.Text()
			text = []byte(decoded)
		}
		return parseNumber(text)
	}
	return 0, false
}

// parseNumber reads [+-]? (digits [. digits*] | . digits) ([eE] [+-]? digits)?, which is less than strconv reads. The
// number must fit a double.
func parseNumber(text []byte) (f float64, ok bool) {
	rest := skipSign(text)
	whole := leadingDigits(rest)
	rest = rest[whole:]
	fraction := 0
	if len(rest) > 0 && rest[0] == '.' {
		fraction = leadingDigits(rest[1:])
		rest = rest[1+fraction:]
	}
	if whole+fraction == 0 {
		return 0, false
	}
	if len(rest) > 0 && (rest[0] == 'e' || rest[0] == 'E') {
		rest = skipSign(rest[1:])
		exponent := leadingDigits(rest)
		if exponent == 0 {
			return 0, false
		}
		rest = rest[exponent:]
	}
	if len(rest) > 0 {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(text), 64)
	return f, err == nil
}

func skipSign(text []byte) []byte {
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		return text[1:]
	}
	return text
}

// leadingDigits counts the ASCII digits that text begins with.
func leadingDigits(text []byte) int {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
