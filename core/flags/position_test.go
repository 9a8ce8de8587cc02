package flags

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"testing"
)

// Texts of every length, one behind the other through the same memory, have the beginning of their SHA-1.
func TestPositions_areSHA1(t *testing.T) {
	var p positions
	for _, b := range []byte{0, 'x', 0x80, 0xff} {
		for n := range 3 * sha1.BlockSize {
			text := bytes.Repeat([]byte{b}, n)
			sum := sha1.Sum(text)
			if got, want := p.sum64(append(p.room(n), text...)), binary.BigEndian.Uint64(sum[:]); got != want {
				t.Fatalf("%d bytes of %#x: got %#x, want %#x", n, b, got, want)
			}
		}
	}
}
