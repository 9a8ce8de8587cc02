package main

import (
	"fmt"

	"github.com/libposthog/libposthog/wasm/format"
)

// The sections that are looked at, by their number in the wasm binary format.
const (
	customSection = 0
	importSection = 2
	codeSection   = 10
	dataSection   = 11
)

// readSections returns the contents of the sections; of the custom ones only that of names, as number 0.
func readSections(module []byte) (map[byte][]byte, error) {
	r := &format.Reader{Data: module}
	if magic := string(r.Bytes(4)); magic != "\x00asm" {
		return nil, fmt.Errorf("not a wasm module")
	}
	r.Bytes(4)
	sections := map[byte][]byte{}
	for len(r.Data) > 0 {
		id := r.Byte()
		content := r.Bytes(r.Number())
		if id == customSection {
			custom := &format.Reader{Data: content}
			if custom.Name() != "name" {
				continue
			}
			content = custom.Data
		}
		sections[id] = content
	}
	return sections, r.Err
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
	r := &format.Reader{Data: sections[codeSection]}
	functions := make([]function, r.Number())
	for i := range functions {
		functions[i] = function{names[imported+uint64(i)], len(r.Bytes(r.Number()))}
	}
	return functions, r.Err
}

// readNames reads the function names, subsection 1 of the name section.
func readNames(section []byte) (map[uint64]string, error) {
	r := &format.Reader{Data: section}
	names := map[uint64]string{}
	for len(r.Data) > 0 {
		id := r.Byte()
		content := &format.Reader{Data: r.Bytes(r.Number())}
		if id != 1 {
			continue
		}
		for range content.Number() {
			index := content.Number()
			names[index] = content.Name()
		}
		if content.Err != nil {
			return nil, content.Err
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the second module has no name section")
	}
	return names, r.Err
}

// countImports counts the imported functions; Go modules import nothing else.
func countImports(section []byte) (uint64, error) {
	r := &format.Reader{Data: section}
	count := r.Number()
	for range count {
		r.Name()
		r.Name()
		if kind := r.Byte(); kind != 0 && r.Err == nil {
			return 0, fmt.Errorf("the module imports something that is no function")
		}
		r.Number()
	}
	return count, r.Err
}
