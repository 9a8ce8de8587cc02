package ops

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/wire"
)

// Mode is who performs I/O for a client.
type Mode uint8

const (
	// EitherMode lets the option io choose between a driver and the host.
	EitherMode Mode = iota
	// HostMode leaves I/O to the host whatever the options say.
	HostMode
)

// lingerMs is the default of linger_ms where there is a driver. A host polls when it likes and has none.
const lingerMs = 100

// Open makes a client from the input of open. version is the default of the option lib_version. random is asked for
// entropy where the caller gave none and the client has a driver; a client that its host drives must be given some.
// Where there is a driver to encode bodies, it can apply every encoding. The client is nil where the reply is a failure.
func Open(in []byte, nowMs int64, mode Mode, version string, random func() [32]byte) (*core.Client, core.Driver, Reply) {
	object, err := parseObject(in, inputLimit)
	if err != nil {
		return nil, core.Driver{}, Outcome(failed(err))
	}
	options, err := core.ParseOptions(object, version)
	if err != nil {
		return nil, core.Driver{}, Outcome(failed(err))
	}
	if mode == HostMode {
		options.Driver.HostDriven = true
	}
	if !options.Driver.HostDriven || mode == EitherMode && options.Driver.Compress {
		options.Driver.HostEncodings = options.Encodings
		options.Encodings = wire.Encodings
	}
	// Who asks for every event by itself asks for it at once.
	if !options.Driver.HostDriven && options.Limits.FlushAt > 1 && !object.Get("linger_ms").IsSet() {
		options.Limits.LingerMs = lingerMs
	}
	if !options.EntropyGiven {
		if options.Driver.HostDriven {
			return nil, core.Driver{}, Failure(core.InvalidArgument, "entropy must be 64 hex digits of randomness")
		}
		options.Entropy = random()
	}
	if at, ok := object.Get("now_ms").Int(); ok && options.Driver.HostDriven && mode == EitherMode {
		nowMs = at
	}
	return core.Open(options, nowMs), options.Driver, Reply{}
}
