package codec

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may nest; a document that is one level deeper is refused.
const MaxDepth = 128

// SyntaxError says what is wrong with a document and at which byte. It never holds bytes of the document, because
// its text may end in a log.
type SyntaxError struct {
	Offset int
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at byte %d", e.Reason, e.Offset)
}

// Check reports whether data is exactly one JSON text, in the strict sense every function of this package relies
// on: RFC 8259 grammar, valid UTF-8, no lone surrogate escape, no number beyond a double, at most [MaxDepth] levels,
// nothing but white space after the value. The error is a *SyntaxError.
func Check(data []byte) error {
	c := checker{data: data}
	c.space()
	c.value(0)
	if c.err == nil {
		c.space()
		if c.pos < len(data) {
			c.fail("unexpected text after the JSON value")
		}
	}
	if c.err != nil {
		return c.err
	}
	return nil
}

// checker walks a document once; after the first error it only unwinds.
type checker struct {
	data []byte
	pos  int
	err  *SyntaxError
}

func (c *checker) fail(reason string) {
	if c.err == nil {
		c.err = &SyntaxError{Offset: c.pos, Reason: reason}
	}
}

// peek returns the byte at the current position, or 0 at the end: 0 starts no JSON token.
func (c *checker) peek() byte {
	if c.pos < len(c.data) {
		return c.data[c.pos]
	}
	return 0
}

func (c *checker) space() {
	c.pos = skipSpace(c.data, c.pos)
}

func (c *checker) value(depth int) {
	switch b := c.peek(); {
	case b == '"':
		c.text()
	case b == '{':
		c.object(depth + 1)
	case b == '[':
		c.array(depth + 1)
	case b == '-' || isDigit(b):
		c.number()
	case b == 't':
		c.literal("true")
	case b == 'f':
		c.literal("false")
	case b == 'n':
		c.literal("null")
	case c.pos >= len(c.data):
		c.fail("unexpected end of JSON")
	default:
		c.fail("unexpected character")
	}
}

func (c *checker) literal(word string) {
	if len(c.data)-c.pos < len(word) || string(c.data[c.pos:c.pos+len(word)]) != word {
		c.fail("unknown literal")
		return
	}
	c.pos += len(word)
}

func (c *checker) object(depth int) {
	if depth > MaxDepth {
		c.fail("nested too deeply")
		return
	}
	c.pos++
	c.space()
	if c.peek() == '}' {
		c.pos++
		return
	}
	for c.err == nil {
		if c.peek() != '"' {
			c.fail("expected a member name")
			return
		}
		c.text()
		c.space()
		if c.err == nil && c.peek() != ':' {
			c.fail("expected a colon")
		}
		if c.err != nil {
			return
		}
		c.pos++
		c.space()
		c.value(depth)
		if !c.next('}') {
			return
		}
	}
}

func (c *checker) array(depth int) {
	if depth > MaxDepth {
		c.fail("nested too deeply")
		return
	}
	c.pos++
	c.space()
	if c.peek() == ']' {
		c.pos++
		return
	}
	for c.err == nil {
		c.value(depth)
		if !c.next(']') {
			return
		}
	}
}

// next consumes what follows a member or an element and reports whether another one does.
func (c *checker) next(closing byte) bool {
	if c.err != nil {
		return false
	}
	c.space()
	switch c.peek() {
	case ',':
		c.pos++
		c.space()
		return true
	case closing:
		c.pos++
		return false
	}
	c.fail("expected a comma or the closing bracket")
	return false
}

func (c *checker) text() {
	c.pos++
	for {
		c.pos = plainUntil(c.data, c.pos)
		if c.pos == len(c.data) {
			c.fail("unterminated string")
			return
		}
		switch b := c.data[c.pos]; {
		case b == '"':
			c.pos++
			return
		case b == '\\':
			c.escape()
			if c.err != nil {
				return
			}
		case b < ' ':
			c.fail("control character in a string")
			return
		default:
			r, size := utf8.DecodeRune(c.data[c.pos:])
			if r == utf8.RuneError && size == 1 {
				c.fail("invalid UTF-8")
				return
			}
			c.pos += size
		}
	}
}

func (c *checker) escape() {
	c.pos++
	switch c.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		c.pos++
	case 'u':
		c.unicode()
	default:
		c.fail("invalid escape")
	}
}

// unicode checks \uXXXX with the position on the u, and for a high surrogate the low one that must follow.
func (c *checker) unicode() {
	unit, ok := hex4(c.data, c.pos+1)
	if !ok {
		c.fail("invalid unicode escape")
		return
	}
	if unit < 0xD800 || unit > 0xDFFF {
		c.pos += 5
		return
	}
	low, ok := hex4(c.data, c.pos+7)
	paired := ok && unit < 0xDC00 && c.data[c.pos+5] == '\\' && c.data[c.pos+6] == 'u' && low >= 0xDC00 && low <= 0xDFFF
	if !paired {
		c.fail("lone surrogate")
		return
	}
	c.pos += 11
}

func (c *checker) number() {
	start := c.pos
	if c.peek() == '-' {
		c.pos++
	}
	switch {
	case c.peek() == '0':
		c.pos++
	case !c.digits():
		c.fail("invalid number")
		return
	}
	if c.peek() == '.' {
		c.pos++
		if !c.digits() {
			c.fail("invalid number")
			return
		}
	}
	exponent := c.peek() == 'e' || c.peek() == 'E'
	if exponent {
		c.pos++
		if c.peek() == '+' || c.peek() == '-' {
			c.pos++
		}
		if !c.digits() {
			c.fail("invalid number")
			return
		}
	}
	// Only an exponent or some 300 digits can leave the range of a double, so ordinary numbers are not parsed here.
	if exponent || c.pos-start > 300 {
		if _, err := strconv.ParseFloat(string(c.data[start:c.pos]), 64); err != nil {
			c.pos = start
			c.fail("number out of range")
		}
	}
}

// digits consumes a run of digits and reports whether there was one.
func (c *checker) digits() bool {
	start := c.pos
	for c.pos < len(c.data) && isDigit(c.data[c.pos]) {
		c.pos++
	}
	return c.pos > start
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func hex4(data []byte, at int) (unit uint16, ok bool) {
	if at+4 > len(data) {
		return 0, false
	}
	for _, b := range data[at : at+4] {
		unit <<= 4
		switch {
		case isDigit(b):
			unit |= uint16(b - '0')
		case b >= 'a' && b <= 'f':
			unit |= uint16(b-'a') + 10
		case b >= 'A' && b <= 'F':
			unit |= uint16(b-'A') + 10
		default:
			return 0, false
		}
	}
	return unit, true
}
