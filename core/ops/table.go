package ops

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/event"
)

// Defaults of timeout_ms, in milliseconds. Flag operations wait as long as their requests may take.
const (
	loadTimeoutMs     = 10_000
	readyTimeoutMs    = 30_000
	drainTimeoutMs    = 0
	shutdownTimeoutMs = -1 // the option shutdown_timeout_ms
)

// Table is every operation but open, in the order both ABIs list them.
var Table = index([]*Operation{
	{Name: "capture", event: true, read: eventOperation(event.Capture, captureEvent)},
	{Name: "identify", event: true, read: eventOperation(event.Identify, captureEvent)},
	{Name: "alias", event: true, read: eventOperation(event.Alias, captureEvent)},
	{Name: "group_identify", event: true, read: eventOperation(event.GroupIdentify, captureEvent)},
	{Name: "set", event: true, read: eventOperation(event.Set, captureEvent)},
	{Name: "capture_exception", event: true, read: eventOperation(event.CaptureException, captureEvent)},
	{Name: "capture_ai", event: true, limit: 10 << 20, read: eventOperation(event.CaptureAI, captureEvent)},
	{Name: "build", event: true, read: build},
	{Name: "enqueue", read: enqueue},
	{Name: "register", read: register},
	{Name: "unregister", read: unregister},
	{Name: "evaluate_flags", Waits: true, read: evaluateFlags},
	{Name: "get_flag", Waits: true, read: getFlag},
	{Name: "get_remote_config", Waits: true, read: getRemoteConfig},
	{Name: "flag_called", read: flagCalled},
	{Name: "load_flags", Waits: true, read: waiting(loadTimeoutMs, (*core.Client).LoadFlags)},
	{Name: "wait_ready", Waits: true, read: waiting(readyTimeoutMs, (*core.Client).WaitReady)},
	{Name: "set_flag_definitions", limit: largeLimit, read: setFlagDefinitions},
	{Name: "get_flag_definitions", read: getFlagDefinitions},
	{Name: "override_flags", read: overrideFlags},
	{Name: "captured", read: captured},
	{Name: "flush", Waits: true, read: waiting(shutdownTimeoutMs, (*core.Client).Flush)},
	{Name: "stats", read: stats},
	{Name: "drain", Waits: true, read: waiting(drainTimeoutMs, (*core.Client).Drain)},
	{Name: "set_enabled", read: setEnabled},
	{Name: "shutdown", Waits: true, read: waiting(shutdownTimeoutMs, (*core.Client).Shutdown)},
	{Name: "poll", HostOnly: true, read: poll},
	{Name: "complete", HostOnly: true, limit: largeLimit, read: complete},
})

func index(table []*Operation) []*Operation {
	for i, op := range table {
		op.Index = i
		if op.limit == 0 {
			op.limit = inputLimit
		}
	}
	return table
}

// Lookup finds an operation by its name, or returns nil.
func Lookup(name string) *Operation {
	for _, op := range Table {
		if op.Name == name {
			return op
		}
	}
	return nil
}
