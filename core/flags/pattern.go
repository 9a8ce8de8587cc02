package flags

import (
	"bytes"
	"regexp"

	"github.com/libposthog/libposthog/core/codec"
)

// pattern is a regular expression. The service uses Rust's engine, this package Go's; only what the two read alike is
// answered.
type pattern struct {
	class  patternClass
	traits patternTraits
	regexp *regexp.Regexp // of a portable pattern
}

// patternClass says what is known of a pattern.
type patternClass uint8

const (
	foreign  patternClass = iota // may mean something else in the service
	portable                     // means the same here and there
	broken                       // an error here and there: the service matches nothing, with either operator
)

// patternTraits are what makes a portable pattern depend on the text it is applied to.
type patternTraits uint8

const (
	usesClasses patternTraits = 1 << iota // \w, \d, \s, \b or (?i), which are Unicode's there and ASCII's here
	usesSpace                             // \s, which has the vertical tab there and not here
	beyondASCII                           // the pattern itself is not ASCII
)

// Bounds of what is compiled: of one pattern in bytes and, repetitions written out, in atoms; of all patterns in atoms.
// A larger pattern is foreign: the service has a limit of its own, elsewhere.
const (
	maxPatternLength = 2000
	maxPatternAtoms  = 2000
	maxPatternRoom   = 500_000
)

// patternMatch is regex and not_regex.
type patternMatch struct {
	pattern *pattern
	negated bool
}

// newPattern compiles a pattern once, however many filters have it.
func (p *parser) newPattern(value codec.Value, negated bool) matcher {
	text, ok := value.Text()
	if !ok {
		return nil
	}
	compiled, known := p.patterns[text]
	if !known {
		compiled = p.compilePattern(text)
		p.patterns[text] = compiled
	}
	return &patternMatch{pattern: compiled, negated: negated}
}

func (p *parser) compilePattern(text string) *pattern {
	class, traits, atoms := classify(text)
	compiled := &pattern{class: class, traits: traits}
	if class != portable {
		return compiled
	}
	if p.room -= atoms; p.room < 0 {
		p.room = 0
		return &pattern{class: foreign}
	}
	expression, err := regexp.Compile(text)
	if err != nil {
		return &pattern{class: foreign}
	}
	compiled.regexp = expression
	return compiled
}

func (m *patternMatch) match(e *Evaluation, v codec.Value) truth {
	switch m.pattern.class {
	case broken:
		return no
	case foreign:
		return unsupportedPattern
	}
	text := e.textOf(v)
	if !m.pattern.isSafeFor(text) {
		return unsupportedPattern
	}
	return truthOf(m.pattern.regexp.Match(text)).invertedIf(m.negated)
}

// isSafeFor reports whether both engines see the same in a text.
func (p *pattern) isSafeFor(text []byte) bool {
	if p.traits&usesClasses != 0 && (p.traits&beyondASCII != 0 || !isASCII(text)) {
		return false
	}
	return p.traits&usesSpace == 0 || bytes.IndexByte(text, '\v') < 0
}

func isASCII(text []byte) bool {
	for _, b := range text {
		if b >= 0x80 {
			return false
		}
	}
	return true
}
