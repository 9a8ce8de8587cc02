//go:build wasip1

package main

import (
	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/wasm/reactor"
)

var instance = reactor.New()

// call is what every operation's export is: c the client, p and n where the input lies and how long it is, t the
// time in milliseconds. It returns the reply's address in the upper half and the length of its JSON in the lower.
func call(operation string, c, p, n uint32, t int64) uint64 {
	in, ok := input(p, n)
	if !ok {
		return lend(reactor.NotABlock())
	}
	reply := instance.Call(operation, c, in, t)
	collect(len(in) + len(reply.Text))
	return lend(reply)
}

//go:wasmexport posthog_abi_version
func abiVersion() int32 { return libposthog.ABIVersion }

//go:wasmexport posthog_open
func open(c, p, n uint32, t int64) uint64 { return call("open", c, p, n, t) }

//go:wasmexport posthog_capture
func capture(c, p, n uint32, t int64) uint64 { return call("capture", c, p, n, t) }

//go:wasmexport posthog_identify
func identify(c, p, n uint32, t int64) uint64 { return call("identify", c, p, n, t) }

//go:wasmexport posthog_alias
func alias(c, p, n uint32, t int64) uint64 { return call("alias", c, p, n, t) }

//go:wasmexport posthog_group_identify
func groupIdentify(c, p, n uint32, t int64) uint64 { return call("group_identify", c, p, n, t) }

//go:wasmexport posthog_set
func set(c, p, n uint32, t int64) uint64 { return call("set", c, p, n, t) }

//go:wasmexport posthog_capture_exception
func captureException(c, p, n uint32, t int64) uint64 { return call("capture_exception", c, p, n, t) }

//go:wasmexport posthog_capture_ai
func captureAi(c, p, n uint32, t int64) uint64 { return call("capture_ai", c, p, n, t) }

//go:wasmexport posthog_build
func build(c, p, n uint32, t int64) uint64 { return call("build", c, p, n, t) }

//go:wasmexport posthog_enqueue
func enqueue(c, p, n uint32, t int64) uint64 { return call("enqueue", c, p, n, t) }

//go:wasmexport posthog_register
func register(c, p, n uint32, t int64) uint64 { return call("register", c, p, n, t) }

//go:wasmexport posthog_unregister
func unregister(c, p, n uint32, t int64) uint64 { return call("unregister", c, p, n, t) }

//go:wasmexport posthog_evaluate_flags
func evaluateFlags(c, p, n uint32, t int64) uint64 { return call("evaluate_flags", c, p, n, t) }

//go:wasmexport posthog_get_flag
func getFlag(c, p, n uint32, t int64) uint64 { return call("get_flag", c, p, n, t) }

//go:wasmexport posthog_get_remote_config
func getRemoteConfig(c, p, n uint32, t int64) uint64 { return call("get_remote_config", c, p, n, t) }

//go:wasmexport posthog_flag_called
func flagCalled(c, p, n uint32, t int64) uint64 { return call("flag_called", c, p, n, t) }

//go:wasmexport posthog_load_flags
func loadFlags(c, p, n uint32, t int64) uint64 { return call("load_flags", c, p, n, t) }

//go:wasmexport posthog_wait_ready
func waitReady(c, p, n uint32, t int64) uint64 { return call("wait_ready", c, p, n, t) }

//go:wasmexport posthog_set_flag_definitions
func setFlagDefinitions(c, p, n uint32, t int64) uint64 {
	return call("set_flag_definitions", c, p, n, t)
}

//go:wasmexport posthog_get_flag_definitions
func getFlagDefinitions(c, p, n uint32, t int64) uint64 {
	return call("get_flag_definitions", c, p, n, t)
}

//go:wasmexport posthog_override_flags
func overrideFlags(c, p, n uint32, t int64) uint64 { return call("override_flags", c, p, n, t) }

//go:wasmexport posthog_captured
func captured(c, p, n uint32, t int64) uint64 { return call("captured", c, p, n, t) }

//go:wasmexport posthog_flush
func flush(c, p, n uint32, t int64) uint64 { return call("flush", c, p, n, t) }

//go:wasmexport posthog_stats
func stats(c, p, n uint32, t int64) uint64 { return call("stats", c, p, n, t) }

//go:wasmexport posthog_drain
func drain(c, p, n uint32, t int64) uint64 { return call("drain", c, p, n, t) }

//go:wasmexport posthog_set_enabled
func setEnabled(c, p, n uint32, t int64) uint64 { return call("set_enabled", c, p, n, t) }

//go:wasmexport posthog_shutdown
func shutdown(c, p, n uint32, t int64) uint64 { return call("shutdown", c, p, n, t) }

//go:wasmexport posthog_poll
func poll(c, p, n uint32, t int64) uint64 { return call("poll", c, p, n, t) }

//go:wasmexport posthog_complete
func complete(c, p, n uint32, t int64) uint64 { return call("complete", c, p, n, t) }
