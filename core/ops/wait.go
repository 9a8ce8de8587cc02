package ops

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
)

// waiting makes the reader of an operation whose only input is timeout_ms; fallbackMs is its default, and negative
// for the client's shutdown_timeout_ms.
func waiting(fallbackMs int64, run func(c *core.Client, nowMs, timeoutMs int64) core.Outcome) reader {
	return func(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
		var f codec.Fields
		timeoutMs := timeout(&f, in.Get("timeout_ms"), fallbackMs)
		return do(func(c *core.Client, nowMs int64) core.Outcome {
			if timeoutMs < 0 {
				return run(c, nowMs, c.ShutdownTimeoutMs())
			}
			return run(c, nowMs, timeoutMs)
		}), f.Err
	}
}

func stats(*Memory, codec.Value, *core.View, int64) (action, error) {
	return do((*core.Client).Stats), nil
}

func getFlagDefinitions(*Memory, codec.Value, *core.View, int64) (action, error) {
	return do((*core.Client).Definitions), nil
}

func setFlagDefinitions(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
	return do(func(c *core.Client, nowMs int64) core.Outcome { return c.SetDefinitions(nowMs, in) }), nil
}
