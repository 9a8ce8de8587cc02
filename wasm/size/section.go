package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The sections that are looked at, by their number in the wasm binary format.
const (
	customSection = 0
	importSection = 2
	codeSection   = 10
	dataSection   = 11
)

var errCutShort = errors.New("the module is cut short")

// reader takes wasm's basic values off a byte slice; after an error it gives zeros.
type reader struct {
	data []byte
	err  error
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.data)) {
		r.data, r.err = nil, errCutShort
		return nil
	}
	head := r.data[:n]
	r.data = r.data[n:]
	return head
}

func (r *reader) byte() byte {
	if head := r.bytes(1); head != nil {
		return head[0]
	}
	return 0
}

// number reads an unsigned LEB128.
func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.data, r.err = nil, errCutShort
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) name() string { return string(r.bytes(r.number())) }

// readSections returns the contents of the sections; of the custom ones only that of names, as number 0.
func readSections(module []byte) (map[byte][]byte, error) {
	r := &reader{data: module}
	if magic := string(r.bytes(4)); magic != "\x00asm" {
		return nil, fmt.Errorf("not a wasm module")
	}
	r.bytes(4)
	sections := map[byte][]byte{}
	for len(r.data) > 0 {
		id := r.byte()
		content := r.bytes(r.number())
		if id == customSection {
			custom := &reader{data: content}
			if custom.name() != "name" {
				continue
			}
			content = custom.data
		}
		sections[id] = content
	}
	return sections, r.err
}

// function is one function of the code section.
type function struct {
	name string
	size int
}

// readFunctions joins the code section with the names. Names count imported functions first, code does not.
func readFunctions(sections map[byte][]byte) ([]function, error) {
	names, err := readNames(sections[customSection])
	if err != nil {
		return nil, err
	}
	imported, err := countImports(sections[importSection])
	if err != nil {
		return nil, err
	}
	r := &reader{data: sections[codeSection]}
	functions := make([]function, r.number())
	for i := range functions {
		functions[i] = function{names[imported+uint64(i)], len(r.bytes(r.number()))}
	}
	return functions, r.err
}

// readNames reads the function names, subsection 1 of the name section.
func readNames(section []byte) (map[uint64]string, error) {
	r := &reader{data: section}
	names := map[uint64]string{}
	for len(r.data) > 0 {
		id := r.byte()
		content := &reader{data: r.bytes(r.number())}
		if id != 1 {
			continue
		}
		for range content.number() {
			index := content.number()
			names[index] = content.name()
		}
		if content.err != nil {
			return nil, content.err
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the second module has no name section")
	}
	return names, r.err
}

// countImports counts the imported functions; Go modules import nothing else.
func countImports(section []byte) (uint64, error) {
	r := &reader{data: section}
	count := r.number()
	for range count {
		r.name()
		r.name()
		if kind := r.byte(); kind != 0 && r.err == nil {
			return 0, fmt.Errorf("the module imports something that is no function")
		}
		r.number()
	}
	return count, r.err
}
