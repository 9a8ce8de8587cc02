package flags

import (
	"bytes"

	"github.com/libposthog/libposthog/core/codec"
)

// requirement is semver_tilde, semver_caret and semver_wildcard: a range of versions. Build metadata plays no part.
type requirement struct {
	kind  requirementKind
	from  version
	parts int // how many numbers of from were given; the others may be anything
	valid bool
}

type requirementKind uint8

const (
	tilde requirementKind = iota
	caret
	wildcard
)

// newRequirement compiles the range. A tilde or caret speaks of the padded version: ~1 is ~1.0.0. A wildcard does not.
func newRequirement(kind requirementKind, value codec.Value) matcher {
	text := appendText(nil, value)
	if kind == wildcard {
		return newWildcard(canonicalVersion(text))
	}
	from, ok := parseVersion(text)
	return &requirement{kind: kind, from: from, parts: 3, valid: ok}
}

// newWildcard compiles numbers followed by wildcards, or without any a caret range. A wildcard before a number means
// nothing, nor do comparison signs and lists, whatever other tools make of them.
func newWildcard(text []byte) matcher {
	m := &requirement{kind: wildcard}
	if isWildcard(text) {
		m.valid = true
		return m
	}
	core, suffix := text, []byte(nil)
	if i := bytes.IndexAny(text, "-+"); i >= 0 {
		core, suffix = text[:i], text[i:]
	}
	given, wild, ok := cutWildcards(core)
	parsed, isCore := parseCore(given)
	m.parts = parsed.count
	m.from.major, m.from.minor, m.from.patch = parsed.number[0], parsed.number[1], parsed.number[2]
	m.valid = ok && isCore && parsed.count+wild <= 3 && m.from.readSuffix(suffix)
	if wild == 0 {
		m.kind = caret
	}
	if m.valid && len(suffix) > 0 && (parsed.count < 3 || !isPlainNumber(given[bytes.LastIndexByte(given, '.')+1:])) {
		m.valid = false
	}
	return m
}

// isPlainNumber rejects leading zeros, which the service leaves in a number that a suffix follows directly.
func isPlainNumber(part []byte) bool { return len(part) == 1 || part[0] != '0' }

func isWildcard(part []byte) bool {
	return len(part) == 1 && (part[0] == '*' || part[0] == 'x' || part[0] == 'X')
}

// cutWildcards takes trailing wildcards off and counts them. At least one number must stand before them.
func cutWildcards(core []byte) (given []byte, wild int, ok bool) {
	for {
		i := bytes.LastIndexByte(core, '.')
		if i < 0 {
			return core, wild, !isWildcard(core)
		}
		if !isWildcard(core[i+1:]) {
			return core, wild, true
		}
		core = core[:i]
		wild++
	}
}

func (m *requirement) match(e *Evaluation, v codec.Value) truth {
	parsed, ok := parseVersion(e.textOf(v))
	switch {
	case !ok:
		return no
	case !m.valid:
		return invalidFilterValue
	}
	return truthOf(m.inRange(&parsed) && m.admitsPrerelease(&parsed))
}

// admitsPrerelease lets a prerelease in only where the filter names a prerelease of the same version.
func (m *requirement) admitsPrerelease(v *version) bool {
	return len(v.prerelease) == 0 || m.parts == 3 && len(m.from.prerelease) > 0 && v.compareCore(&m.from) == 0
}

func (m *requirement) inRange(v *version) bool {
	switch m.kind {
	case tilde:
		return v.major == m.from.major && v.minor == m.from.minor && m.isAtLeast(v)
	case caret:
		return m.inCaret(v)
	}
	return (m.parts < 1 || v.major == m.from.major) && (m.parts < 2 || v.minor == m.from.minor)
}

// inCaret keeps the leftmost number that is not zero.
func (m *requirement) inCaret(v *version) bool {
	switch {
	case v.major != m.from.major:
		return false
	case m.parts < 2:
		return true
	case m.from.major > 0:
		return m.isAtLeast(v)
	case v.minor != m.from.minor:
		return false
	case m.parts < 3:
		return true
	case m.from.minor > 0:
		return m.isAtLeast(v)
	}
	return v.patch == m.from.patch && m.isAtLeast(v)
}

func (m *requirement) isAtLeast(v *version) bool {
	if c := v.compareCore(&m.from); c != 0 {
		return c > 0
	}
	return comparePrerelease(v.prerelease, m.from.prerelease) >= 0
}
