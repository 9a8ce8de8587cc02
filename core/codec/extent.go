package codec

// The functions of this file find where things end in bytes that Check has accepted. They do not validate.

func skipSpace(data []byte, pos int) int {
	for pos < len(data) {
		switch data[pos] {
		case ' ', '\t', '\n', '\r':
			pos++
		default:
			return pos
		}
	}
	return pos
}

// endOfString returns the position behind the closing quote of the string that opens at pos.
func endOfString(data []byte, pos int) int {
	for pos = quoteFrom(data, pos+1); data[pos] != '"'; pos = quoteFrom(data, pos+2) {
	}
	return pos + 1
}

// endOfValue returns the position behind the value that starts at pos.
func endOfValue(data []byte, pos int) int {
	switch data[pos] {
	case '"':
		return endOfString(data, pos)
	case '{', '[':
		return endOfContainer(data, pos)
	}
	for pos < len(data) {
		switch data[pos] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return pos
		}
		pos++
	}
	return pos
}

func endOfContainer(data []byte, pos int) int {
	for depth := 0; ; {
		switch data[pos] {
		case '"':
			pos = endOfString(data, pos)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		pos++
		if depth == 0 {
			return pos
		}
	}
}
