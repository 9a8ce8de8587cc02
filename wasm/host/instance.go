package host

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero/api"
)

// operationParams tells operations from the other exports: (client, pointer, length, now_ms). flagValueParams are
// (client, pointer, key's length, distinct id's length, length of the rest, now_ms).
const (
	operationParams = 4
	flagValueParams = 6
)

// Instance is one running copy of the module. It may hold several clients. One instance is one thread: calls from
// several goroutines wait for each other.
type Instance struct {
	// mu makes calls one at a time; everything below is used under it.
	mu         sync.Mutex
	module     api.Module
	alloc      api.Function
	free       api.Function
	operations map[string]api.Function
	flagValue  api.Function
	// stack carries the arguments of a call in and its result out.
	stack [flagValueParams]uint64
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
		flagValue:  module.ExportedFunction("posthog_flag_value"),
	}
	for name, definition := range module.ExportedFunctionDefinitions() {
		if op, found := strings.CutPrefix(name, "posthog_"); found && len(definition.ParamTypes()) == operationParams {
			i.operations[op] = module.ExportedFunction(name)
		}
	}
	version := module.ExportedFunction("posthog_abi_version")
	if i.alloc == nil || i.free == nil || version == nil || i.flagValue == nil {
		return nil, fmt.Errorf("the module lacks posthog_alloc, posthog_free, posthog_flag_value or posthog_abi_version")
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
	packed, err := i.enter(ctx, fn, uint64(client), uint64(input), uint64(len(in)), uint64(nowMs))
	if err != nil {
		return nil, nil, i.trap(ctx, op, err)
	}
	address, length := uint32(packed>>32), uint32(packed)
	reply, body, err = i.read(op, address, length)
	if err != nil {
		return nil, nil, i.trap(ctx, op, err)
	}
	if err = i.release(ctx, op, input); err == nil {
		err = i.release(ctx, op, address)
	}
	return reply, body, err
}

// enter calls an export, without the allocations of api.Function's Call.
func (i *Instance) enter(ctx context.Context, fn api.Function, arguments ...uint64) (result uint64, err error) {
	copy(i.stack[:], arguments)
	err = fn.CallWithStack(ctx, i.stack[:])
	return i.stack[0], err
}

// write copies the input into the module and returns its address.
func (i *Instance) write(ctx context.Context, op string, in []byte) (uint32, error) {
	address, err := i.reserve(ctx, op, len(in))
	if err == nil && !i.module.Memory().Write(address, in) {
		err = i.trap(ctx, op, fmt.Errorf("block at %d lies outside the memory", address))
	}
	return address, err
}

// reserve returns the address of a block for length bytes of input.
func (i *Instance) reserve(ctx context.Context, op string, length int) (uint32, error) {
	if length <= inputRoom {
		return i.block, nil
	}
	address, err := i.enter(ctx, i.alloc, uint64(length))
	if err != nil {
		return 0, i.trap(ctx, op, err)
	}
	if uint32(address) == 0 {
		return 0, fmt.Errorf("%s: an input of %d bytes is more than the module takes", op, length)
	}
	return uint32(address), nil
}

// release gives back what reserve or a call gave.
func (i *Instance) release(ctx context.Context, op string, address uint32) error {
	if address == i.block {
		return nil
	}
	if _, err := i.enter(ctx, i.free, uint64(address)); err != nil {
		return i.trap(ctx, op, err)
	}
	return nil
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
