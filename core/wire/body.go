package wire

// Body is the body of a request, not yet put together: Events stand between Head and Tail, with commas between them.
// Events keep the memory they have in the queue.
type Body struct {
	Head   []byte
	Events [][]byte
	Tail   []byte
}

// Len returns how many bytes the body has.
func (b *Body) Len() int {
	n := len(b.Head) + len(b.Tail) + max(len(b.Events)-1, 0)
	for _, e := range b.Events {
		n += len(e)
	}
	return n
}

// AppendTo puts the body together behind dst.
func (b *Body) AppendTo(dst []byte) []byte {
	dst = append(dst, b.Head...)
	for i, e := range b.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, e...)
	}
	return append(dst, b.Tail...)
}

// Bytes returns the body put together. One that is all head is not copied.
func (b *Body) Bytes() []byte {
	if len(b.Events)+len(b.Tail) == 0 {
		return b.Head
	}
	return b.AppendTo(make([]byte, 0, b.Len()))
}
