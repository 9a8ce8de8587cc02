package codec

import (
	"encoding/binary"
	"math/bits"
)

// Strings are most of a document's bytes, so their scans take eight bytes at a time: in each word the top bit of a byte
// is set that matches. A match may set the bits of bytes behind it too, never of one before it, and only the first
// counts.
const (
	lowBits = 0x0101010101010101
	topBits = 0x8080808080808080
)

func equalTo(word uint64, b byte) uint64 {
	x := word ^ lowBits*uint64(b)
	return (x - lowBits) &^ x & topBits
}

func below(word uint64, b byte) uint64 { return (word - lowBits*uint64(b)) &^ word & topBits }

// plainUntil returns the position of the first byte from pos on that is not plain text of a string: a quote, a
// backslash, a control character, the beginning of a longer rune, or the end.
func plainUntil(data []byte, pos int) int {
	for ; pos+8 <= len(data); pos += 8 {
		word := binary.LittleEndian.Uint64(data[pos:])
		if found := equalTo(word, '"') | equalTo(word, '\\') | below(word, ' ') | word&topBits; found != 0 {
			return pos + bits.TrailingZeros64(found)>>3
		}
	}
	for pos < len(data) && data[pos] >= ' ' && data[pos] < 0x80 && data[pos] != '"' && data[pos] != '\\' {
		pos++
	}
	return pos
}

// quoteFrom returns the position of the first quote or backslash from pos on. There is one: the string was checked.
func quoteFrom(data []byte, pos int) int {
	for ; pos+8 <= len(data); pos += 8 {
		word := binary.LittleEndian.Uint64(data[pos:])
		if found := equalTo(word, '"') | equalTo(word, '\\'); found != 0 {
			return pos + bits.TrailingZeros64(found)>>3
		}
	}
	for data[pos] != '"' && data[pos] != '\\' {
		pos++
	}
	return pos
}
