package flags

import (
	"unicode"
	"unicode/utf8"
)

// appendLowerASCII appends text with A to Z in lower case and every other byte as it is.
func appendLowerASCII(dst, text []byte) []byte {
	for _, b := range text {
		dst = append(dst, lowerASCII(b))
	}
	return dst
}

func lowerASCII(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}

// appendLower appends text in lower case by Unicode's full mapping, which is not case folding: ß stays apart from ss.
// Go's mapping goes rune by rune and lacks the two cases that need more, the final sigma and the dotted capital I.
func appendLower(dst, text []byte) []byte {
	for pos := 0; pos < len(text); {
		if b := text[pos]; b < utf8.RuneSelf {
			dst = append(dst, lowerASCII(b))
			pos++
			continue
		}
		r, size := utf8.DecodeRune(text[pos:])
		switch r {
		case 'Σ':
			if endsWord(text[:pos], text[pos+size:]) {
				dst = append(dst, "ς"...)
			} else {
				dst = append(dst, "σ"...)
			}
		case 'İ':
			dst = append(dst, "i\u0307"...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		pos += size
	}
	return dst
}

// endsWord reports whether what stands between before and after is the last letter of a word: a cased letter comes
// before it and none after it, not counting characters that have no case to speak of, like apostrophes and accents.
func endsWord(before, after []byte) bool {
	precedes := false
	for len(before) > 0 {
		r, size := utf8.DecodeLastRune(before)
		before = before[:len(before)-size]
		if !caseIgnorable(r) {
			precedes = cased(r)
			break
		}
	}
	if !precedes {
		return false
	}
	for len(after) > 0 {
		r, size := utf8.DecodeRune(after)
		after = after[size:]
		if !caseIgnorable(r) {
			return !cased(r)
		}
	}
	return true
}

// cased is Unicode's derived property Cased.
func cased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase)
}

// caseIgnorable is Unicode's derived property Case_Ignorable: marks, formats, modifiers, and the punctuation that may
// stand within a word.
func caseIgnorable(r rune) bool {
	switch r {
	case '\'', '.', ':', '\u00b7', '\u0387', '\u055f', '\u05f4', '\u2018', '\u2019', '\u2024', '\u2027',
		'\ufe13', '\ufe52', '\ufe55', '\uff07', '\uff0e', '\uff1a':
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk)
}
