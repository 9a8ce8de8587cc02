package event

import "math/rand/v2"

const hexDigits = "0123456789abcdef"

// NewUUID makes a version 7 uuid from a time and 74 random bits: the low 12 of one draw and the low 62 of the next.
func NewUUID(ms int64, source rand.Source) string {
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

	var text [36]byte
	at := 0
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text[at] = '-'
			at++
		}
		text[at], text[at+1] = hexDigits[b>>4], hexDigits[b&15]
		at += 2
	}
	return string(text[:])
}

// ValidUUID reports whether text is a uuid of any version in the usual form, 8-4-4-4-12 hex digits.
func ValidUUID(text string) bool {
	if len(text) != 36 {
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
