package flags

import (
	"bytes"
	"cmp"
	"strconv"

	"github.com/libposthog/libposthog/core/codec"
)

// version is a semantic version: three numbers, a prerelease and build metadata.
type version struct {
	major, minor, patch uint64
	prerelease, build   []byte
}

// versions is semver_eq, semver_neq, semver_gt, semver_gte, semver_lt and semver_lte.
type versions struct {
	order order
	limit version
	valid bool
}

func newVersion(order order, value codec.Value) matcher {
	limit, ok := parseVersion(appendText(nil, value))
	return &versions{order: order, limit: limit, valid: ok}
}

func (m *versions) match(e *Evaluation, v codec.Value) truth {
	parsed, ok := parseVersion(e.textOf(v))
	switch {
	case !ok:
		return no
	case !m.valid:
		return invalidFilterValue
	}
	return m.order.holds(parsed.compare(&m.limit))
}

// canonicalVersion drops one leading v and then white space.
func canonicalVersion(text []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(text, []byte("v")))
}

// parseVersion reads what people write as versions: with a leading v, leading zeros, or only one or two numbers.
func parseVersion(text []byte) (v version, ok bool) {
	text = canonicalVersion(text)
	core, suffix := text, []byte(nil)
	if i := bytes.IndexAny(text, "-+"); i >= 0 {
		core, suffix = text[:i], text[i:]
	}
	parts, ok := parseCore(core)
	if !ok || !v.readSuffix(suffix) {
		return version{}, false
	}
	v.major, v.minor, v.patch = parts.number[0], parts.number[1], parts.number[2]
	return v, true
}

// versionCore is one to three numbers.
type versionCore struct {
	number [3]uint64
	count  int
}

func parseCore(core []byte) (c versionCore, ok bool) {
	for more := true; more; c.count++ {
		var part []byte
		part, core, more = bytes.Cut(core, []byte("."))
		if c.count == len(c.number) || len(part) == 0 || leadingDigits(part) != len(part) {
			return c, false
		}
		number, err := strconv.ParseUint(string(part), 10, 64)
		if err != nil {
			return c, false
		}
		c.number[c.count] = number
	}
	return c, true
}

// readSuffix reads -prerelease and +build.
func (v *version) readSuffix(suffix []byte) (ok bool) {
	if len(suffix) > 0 && suffix[0] == '-' {
		prerelease, build, built := bytes.Cut(suffix[1:], []byte("+"))
		if v.prerelease = prerelease; !validIdentifiers(prerelease, true) {
			return false
		}
		if !built {
			return true
		}
		v.build = build
		return validIdentifiers(build, false)
	}
	if len(suffix) > 0 {
		v.build = suffix[1:]
		return validIdentifiers(v.build, false)
	}
	return true
}

// validIdentifiers checks identifiers between dots: none empty, letters, digits and hyphens, and where strict holds no
// number with a leading zero.
func validIdentifiers(text []byte, strict bool) bool {
	for more := true; more; {
		var identifier []byte
		identifier, text, more = bytes.Cut(text, []byte("."))
		if len(identifier) == 0 {
			return false
		}
		for _, b := range identifier {
			if !isDigit(b) && b != '-' && !(lowerASCII(b) >= 'a' && lowerASCII(b) <= 'z') {
				return false
			}
		}
		if strict && len(identifier) > 1 && identifier[0] == '0' && isNumeric(identifier) {
			return false
		}
	}
	return true
}

func isNumeric(identifier []byte) bool { return leadingDigits(identifier) == len(identifier) }

// compare orders versions totally. Build metadata is the last tie-break, as in the service, though the specification of
// semantic versions would ignore it.
func (v *version) compare(w *version) int {
	if c := v.compareCore(w); c != 0 {
		return c
	}
	if c := comparePrerelease(v.prerelease, w.prerelease); c != 0 {
		return c
	}
	return compareBuild(v.build, w.build)
}

func (v *version) compareCore(w *version) int {
	return cmp.Or(cmp.Compare(v.major, w.major), cmp.Compare(v.minor, w.minor), cmp.Compare(v.patch, w.patch))
}

// comparePrerelease puts the release itself above its prereleases.
func comparePrerelease(a, b []byte) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(b), len(a))
	}
	return compareIdentifiers(a, b, func(a, b []byte) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), bytes.Compare(a, b))
	})
}

// compareBuild puts a version without build metadata lowest. Numbers may have leading zeros here; of equal ones the
// shorter is lower.
func compareBuild(a, b []byte) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(a), len(b))
	}
	return compareIdentifiers(a, b, func(a, b []byte) int {
		short, shorter := bytes.TrimLeft(a, "0"), bytes.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(short), len(shorter)), bytes.Compare(short, shorter), cmp.Compare(len(a), len(b)))
	})
}

// compareIdentifiers compares identifier by identifier: numbers before words, and of two lists that agree as far as
// the shorter goes that one first.
func compareIdentifiers(a, b []byte, compareNumbers func(a, b []byte) int) int {
	for {
		var first, second []byte
		var moreA, moreB bool
		first, a, moreA = bytes.Cut(a, []byte("."))
		second, b, moreB = bytes.Cut(b, []byte("."))
		var c int
		switch numericA, numericB := isNumeric(first), isNumeric(second); {
		case numericA && numericB:
			c = compareNumbers(first, second)
		case numericA:
			c = -1
		case numericB:
			c = 1
		default:
			c = bytes.Compare(first, second)
		}
		switch {
		case c != 0:
			return c
		case !moreA && !moreB:
			return 0
		case !moreA:
			return -1
		case !moreB:
			return 1
		}
	}
}
