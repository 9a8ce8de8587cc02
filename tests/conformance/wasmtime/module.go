package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/bytecodealliance/wasmtime-go/v39"
)

// load makes an instance of the module in a file. Its compiled form, which takes seconds to make, stays in the folder.
func load(path, cache string) (*instance, error) {
	wasm, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: run make wasm", err)
	}
	engine := wasmtime.NewEngine()
	module, err := compile(engine, wasm, filepath.Join(cache, fmt.Sprintf("%x", sha256.Sum256(wasm))))
	if err != nil {
		return nil, err
	}
	return instantiate(engine, module)
}

// compile takes the compiled module from a file, or compiles it and leaves it there. A file that another version of
// wasmtime wrote is refused by this one, and replaced.
func compile(engine *wasmtime.Engine, wasm []byte, path string) (*wasmtime.Module, error) {
	if module, err := wasmtime.NewModuleDeserializeFile(engine, path); err == nil {
		return module, nil
	}
	module, err := wasmtime.NewModule(engine, wasm)
	if err != nil {
		return nil, err
	}
	compiled, err := module.Serialize()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return module, os.WriteFile(path, compiled, 0o644)
}
