package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// same is a source of one byte over and over.
type same byte

func (b same) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

// memoryAfterStart is the memory of an instance that got its randomness from a source.
func memoryAfterStart(t *testing.T, random io.Reader) []byte {
	t.Helper()
	runtime := hosttest.Runtime(t)
	wasi_snapshot_preview1.MustInstantiate(t.Context(), runtime)
	config := wazero.NewModuleConfig().WithRandSource(random).WithStartFunctions("_initialize")
	instance, err := runtime.InstantiateWithConfig(t.Context(), hosttest.Wasm(t), config)
	if err != nil {
		t.Fatal(err)
	}
	memory, _ := instance.Memory().Read(0, instance.Memory().Size())
	return slices.Clone(memory)
}

// TestStart_seedsEveryInstanceAnew: instances start alike but for the seeds of the runtime's two generators, the process's
// and that of its one thread. Without new ones every instance of every program would have the same hash tables.
func TestStart_seedsEveryInstanceAnew(t *testing.T) {
	first, again, other := memoryAfterStart(t, same(1)), memoryAfterStart(t, same(1)), memoryAfterStart(t, same(2))
	if !bytes.Equal(first, again) {
		t.Error("two instances with the same randomness differ")
	}
	var seeded []byte
	for at := range first {
		if first[at] != other[at] {
			seeded = append(seeded, first[at])
		}
	}
	if want := bytes.Repeat([]byte{1}, 2*generatorSeedSize); !bytes.Equal(seeded, want) {
		t.Errorf("instances with different randomness differ in %x, want %d bytes of seeds", seeded, len(want))
	}
}

// TestStart_generatorsAreEmpty: what was drawn when the module was built is drawn by no instance.
func TestStart_generatorsAreEmpty(t *testing.T) {
	const random = 0xa7 // stands nowhere 32 times in a row
	parts := bytes.Split(memoryAfterStart(t, same(random)), bytes.Repeat([]byte{random}, generatorSeedSize))
	if len(parts) != 1+2 {
		t.Fatalf("%d seeds in memory, want 2", len(parts)-1)
	}
	for i, behind := range parts[1:] {
		words := behind[:generatorSize-generatorWords]
		if !bytes.Equal(words, make([]byte, len(words))) {
			t.Errorf("generator %d has the words %x, want none left", i, words)
		}
	}
}

func TestFindGenerators(t *testing.T) {
	memory := make([]byte, 4096)
	put := func(at int, block uint32, next, count uint32) {
		seed := [generatorSeedSize]byte{byte(at), 7}
		source := rand.NewChaCha8(seed)
		for range block * generatorNumbers {
			source.Uint64()
		}
		for i := range int(count) {
			binary.LittleEndian.PutUint64(memory[at+8*i:], source.Uint64())
		}
		copy(memory[at+generatorSeed:], seed[:])
		for i, word := range []uint32{next, count, 4 * block} {
			binary.LittleEndian.PutUint32(memory[at+generatorWords+4*i:], word)
		}
	}
	put(8, 0, 5, 32)
	put(512, 2, 32, 32)
	put(1024, 3, 0, 28)
	put(2048, 1, 3, 32)
	memory[2048]++
	put(3000, 0, 33, 32)
	if got, want := findGenerators(memory), []int{8, 512, 1024}; !slices.Equal(got, want) {
		t.Errorf("found at %v, want %v", got, want)
	}
	if got := findGenerators(make([]byte, 4096)); got != nil {
		t.Errorf("found at %v in empty memory", got)
	}
}

func TestFilled(t *testing.T) {
	memory := make([]byte, 100)
	for _, at := range []int{0, 1, 10, 40, 99} {
		memory[at] = 1
	}
	var got [][2]int
	for start, end := range filled(memory) {
		got = append(got, [2]int{start, end})
	}
	if want := [][2]int{{0, 11}, {40, 41}, {99, 100}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPrestart_refusesWhatIsNoModuleOfGo(t *testing.T) {
	for name, text := range map[string]string{
		"text":      "hello",
		"nothing":   header,
		"cut short": header + "\x01\x7f",
		// A memory, no global, an _initialize that does nothing.
		"not of Go": header + "\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x05\x03\x01\x00\x01\x07\x0f\x01\x0b_initialize\x00\x00\x0a\x04\x01\x02\x00\x0b",
	} {
		if _, err := prestart([]byte(text)); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}
