package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

// snapshot is an instance as it is after _initialize.
type snapshot struct {
	memory []byte
	// globals are their bits.
	globals []uint64
}

// prestart returns the module that starts as built would be after its _initialize.
func prestart(built []byte) ([]byte, error) {
	m, err := read(built)
	if err != nil {
		return nil, err
	}
	taken, err := take(m)
	if err != nil {
		return nil, err
	}
	start, err := startCode(m, taken)
	if err != nil {
		return nil, err
	}
	if err := m.addFunction("_initialize", start); err != nil {
		return nil, err
	}
	m.setMemory(taken.memory)
	return m.bytes(), nil
}

// take runs _initialize. No host reads the Go runtime's globals, so they are exported for that. Time stands still at its
// beginning: no host's clock is behind it.
func take(m *module) (snapshot, error) {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer runtime.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	config := wazero.NewModuleConfig().
		WithStartFunctions("_initialize").
		// All calls run on one stack, which the collector would halve each time, for the next call to copy it back.
		WithEnv("GODEBUG", "gcshrinkstackoff=1").
		WithNanotime(func() int64 { return 1 }, sys.ClockResolution(time.Microsecond)).
		WithWalltime(func() (int64, int32) { return 0, 1 }, sys.ClockResolution(time.Microsecond))
	instance, err := runtime.InstantiateWithConfig(ctx, m.withGlobalsExported(), config)
	if err != nil {
		return snapshot{}, err
	}
	memory, ok := instance.Memory().Read(0, instance.Memory().Size())
	if !ok {
		return snapshot{}, fmt.Errorf("the memory cannot be read")
	}
	taken := snapshot{memory: append([]byte(nil), memory...)}
	for i := range m.globals {
		taken.globals = append(taken.globals, instance.ExportedGlobal(globalName(i)).Get())
	}
	return taken, nil
}
