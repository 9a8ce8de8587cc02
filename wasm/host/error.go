package host

import (
	"errors"
	"fmt"
)

// ErrClosed is what calls on a closed instance or client return.
var ErrClosed = errors.New("posthog: closed")

// StatusError is an operation that failed. Its numbers and names are those of wasm/ABI.md.
type StatusError struct {
	Operation string
	Status    int32
	// Code is the status's name, for instance INVALID_ARGUMENT.
	Code string
	// Message says what was expected. It holds neither input nor keys.
	Message string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("posthog: %s: %s: %s", e.Operation, e.Code, e.Message)
}

// TrapError ends an instance: the module ran out of memory or has a defect. The module would go on answering from a
// state that means nothing, so every later call returns the same error.
type TrapError struct {
	// Operation is the one that trapped.
	Operation string
	Cause     error
}

func (e *TrapError) Error() string {
	return fmt.Sprintf("posthog: the wasm instance trapped in %s: %v", e.Operation, e.Cause)
}

func (e *TrapError) Unwrap() error { return e.Cause }

// LostError is what a Client returns after its instance has trapped. A new Client starts empty.
type LostError struct {
	// AtMost bounds the events that were accepted and not yet acknowledged. Those that were on their way may have
	// arrived.
	AtMost int64
	Trap   *TrapError
}

func (e *LostError) Error() string {
	return fmt.Sprintf("%v; at most %d events were lost", e.Trap, e.AtMost)
}

func (e *LostError) Unwrap() error { return e.Trap }
