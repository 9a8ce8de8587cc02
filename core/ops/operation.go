package ops

import (
	"bytes"
	"errors"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
)

// Input limits, in bytes.
const (
	inputLimit = 2 << 20
	largeLimit = 64 << 20
)

// action is what Run does on the client, after the input was read.
type action interface {
	run(c *core.Client, nowMs int64) core.Outcome
}

// do is an action that is a function.
type do func(c *core.Client, nowMs int64) core.Outcome

func (f do) run(c *core.Client, nowMs int64) core.Outcome { return f(c, nowMs) }

// reader turns an input object into an action, in memory that is there. v is the view to evaluate and encode against.
type reader func(m *Memory, in codec.Value, v *core.View, nowMs int64) (action, error)

// Operation is one row of the table.
type Operation struct {
	Name string
	// Index is the row's place in Table.
	Index int
	// Waits says that the operation may answer PENDING.
	Waits bool
	// HostOnly operations answer WRONG_MODE on a client with a driver.
	HostOnly bool

	limit int
	// event operations count invalid input in the ledger.
	event bool
	read  reader
}

// Prepared is an operation whose input has been read.
type Prepared struct {
	operation *Operation
	action    action
	memory    *Memory
	// failure is the outcome where the input could not be used.
	failure core.Outcome
}

// Prepare reads the input against a view, without the client. The input must not change until the reply is there.
func (op *Operation) Prepare(in []byte, view *core.View, nowMs int64) Prepared {
	p := op.PrepareIn(&Memory{}, in, view, nowMs)
	p.memory = nil
	return p
}

// PrepareIn is Prepare with memory to use. It comes back from the reply's Recycle, or not at all.
func (op *Operation) PrepareIn(m *Memory, in []byte, view *core.View, nowMs int64) Prepared {
	p := Prepared{operation: op, memory: m}
	object, err := op.parse(in)
	if err == nil {
		p.action, err = op.read(m, object, view, nowMs)
	}
	if err != nil {
		p.action, p.failure = nil, failed(err)
	}
	return p
}

// Run does the operation on the client, under whatever lock guards it.
func (p Prepared) Run(c *core.Client, nowMs int64) Reply {
	if p.action == nil {
		if p.operation.event {
			c.Invalid()
		}
		return Outcome(p.failure).in(p.memory)
	}
	return Outcome(p.action.run(c, nowMs)).in(p.memory)
}

// Do runs the whole operation on a client that its caller drives.
func (op *Operation) Do(c *core.Client, nowMs int64, in []byte) Reply {
	return op.Prepare(in, c.View(), nowMs).Run(c, nowMs)
}

// parse checks the input and opens the object it must be; nothing and null read as an empty one.
func (op *Operation) parse(in []byte) (codec.Value, error) {
	return parseObject(in, op.limit)
}

var emptyObject = codec.Value("{}")

func parseObject(in []byte, limit int) (codec.Value, error) {
	if len(in) > limit {
		return nil, &core.Error{Status: core.TooLarge, Message: "the input is larger than this operation takes"}
	}
	if len(in) == 0 {
		return emptyObject, nil
	}
	object, err := codec.Parse(in)
	if object.Kind() == codec.Null {
		return emptyObject, nil
	}
	if err == nil && object.Kind() != codec.Object {
		err = &codec.FieldError{Name: "the input", Want: "an object"}
	}
	return object, err
}

// failed maps the errors that reading can give to outcomes.
func failed(err error) core.Outcome {
	var failure *core.Error
	var syntax *codec.SyntaxError
	switch {
	case errors.As(err, &failure):
		return core.Outcome{Status: failure.Status, Message: failure.Message}
	case errors.As(err, &syntax):
		return core.Outcome{Status: core.InvalidJSON, Message: err.Error()}
	}
	return core.Outcome{Status: core.InvalidArgument, Message: err.Error()}
}

// NowMs reads the now_ms a caller who drives the client himself may send with any operation, or gives fallback. One that
// stands first is read without a walk over the rest.
func NowMs(in []byte, fallback int64) int64 {
	if nowMs, _, ok := leadingNowMs(in); ok {
		return nowMs
	}
	object, err := parseObject(in, largeLimit)
	if err != nil {
		return fallback
	}
	if nowMs, ok := object.Get("now_ms").Int(); ok {
		return nowMs
	}
	return fallback
}

// OnlyNowMs reads the now_ms of an input that has nothing else.
func OnlyNowMs(in []byte) (nowMs int64, ok bool) {
	nowMs, end, ok := leadingNowMs(in)
	return nowMs, ok && end == len(in)-1 && in[end] == '}'
}

// CutNowMs is NowMs for a caller who owns the input: a now_ms that stands first is taken off. The input is changed in
// place for that, and what is left of it returned. What is broken behind it stays broken, and is refused with the place
// that it has without now_ms.
func CutNowMs(in []byte, fallback int64) (rest []byte, nowMs int64) {
	nowMs, end, ok := leadingNowMs(in)
	if !ok {
		return in, NowMs(in, fallback)
	}
	if in[end] == ',' {
		end++
	}
	in[end-1] = '{'
	return in[end-1:], nowMs
}

// leadingNowMs reads {"now_ms":1780000000000 in front of something more or of the end; end is where the number ends.
func leadingNowMs(in []byte) (nowMs int64, end int, ok bool) {
	const head = `{"now_ms":`
	const longest = 15 // digits, of a time that is far away
	if !bytes.HasPrefix(in, []byte(head)) {
		return 0, 0, false
	}
	end = len(head)
	for end < len(in) && end < len(head)+longest && '0' <= in[end] && in[end] <= '9' {
		nowMs = nowMs*10 + int64(in[end]-'0')
		end++
	}
	if end == len(head) || end == len(in) || in[len(head)] == '0' {
		return 0, 0, false
	}
	more := in[end] == ',' && !bytes.HasPrefix(bytes.TrimLeft(in[end+1:], " \t\r\n"), []byte("}"))
	return nowMs, end, more || in[end] == '}'
}
