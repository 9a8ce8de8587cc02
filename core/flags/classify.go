package flags

import (
	"strings"
	"unicode/utf8"
)

// maxPatternDepth bounds the nesting of groups.
const maxPatternDepth = 100

// classify tells whether both engines read a pattern alike. atoms is its size with repetitions written out.
//
// It knows the common core of both syntaxes. Everything else is foreign, also where the engines happen to agree: a
// wrong "foreign" costs a request.
func classify(text string) (class patternClass, traits patternTraits, atoms int) {
	if len(text) > maxPatternLength {
		return foreign, 0, 0
	}
	c := classifier{text: text}
	for c.leadingFlags() {
	}
	size, _ := c.alternation(0)
	if c.pos < len(c.text) && !c.foreign { // a closing parenthesis nobody opened
		c.broken = true
	}
	switch {
	case c.foreign || size > maxPatternAtoms:
		return foreign, 0, 0
	case c.broken:
		return broken, 0, 0
	}
	return portable, c.traits, size
}

type classifier struct {
	text string
	pos  int
	// foreign wins over broken: what one engine calls an error may mean something in a syntax only the other knows.
	foreign, broken bool
	traits          patternTraits
	names           []string
}

func (c *classifier) peek(ahead int) byte {
	if c.pos+ahead < len(c.text) {
		return c.text[c.pos+ahead]
	}
	return 0
}

func (c *classifier) more() bool { return c.pos < len(c.text) && !c.foreign }

// leadingFlags reads (?ims) at the very start; flags elsewhere are foreign.
func (c *classifier) leadingFlags() bool {
	rest := c.text[c.pos:]
	end := strings.IndexByte(rest, ')')
	if !strings.HasPrefix(rest, "(?") || end < len("(?i") {
		return false
	}
	flags := rest[2:end]
	for i := range len(flags) {
		if !strings.Contains("ims", flags[i:i+1]) || strings.Count(flags, flags[i:i+1]) > 1 {
			return false
		}
	}
	if strings.Contains(flags, "i") {
		c.traits |= usesClasses
	}
	c.pos += end + 1
	return true
}

// atom says what was read, for the quantifier that may follow.
type atom struct {
	size int
	// consumes is false for assertions and for groups of nothing else. Engines disagree whether those can be repeated.
	consumes bool
}

// alternation reads up to the end of the group, or of the pattern.
func (c *classifier) alternation(depth int) (size int, consumes bool) {
	start := true // nothing yet that a quantifier could repeat
	for c.more() {
		switch c.peek(0) {
		case ')':
			return size, consumes
		case '|':
			c.pos++
			start = true
			continue
		case '*', '+', '?':
			c.broken = c.broken || start
			c.foreign = c.foreign || !start
			c.pos++
			continue
		}
		a := c.quantified(c.atom(depth))
		size += a.size
		consumes = consumes || a.consumes
		start = false
		if size > maxPatternAtoms {
			c.foreign = true
		}
	}
	return size, consumes
}

// atom reads one character, class, assertion or group.
func (c *classifier) atom(depth int) atom {
	b := c.peek(0)
	switch b {
	case '(':
		return c.group(depth + 1)
	case '[':
		c.class()
		return atom{1, true}
	case '\\':
		return c.escape()
	case '{', '}', ']':
		c.foreign = true
		return atom{}
	case '^', '$':
		c.pos++
		return atom{1, false}
	}
	c.character()
	return atom{1, true}
}

// character reads one literal character.
func (c *classifier) character() rune {
	r, size := utf8.DecodeRuneInString(c.text[c.pos:])
	if r >= utf8.RuneSelf {
		c.traits |= beyondASCII
	}
	c.pos += size
	return r
}

// quantified reads the quantifier behind an atom, if there is one.
func (c *classifier) quantified(a atom) atom {
	times := 1
	switch c.peek(0) {
	case '*', '+', '?':
		c.pos++
	case '{':
		if times = c.counts(); c.foreign {
			return a
		}
	default:
		return a
	}
	if !a.consumes {
		c.foreign = true
	}
	if c.peek(0) == '?' {
		c.pos++
	}
	if next := c.peek(0); next != 0 && strings.IndexByte("*+?{", next) >= 0 {
		c.foreign = true
	}
	a.size *= times
	return a
}

const maxRepeat = 1000

// counts reads {m}, {m,} or {m,n} and returns how often that writes the atom out.
func (c *classifier) counts() int {
	end := strings.IndexByte(c.text[c.pos:], '}')
	if end < 0 {
		c.foreign = true
		return 0
	}
	least, most, ranged := strings.Cut(c.text[c.pos+1:c.pos+end], ",")
	c.pos += end + 1
	low, ok := repeatCount(least)
	high := low
	if ranged && most != "" {
		var isCount bool
		high, isCount = repeatCount(most)
		ok = ok && isCount
	}
	if !ok || low > high {
		c.foreign = true
	}
	return max(high, 1)
}

func repeatCount(digits string) (count int, ok bool) {
	if digits == "" || len(digits) > 4 || leadingDigits([]byte(digits)) != len(digits) {
		return 0, false
	}
	for _, b := range []byte(digits) {
		count = count*10 + int(b-'0')
	}
	return count, count <= maxRepeat
}

// group reads a group with its parentheses.
func (c *classifier) group(depth int) atom {
	c.pos++
	if depth > maxPatternDepth || !c.opening() {
		c.foreign = true
		return atom{}
	}
	size, consumes := c.alternation(depth)
	if c.peek(0) != ')' {
		c.broken = true
		return atom{}
	}
	c.pos++
	return atom{size + 1, consumes}
}

// opening reads what may follow an opening parenthesis: nothing, ?: or a name.
func (c *classifier) opening() bool {
	if c.peek(0) != '?' {
		return true
	}
	rest := c.text[c.pos:]
	switch {
	case strings.HasPrefix(rest, "?:"):
		c.pos += len("?:")
		return true
	case strings.HasPrefix(rest, "?P<"):
		return c.name(len("?P<"))
	case strings.HasPrefix(rest, "?<"):
		return c.name(len("?<"))
	}
	return false
}

// name reads a group's name; each may be given once.
func (c *classifier) name(prefix int) bool {
	rest := c.text[c.pos+prefix:]
	end := strings.IndexByte(rest, '>')
	if end <= 0 || isDigit(rest[0]) {
		return false
	}
	name := rest[:end]
	for _, b := range []byte(name) {
		if !isDigit(b) && b != '_' && !isLetter(b) {
			return false
		}
	}
	for _, other := range c.names {
		if other == name {
			return false
		}
	}
	c.names = append(c.names, name)
	c.pos += prefix + end + 1
	return true
}

func isLetter(b byte) bool { return lowerASCII(b) >= 'a' && lowerASCII(b) <= 'z' }

// escape reads a backslash and what follows it, outside a class.
func (c *classifier) escape() atom {
	if c.pos+1 == len(c.text) {
		c.pos++
		c.broken = true
		return atom{}
	}
	b := c.peek(1)
	c.pos += 2
	switch {
	case b == 'A' || b == 'z':
		return atom{1, false}
	case b == 'b' || b == 'B':
		c.traits |= usesClasses
		return atom{1, false}
	case !c.characterEscape(b) && !c.classEscape(b):
		c.foreign = true
	}
	return atom{1, true}
}

// characterEscape reports whether an escaped byte is one character in both engines.
func (c *classifier) characterEscape(b byte) bool {
	switch b {
	case 'n', 'r', 't':
		return true
	case '<', '>', '_':
		return false
	}
	return b > ' ' && b < 0x7f && !isDigit(b) && !isLetter(b)
}

// classEscape reports whether an escaped byte names a class of characters in both engines.
func (c *classifier) classEscape(b byte) bool {
	switch b {
	case 's', 'S':
		c.traits |= usesSpace
	case 'd', 'D', 'w', 'W':
	default:
		return false
	}
	c.traits |= usesClasses
	return true
}

// class reads a character class in brackets.
func (c *classifier) class() {
	c.pos++
	if c.peek(0) == '^' {
		c.pos++
	}
	for first := true; ; first = false {
		if c.foreign {
			return
		}
		if c.pos >= len(c.text) {
			c.broken = true // nobody closed it
			return
		}
		if c.peek(0) == ']' && !first {
			c.pos++
			return
		}
		c.classItem(first)
	}
}

// classItem reads a character, a range or an escape within a class. A hyphen stands for itself only at either end.
func (c *classifier) classItem(first bool) {
	if c.peek(0) == '-' && !first && c.pos+1 < len(c.text) && c.peek(1) != ']' {
		c.foreign = true
		return
	}
	low, isCharacter := c.classCharacter()
	if c.foreign || c.broken || c.peek(0) != '-' || c.peek(1) == ']' || c.peek(1) == 0 {
		return
	}
	if c.pos++; c.peek(0) == '-' {
		c.foreign = true
		return
	}
	high, alsoCharacter := c.classCharacter()
	switch {
	case c.pos >= len(c.text): // nobody closes the class, whatever it holds
	case !isCharacter || !alsoCharacter:
		c.foreign = true
	case low > high:
		c.broken = true
	}
}

// classCharacter reads one member of a class. Brackets and doubled signs are set operations in Rust.
func (c *classifier) classCharacter() (r rune, isCharacter bool) {
	b := c.peek(0)
	switch b {
	case '[':
		c.foreign = true
		return 0, false
	case '&', '~', '-':
		if c.peek(1) == b {
			c.foreign = true
			return 0, false
		}
	case '\\':
		return c.classCharacterEscape()
	}
	return c.character(), true
}

func (c *classifier) classCharacterEscape() (r rune, isCharacter bool) {
	if c.pos+1 == len(c.text) {
		c.pos++
		c.broken = true
		return 0, false
	}
	b := c.peek(1)
	c.pos += 2
	switch {
	case b == 'n':
		return '\n', true
	case b == 'r':
		return '\r', true
	case b == 't':
		return '\t', true
	case c.characterEscape(b):
		return rune(b), true
	case !c.classEscape(b):
		c.foreign = true
	}
	return 0, false
}
