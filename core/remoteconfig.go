package core

import (
	"fmt"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/wire"
)

// RemoteConfig is the reply of get_remote_config.
type RemoteConfig struct {
	// Payload is the decoded payload.
	Payload codec.Value
}

// WriteMembers writes the payload.
func (r RemoteConfig) WriteMembers(w *codec.Writer) { w.ValueMember("payload", r.Payload) }

// GetRemoteConfig fetches the payload of a remote-config flag.
func (c *Client) GetRemoteConfig(nowMs int64, key string, timeoutMs int64) Outcome {
	nowMs = c.advance(nowMs)
	switch {
	case c.phase != open:
		return closedOutcome()
	case c.inert || c.options.Mode != ModeLive:
		return fail(WrongMode, "this client makes no requests")
	case c.options.SecretKey == "":
		return fail(NoSecretKey, "remote config needs the option secret_key")
	case timeoutMs == 0:
		return Outcome{Status: WouldWait}
	case timeoutMs < 0:
		timeoutMs = c.options.FlagsTimeoutMs
	}
	w := &configCall{request: c.project.RemoteConfig(key, c.options.FlagsTimeoutMs)}
	c.configs = append(c.configs, w)
	return c.tickets.wait(nowMs, timeoutMs, w)
}

// configCall is one get_remote_config on its way.
type configCall struct {
	request *wire.Request
	answer  *wire.Response
}

func (w *configCall) step(int64) (Outcome, bool) {
	if w.answer == nil {
		return Outcome{}, false
	}
	payload, problem := wire.ReadRemoteConfig(w.answer)
	if problem != "" {
		return fail(RemoteFailed, fmt.Sprintf("remote config: %s", problem)), true
	}
	return succeed(RemoteConfig{payload}), true
}

func (w *configCall) expire(int64) Outcome {
	return fail(Timeout, "the remote config did not come in time")
}

// nextConfig hands out the oldest remote-config request that nobody has been given.
func (c *Client) nextConfig(nowMs int64) *Request {
	if len(c.configs) == 0 {
		return nil
	}
	w := c.configs[0]
	c.configs = c.configs[1:]
	return c.exchanges.start(nowMs, w.request, func(_ int64, answer *wire.Response) { w.answer = answer })
}
