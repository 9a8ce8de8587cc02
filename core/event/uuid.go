package event

import "math/rand/v2"

const hexDigits = "0123456789abcdef"

// UUID is a uuid in the usual form. The zero value is none.
type UUID [36]byte

// String returns the uuid as text, and nothing for none.
func (u UUID) String() string {
	if u == (UUID{}) {
		return ""
	}
	return string(u[:])
}

// AppendQuoted adds the uuid as JSON.
func (u *UUID) AppendQuoted(dst []byte) []byte { return append(append(append(dst, '"'), u[:]...), '"') }

// NewUUID makes a version 7 uuid from a time and 74 random bits: the low 12 of one draw and the low 62 of the next.
func NewUUID(ms int64, source rand.Source) (text UUID) {
	var id [16]byte
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	high, low := source.Uint64(), source.Uint64()
	id[6] = 0x70 | byte(high>>8)&0x0f
	id[7] = byte(high)
	for i := range 8 {
		id[8+i] = byte(low >> (56 - 8*i))
	}
	id[8] = 0x80 | id[8]&0x3f

	at := 0
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text[at] = '-'
			at++
		}
		text[at], text[at+1] = hexDigits[b>>4], hexDigits[b&15]
		at += 2
	}
	return text
}

// ParseUUID reads a uuid of any version in the usual form, 8-4-4-4-12 hex digits.
func ParseUUID(text string) (u UUID, ok bool) {
	if !isUUID(text) {
		return u, false
	}
	copy(u[:], text)
	return u, true
}

func isUUID(text string) bool {
	if len(text) != len(UUID{}) {
		return false
	}
	for i := range len(text) {
		b := text[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if b != '-' {
				return false
			}
		case b >= '0' && b <= '9', b >= 'a' && b <= 'f', b >= 'A' && b <= 'F':
		default:
			return false
		}
	}
	return true
}
