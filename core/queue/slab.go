package queue

import "bytes"

// slab gives the bodies of events that follow each other memory in one piece, so that an event needs none of its own.
// Events leave in about the order they came in, and a piece is free when the last of its events has left.
type slab struct {
	// piece is what the bodies lie in, with room for more.
	piece []byte
}

const (
	firstPiece = 1 << 10
	// maxPiece is a size that the allocator has a class for.
	maxPiece = 32 << 10
)

// keep returns a copy of body. Pieces grow while they fill up; a large body gets memory of its own.
func (s *slab) keep(body []byte) []byte {
	if len(body) > maxPiece/8 {
		return bytes.Clone(body)
	}
	if len(s.piece)+len(body) > cap(s.piece) {
		s.piece = make([]byte, 0, min(max(2*cap(s.piece), 2*len(body), firstPiece), maxPiece))
	}
	at := len(s.piece)
	s.piece = append(s.piece, body...)
	return s.piece[at:len(s.piece):len(s.piece)]
}
