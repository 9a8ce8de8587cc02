package main

import (
	"encoding/json"
	"fmt"

	"github.com/bytecodealliance/wasmtime-go/v39"
)

// instance is a running copy of the module, called as section 3 of wasm/ABI.md says.
type instance struct {
	store       *wasmtime.Store
	exports     *wasmtime.Instance
	memory      *wasmtime.Memory
	alloc, free *wasmtime.Func
}

func instantiate(engine *wasmtime.Engine, module *wasmtime.Module) (*instance, error) {
	linker := wasmtime.NewLinker(engine)
	if err := linker.DefineWasi(); err != nil {
		return nil, err
	}
	store := wasmtime.NewStore(engine)
	store.SetWasi(wasmtime.NewWasiConfig())
	exports, err := linker.Instantiate(store, module)
	if err != nil {
		return nil, err
	}
	i := &instance{
		store: store, exports: exports, memory: exports.GetExport(store, "memory").Memory(),
		alloc: exports.GetFunc(store, "posthog_alloc"), free: exports.GetFunc(store, "posthog_free"),
	}
	if _, err := exports.GetFunc(store, "_initialize").Call(store); err != nil {
		return nil, err
	}
	version, err := exports.GetFunc(store, "posthog_abi_version").Call(store)
	if err == nil && version != int32(1) {
		err = fmt.Errorf("the module has ABI version %v, this host needs 1", version)
	}
	return i, err
}

func (i *instance) Call(op string, client uint32, in []byte, nowMs int64) (reply, body []byte, err error) {
	operation := i.exports.GetFunc(i.store, "posthog_"+op)
	if operation == nil {
		return nil, nil, fmt.Errorf("the module has no operation %q", op)
	}
	input, err := i.write(in)
	if err != nil {
		return nil, nil, err
	}
	packed, err := operation.Call(i.store, int32(client), int32(input), int32(len(in)), nowMs)
	if err != nil {
		return nil, nil, err
	}
	address := uint32(packed.(int64) >> 32)
	reply = i.read(address, uint32(packed.(int64)))
	if op == "poll" {
		var polled struct {
			Request struct{ Body struct{ At, Len uint32 } }
		}
		if err := json.Unmarshal(reply, &polled); err != nil {
			return nil, nil, err
		}
		body = i.read(address+polled.Request.Body.At, polled.Request.Body.Len)
	}
	for _, block := range []uint32{input, address} {
		if _, err := i.free.Call(i.store, int32(block)); err != nil {
			return nil, nil, err
		}
	}
	return reply, body, nil
}

// write copies the input into the module and returns its address.
func (i *instance) write(in []byte) (uint32, error) {
	if len(in) == 0 {
		return 0, nil
	}
	address, err := i.alloc.Call(i.store, int32(len(in)))
	if err != nil {
		return 0, err
	}
	if address == int32(0) {
		return 0, fmt.Errorf("an input of %d bytes is more than the module takes", len(in))
	}
	at := uint32(address.(int32))
	copy(i.memory.UnsafeData(i.store)[at:], in)
	return at, nil
}

// read copies bytes out of the module: memory may move in the next call.
func (i *instance) read(at, length uint32) []byte {
	return append([]byte(nil), i.memory.UnsafeData(i.store)[at:at+length]...)
}
