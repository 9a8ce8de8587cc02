package flags

import (
	"bytes"

	"github.com/libposthog/libposthog/core/codec"
)

// contain is icontains, starts_with, ends_with, icontains_multi and their opposites. Case is ignored for ASCII alone.
type contain struct {
	place   place
	negated bool
	parts   [][]byte // one of which must be there
}

type place uint8

const (
	anywhere place = iota
	atStart
	atEnd
)

func newContain(at place, value codec.Value, negated bool) matcher {
	return &contain{place: at, negated: negated, parts: [][]byte{lowerPart(value)}}
}

func newContainMulti(value codec.Value, negated bool) matcher {
	if value.Kind() != codec.Array {
		return newContain(anywhere, value, negated)
	}
	m := &contain{negated: negated}
	for element := range value.Elements() {
		m.parts = append(m.parts, lowerPart(element))
	}
	return m
}

func lowerPart(v codec.Value) []byte { return appendLowerASCII(nil, appendText(nil, v)) }

func (m *contain) match(e *Evaluation, v codec.Value) truth {
	e.folded = appendLowerASCII(e.folded[:0], e.textOf(v))
	found := false
	for _, part := range m.parts {
		switch m.place {
		case atStart:
			found = bytes.HasPrefix(e.folded, part)
		case atEnd:
			found = bytes.HasSuffix(e.folded, part)
		default:
			found = bytes.Contains(e.folded, part)
		}
		if found {
			break
		}
	}
	return truthOf(found).invertedIf(m.negated)
}
