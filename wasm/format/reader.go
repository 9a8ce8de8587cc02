// Package format reads the basic values of the wasm binary format.
package format

import (
	"encoding/binary"
	"errors"
)

// ErrCutShort says that a module ends within a value.
var ErrCutShort = errors.New("the module is cut short")

// Reader takes values off Data; after an error it gives zeros.
type Reader struct {
	Data []byte
	Err  error
}

// Bytes takes the next n bytes.
func (r *Reader) Bytes(n uint64) []byte {
	if n > uint64(len(r.Data)) {
		r.Data, r.Err = nil, ErrCutShort
		return nil
	}
	head := r.Data[:n]
	r.Data = r.Data[n:]
	return head
}

// Byte takes the next byte.
func (r *Reader) Byte() byte {
	if head := r.Bytes(1); head != nil {
		return head[0]
	}
	return 0
}

// Number takes an unsigned LEB128; a signed one is as long.
func (r *Reader) Number() uint64 {
	n, size := binary.Uvarint(r.Data)
	if size <= 0 {
		r.Data, r.Err = nil, ErrCutShort
		return 0
	}
	r.Data = r.Data[size:]
	return n
}

// Name takes a text and the length before it.
func (r *Reader) Name() string { return string(r.Bytes(r.Number())) }
