package queue

import (
	"bytes"
	"testing"
)

// Bodies stay as they were kept, whatever is done to the memory they came from and whatever is kept after them.
func TestSlab_keepsBodiesApart(t *testing.T) {
	var s slab
	scratch := make([]byte, 2*maxPiece)
	var kept [][]byte
	for n := range 300 {
		body := scratch[:n*n%(maxPiece/4)]
		for i := range body {
			body[i] = byte(n)
		}
		kept = append(kept, s.keep(body))
	}
	kept = append(kept, s.keep(scratch))
	for n, body := range kept[:300] {
		_ = append(body, "longer"...)
		if want := bytes.Repeat([]byte{byte(n)}, n*n%(maxPiece/4)); !bytes.Equal(body, want) {
			t.Fatalf("body %d has changed", n)
		}
	}
	if !bytes.Equal(kept[300], scratch) {
		t.Error("a large body has changed")
	}
}

// A client that has few events takes little memory, one with many few pieces.
func TestSlab_growsWithItsUse(t *testing.T) {
	var s slab
	s.keep(make([]byte, 400))
	if cap(s.piece) != firstPiece {
		t.Errorf("a first event takes %d bytes, want %d", cap(s.piece), firstPiece)
	}
	pieces := testing.AllocsPerRun(1000, func() { s.keep(make([]byte, 400)) })
	if cap(s.piece) != maxPiece || pieces != 0 {
		t.Errorf("a piece has %d bytes, %v of them an event; want %d, and many events to one", cap(s.piece), pieces, maxPiece)
	}
}
