package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/libposthog/libposthog/wasm/format"
)

// Sections of a module, by their number in the binary format, and the types of globals.
const (
	typeSection      = 1
	importSection    = 2
	functionSection  = 3
	memorySection    = 5
	globalSection    = 6
	exportSection    = 7
	codeSection      = 10
	dataSection      = 11
	dataCountSection = 12

	typeI32 = 0x7f
	typeI64 = 0x7e

	opI64Const = 0x42

	exportedFunction = 0
	exportedGlobal   = 3
)

const header = "\x00asm\x01\x00\x00\x00"

const pageSize = 64 << 10

// module is a module in its sections.
type module struct {
	sections []section
	// imported are the imported functions' numbers by their names, of which some stand twice; imports is how many there are.
	imported map[string]uint64
	imports  uint64
	globals  []global
}

type section struct {
	id      byte
	content []byte
}

// global is a mutable global.
type global struct{ kind byte }

// constant is the code that gives its bits.
func (g global) constant(bits uint64) []byte {
	if g.kind == typeI64 {
		return append([]byte{opI64Const}, signed(int64(bits))...)
	}
	return constant(int(int32(bits)))
}

func read(text []byte) (*module, error) {
	content, found := bytes.CutPrefix(text, []byte(header))
	if !found {
		return nil, fmt.Errorf("not a wasm module")
	}
	m := &module{imported: map[string]uint64{}}
	r := &format.Reader{Data: content}
	for len(r.Data) > 0 {
		id := r.Byte()
		m.sections = append(m.sections, section{id, r.Bytes(r.Number())})
	}
	imports := m.reader(importSection)
	m.imports = imports.Number()
	for n := range m.imports {
		imports.Bytes(imports.Number())
		name := imports.Bytes(imports.Number())
		if kind := imports.Byte(); kind != 0 {
			return nil, fmt.Errorf("%s is imported and no function", name)
		}
		imports.Number()
		m.imported[string(name)] = n
	}
	globals := m.reader(globalSection)
	for range globals.Number() {
		kind, mutable, op, value, end := globals.Byte(), globals.Byte(), globals.Byte(), globals.Number(), globals.Byte()
		if mutable != 1 || value != 0 || end != opEnd || (kind != typeI32 || op != opI32Const) && (kind != typeI64 || op != opI64Const) {
			return nil, fmt.Errorf("a global is not as Go's linker makes them")
		}
		m.globals = append(m.globals, global{kind})
	}
	return m, errors.Join(r.Err, imports.Err, globals.Err)
}

func (m *module) find(id byte) *section {
	for i := range m.sections {
		if m.sections[i].id == id {
			return &m.sections[i]
		}
	}
	return &section{}
}

func (m *module) reader(id byte) *format.Reader { return &format.Reader{Data: m.find(id).content} }

func (m *module) bytes() []byte {
	out := []byte(header)
	for _, s := range m.sections {
		out = append(append(out, s.id), unsigned(uint64(len(s.content)))...)
		out = append(out, s.content...)
	}
	return out
}

func globalName(i int) string { return fmt.Sprintf("global %d", i) }

// withGlobalsExported returns a module that is m but for more exports.
func (m *module) withGlobalsExported() []byte {
	more := *m
	more.sections = slices.Clone(m.sections)
	for i := range m.globals {
		name := globalName(i)
		entry := append(unsigned(uint64(len(name))), name...)
		more.append(exportSection, append(append(entry, exportedGlobal), unsigned(uint64(i))...))
	}
	return more.bytes()
}

// append adds an entry to a section that is a list, and returns its number there.
func (m *module) append(id byte, entry []byte) uint64 {
	s, r := m.find(id), m.reader(id)
	n := r.Number()
	s.content = slices.Concat(unsigned(n+1), r.Data, entry)
	return n
}

// addFunction adds a function without parameters and results, and exports it in place of the one of that name.
func (m *module) addFunction(name string, body []byte) error {
	kind, err := m.voidType()
	if err != nil {
		return err
	}
	number := m.imports + m.append(functionSection, unsigned(kind))
	m.append(codeSection, append(unsigned(uint64(len(body))), body...))
	s, r := m.find(exportSection), m.reader(exportSection)
	count := r.Number()
	content, replaced := unsigned(count), false
	for range count {
		exported, kind, index := r.Bytes(r.Number()), r.Byte(), r.Number()
		if string(exported) == name && kind == exportedFunction {
			index, replaced = number, true
		}
		content = append(append(content, unsigned(uint64(len(exported)))...), exported...)
		content = append(append(content, kind), unsigned(index)...)
	}
	if !replaced {
		return fmt.Errorf("the module does not export %s", name)
	}
	s.content = content
	return r.Err
}

// voidType is the number of the type of functions without parameters and results.
func (m *module) voidType() (uint64, error) {
	r := m.reader(typeSection)
	for number := range r.Number() {
		r.Byte()
		parameters, results := r.Bytes(r.Number()), r.Bytes(r.Number())
		if r.Err == nil && len(parameters)+len(results) == 0 {
			return number, nil
		}
	}
	return 0, fmt.Errorf("the module has no function without parameters and results")
}

// setMemory makes memory what the module starts with. What is 0 needs no data.
func (m *module) setMemory(memory []byte) {
	limits := m.reader(memorySection)
	count, flags := limits.Number(), limits.Byte()
	limits.Number()
	pages := unsigned(uint64(len(memory) / pageSize))
	m.find(memorySection).content = slices.Concat(unsigned(count), []byte{flags}, pages, limits.Data)
	var segments []byte
	n := uint64(0)
	for start, end := range filled(memory) {
		segments = append(append(append(segments, 0), constant(start)...), opEnd)
		segments = append(append(segments, unsigned(uint64(end-start))...), memory[start:end]...)
		n++
	}
	m.find(dataSection).content = append(unsigned(n), segments...)
	if s := m.find(dataCountSection); s.id != 0 {
		s.content = unsigned(n)
	}
}

// filled goes through the parts of memory that are not 0. A gap that is shorter than a part's own head is no gap.
func filled(memory []byte) func(yield func(start, end int) bool) {
	const head = 16
	return func(yield func(start, end int) bool) {
		for start := 0; start < len(memory); {
			if memory[start] == 0 {
				start++
				continue
			}
			end := start + 1
			for i := end; i < len(memory) && i < end+head; i++ {
				if memory[i] != 0 {
					end = i + 1
				}
			}
			if !yield(start, end) {
				return
			}
			start = end
		}
	}
}

func unsigned(n uint64) []byte { return binary.AppendUvarint(nil, n) }

// signed is a signed LEB128.
func signed(n int64) (out []byte) {
	for {
		low := byte(n & 0x7f)
		if n >>= 7; n == 0 && low&0x40 == 0 || n == -1 && low&0x40 != 0 {
			return append(out, low)
		}
		out = append(out, low|0x80)
	}
}
