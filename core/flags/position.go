package flags

import (
	"crypto/fips140"
	"crypto/sha1"
	"encoding"
	"encoding/binary"
	"hash"
)

// positions hashes texts to places between 0 and 1. The zero value is ready; it keeps the memory of a hash.
type positions struct {
	hash  hash.Hash
	write encoding.BinaryAppender // the same, its state to be written
	// block and long have the text that is hashed, block a text that fits.
	block [sha1.BlockSize]byte
	long  []byte
	state []byte
}

const (
	// oneBlock is the longest text that is hashed as a block of its own: behind it stand a mark and its length.
	oneBlock = sha1.BlockSize - 1 - 8
	// stateMagic is what the hash's state begins with when it is written out.
	stateMagic = "sha\x01"
)

// room returns where to write a text of n bytes for position.
func (p *positions) room(n int) []byte {
	if n <= oneBlock {
		return p.block[:0]
	}
	return p.long[:0]
}

// position is the first 60 bits of the text's SHA-1, as a share of the largest such number. That number, too, is 2^60
// once it is a double, so that the division is exact. The text stands where room said.
func (p *positions) position(text []byte) float64 {
	return float64(p.sum64(text)>>4) / float64(0xFFFFFFFFFFFFFFF)
}

// sum64 is the first 64 bits of the SHA-1. What is hashed for a flag nearly always fits one block. That is padded here and
// its outcome taken from the hash's state, because the standard library's way to pad and to finish takes longer than the
// block itself.
func (p *positions) sum64(text []byte) uint64 {
	n := len(text)
	if n > oneBlock || fips140.Enforced() {
		if n > oneBlock {
			p.long = text
		}
		sum := sha1Sum(text)
		return binary.BigEndian.Uint64(sum[:])
	}
	if p.hash == nil {
		p.hash = sha1.New()
		p.write = p.hash.(encoding.BinaryAppender)
	}
	p.block[n] = 0x80
	clear(p.block[n+1:])
	binary.BigEndian.PutUint16(p.block[sha1.BlockSize-2:], uint16(8*n))
	p.hash.Reset()
	p.hash.Write(p.block[:])
	p.state, _ = p.write.AppendBinary(p.state[:0]) // never fails for SHA-1
	return binary.BigEndian.Uint64(p.state[len(stateMagic):])
}

// sha1Sum also answers in a process that Go is told to hold to FIPS 140-3, where SHA-1 is refused: it decides here who
// sees a feature, and protects nothing.
func sha1Sum(text []byte) [sha1.Size]byte {
	if fips140.Enforced() {
		return sha1WithoutEnforcement(text)
	}
	return sha1.Sum(text)
}

// sha1WithoutEnforcement stands apart because what a closure keeps is allocated.
func sha1WithoutEnforcement(text []byte) (sum [sha1.Size]byte) {
	fips140.WithoutEnforcement(func() { sum = sha1.Sum(text) })
	return sum
}
