package host

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero/api"
)

// operationParams tells operations from the other exports: (client, pointer, length, now_ms).
const operationParams = 4

// Instance is one running copy of the module. It may hold several clients. One instance is one thread: calls from
// several goroutines wait for each other.
type Instance struct {
	// mu makes calls one at a time; everything below is used under it.
	mu         sync.Mutex
	module     api.Module
	alloc      api.Function
	free       api.Function
	operations map[string]api.Function
	// block takes the inputs of up to inputRoom bytes, so that most calls are spared an allocation and a free.
	block uint32
	// dead is why the instance takes no more calls.
	dead error
}

// inputRoom is more than most inputs need.
const inputRoom = 16 << 10

func newInstance(ctx context.Context, module api.Module) (*Instance, error) {
	i := &Instance{
		module:     module,
		alloc:      module.ExportedFunction("posthog_alloc"),
		free:       module.ExportedFunction("posthog_free"),
		operations: map[string]api.Function{},
	}
	for name, definition := range module.ExportedFunctionDefinitions() {
		if op, found := strings.CutPrefix(name, "posthog_"); found && len(definition.ParamTypes()) == operationParams {
			i.operations[op] = module.ExportedFunction(name)
		}
	}
	version := module.ExportedFunction("posthog_abi_version")
	if i.alloc == nil || i.free == nil || version == nil {
		return nil, fmt.Errorf("the module does not export posthog_alloc, posthog_free and posthog_abi_version")
	}
	results, err := version.Call(ctx)
	if err != nil {
		return nil, err
	}
	if results[0] != abiVersion {
		return nil, fmt.Errorf("the module has ABI version %d, this host needs %d", results[0], abiVersion)
	}
	if results, err = i.alloc.Call(ctx, inputRoom); err != nil {
		return nil, err
	}
	i.block = uint32(results[0])
	return i, nil
}

// Call performs one operation ("open", "capture", "poll", …) and returns the reply's JSON, whose first member is
// "status", and for a poll that yields a request, the request's body. client is 0 for open. An empty in reads as {}.
// nowMs is the time in Unix milliseconds; it may be virtual, and a smaller one than before is taken for the same.
//
// ctx does not interrupt a call: no operation waits inside the module.
//
// # Errors
//
// A failed operation is a reply with a negative status, not an error. Errors are a [*TrapError] (this call trapped, or
// an earlier one did), a closed instance, an operation the module does not have, and an input larger than 64 MiB.
func (i *Instance) Call(ctx context.Context, op string, client uint32, in []byte, nowMs int64) (reply, body []byte, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.dead != nil {
		return nil, nil, i.dead
	}
	fn, known := i.operations[op]
	if !known {
		return nil, nil, fmt.Errorf("the module has no operation %q", op)
	}
	input, err := i.write(ctx, op, in)
	if err != nil {
		return nil, nil, err
	}
	results, err := fn.Call(ctx, uint64(client), uint64(input), uint64(len(in)), uint64(nowMs))
	if err != nil {
		return nil, nil, i.trap(ctx, op, err)
	}
	address, length := uint32(results[0]>>32), uint32(results[0])
	reply, body, err = i.read(op, address, length)
	if err != nil {
		return nil, nil, i.trap(ctx, op, err)
	}
	for _, block := range []uint32{input, address} {
		if block == i.block {
			continue
		}
		if _, err := i.free.Call(ctx, uint64(block)); err != nil {
			return nil, nil, i.trap(ctx, "free", err)
		}
	}
	return reply, body, nil
}

// write copies the input into the module and returns its address.
func (i *Instance) write(ctx context.Context, op string, in []byte) (uint32, error) {
	if len(in) == 0 {
		return i.block, nil
	}
	address := i.block
	if len(in) > inputRoom {
		results, err := i.alloc.Call(ctx, uint64(len(in)))
		if err != nil {
			return 0, i.trap(ctx, op, err)
		}
		address = uint32(results[0])
	}
	if address == 0 {
		return 0, fmt.Errorf("%s: an input of %d bytes is more than the module takes", op, len(in))
	}
	if !i.module.Memory().Write(address, in) {
		return 0, i.trap(ctx, op, fmt.Errorf("block at %d lies outside the memory", address))
	}
	return address, nil
}

// read copies the reply out of the module, and the body a poll's reply refers to: memory may move in the next call.
func (i *Instance) read(op string, address, length uint32) (reply, body []byte, err error) {
	view, ok := i.module.Memory().Read(address, length)
	if !ok {
		return nil, nil, fmt.Errorf("reply at %d lies outside the memory", address)
	}
	reply = append([]byte(nil), view...)
	if op != "poll" {
		return reply, nil, nil
	}
	extent, err := bodyExtent(reply)
	if err != nil || extent.Len == 0 {
		return reply, nil, err
	}
	view, ok = i.module.Memory().Read(address+extent.At, extent.Len)
	if !ok {
		return nil, nil, fmt.Errorf("body at %d lies outside the memory", address+extent.At)
	}
	return reply, append([]byte(nil), view...), nil
}

// MemoryBytes returns how large the instance's memory is. It never shrinks.
func (i *Instance) MemoryBytes() uint32 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.module.Memory().Size()
}

// Close ends the instance and everything in it, queued events included: shut its clients down first.
func (i *Instance) Close(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.dead == nil {
		i.dead = ErrClosed
	}
	return i.module.Close(ctx)
}

// trap ends the instance: after a trap its memory is in no known state, though it would go on answering.
func (i *Instance) trap(ctx context.Context, op string, cause error) error {
	i.dead = &TrapError{Operation: op, Cause: cause}
	i.module.Close(ctx)
	return i.dead
}
