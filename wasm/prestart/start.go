package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// stackPointer is the global that Go's linker puts first.
const stackPointer = 0

// Opcodes of WebAssembly.
const (
	opIf        = 0x04
	opEnd       = 0x0b
	opCall      = 0x10
	opDrop      = 0x1a
	opGlobalGet = 0x23
	opGlobalSet = 0x24
	opI32Store  = 0x36
	opI32Const  = 0x41
	opI32Eqz    = 0x45
	noResult    = 0x40
)

// startCode is the body of _initialize: once, it gives the generators of the Go runtime new seeds from random_get, and sets
// the globals. From the generators come the seeds of hash tables that are made later, which nobody who chooses their
// keys may know.
func startCode(m *module, taken snapshot) ([]byte, error) {
	if len(taken.globals) == 0 || m.globals[stackPointer].kind != typeI32 || taken.globals[stackPointer] == 0 {
		return nil, fmt.Errorf("the first global is not Go's stack pointer")
	}
	randomGet, found := m.imported["random_get"]
	generators := findGenerators(taken.memory)
	if !found || len(generators) == 0 {
		return nil, fmt.Errorf("the Go runtime's random numbers cannot be found: has Go changed them?")
	}
	code := []byte{0, opGlobalGet, stackPointer, opI32Eqz, opIf, noResult}
	for _, at := range generators {
		code = append(code, constant(at+generatorSeed)...)
		code = append(code, constant(generatorSeedSize)...)
		code = append(append(code, opCall), unsigned(randomGet)...)
		code = append(code, opDrop)
		// Nothing is left of the block, and the next is the seed's own.
		for word := generatorWords; word < generatorSize; word += 4 {
			code = append(code, constant(at+word)...)
			code = append(code, constant(0)...)
			code = append(code, opI32Store, 2, 0)
		}
	}
	for i, g := range m.globals {
		code = append(append(code, g.constant(taken.globals[i])...), opGlobalSet)
		code = append(code, unsigned(uint64(i))...)
	}
	return append(code, opEnd, opEnd), nil
}

// The layout of a generator, internal/chacha8rand's State: a block of 32 numbers of 8 bytes, the seed it was made of, and
// three words: the next number, how many there are, and the block's counter.
const (
	generatorNumbers  = 32
	generatorSeed     = 8 * generatorNumbers
	generatorSeedSize = 32
	generatorWords    = generatorSeed + generatorSeedSize
	generatorSize     = generatorWords + 3*4
	// usable is how many numbers every block gives; the last of four keeps the rest for itself.
	usable = generatorNumbers - 4
)

// findGenerators returns where generators lie: wherever a block of numbers is what the seed beside it makes.
func findGenerators(memory []byte) []int {
	var found []int
	for at := 0; at+generatorSize <= len(memory); at += 8 {
		if isGenerator(memory[at : at+generatorSize]) {
			found = append(found, at)
		}
	}
	return found
}

func isGenerator(state []byte) bool {
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(state[generatorWords+4*i:]) }
	next, count, counter := word(0), word(1), word(2)
	if next > count || count != generatorNumbers && count != usable || counter%4 != 0 || counter >= 16 {
		return false
	}
	source := rand.NewChaCha8([generatorSeedSize]byte(state[generatorSeed:generatorWords]))
	for range counter / 4 * generatorNumbers {
		source.Uint64()
	}
	for i := range usable {
		if source.Uint64() != binary.LittleEndian.Uint64(state[8*i:]) {
			return false
		}
	}
	return true
}

// constant is the code that gives a number.
func constant(value int) []byte { return append([]byte{opI32Const}, signed(int64(int32(value)))...) }
