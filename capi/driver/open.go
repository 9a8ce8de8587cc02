package driver

import (
	"crypto/rand"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
)

// Caller is an open client, whoever drives it.
type Caller interface {
	Call(op *ops.Operation, in []byte) ops.Reply
	FlagValue(key, distinctID string, in []byte, room int) (core.Status, codec.Value)
	Released() bool
}

// Open makes a client from the input of open; version is the default of the option lib_version. The client is nil
// where the reply is a failure.
func Open(in []byte, version string) (caller Caller, reply ops.Reply) {
	since := startClock()
	client, options, reply := ops.Open(in, since.nowMs(), ops.EitherMode, version, randomSeed)
	if client == nil {
		return nil, reply
	}
	raiseMemoryLimit(options.MemoryLimitMB)
	if options.HostDriven {
		return newHost(client, options, ops.NowMs(in, since.nowMs())), reply
	}
	transport, err := acquireTransport(options.Proxy, options.NoProxy, options.CAFile)
	if err != nil {
		return nil, ops.Failure(core.InvalidArgument, err.Error())
	}
	return newClient(client, transport, since), reply
}

func randomSeed() (seed [32]byte) {
	_, _ = rand.Read(seed[:]) // never fails: without randomness the runtime ends the process
	return seed
}
