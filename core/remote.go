package core

import (
	"slices"

	"github.com/libposthog/libposthog/core/flags"
	"github.com/libposthog/libposthog/core/wire"
)

const (
	firstFlagsRetryMs = 300
	budgetWindowMs    = 60_000
	// maxMissingKeys bounds the negative cache.
	maxMissingKeys = 10_000
)

// remote asks the service for flags that could not be decided locally, within a budget.
type remote struct {
	// perMinute bounds the requests; negative means no bound.
	perMinute     int64
	windowStartMs int64
	used          int64
	// missing are keys that neither the definitions nor the service know.
	missing map[string]struct{}
	calls   []*remoteCall
}

// remoteCall is one flags request with its retries.
type remoteCall struct {
	query    *wire.FlagsQuery
	attempts int64
	dueMs    int64
	inFlight bool
	finished bool
	// answer is nil where problem tells why there is none.
	answer  *wire.FlagsAnswer
	problem string
}

func newRemote(perMinute int64) remote {
	return remote{perMinute: perMinute}
}

// left reports whether the budget has a request left.
func (r *remote) left(nowMs int64) bool {
	if nowMs >= r.windowStartMs+budgetWindowMs {
		return r.perMinute != 0
	}
	return r.perMinute < 0 || r.used < r.perMinute
}

// spend takes one request from the budget and reports whether there was one left.
func (r *remote) spend(nowMs int64) bool {
	if !r.left(nowMs) {
		return false
	}
	if nowMs >= r.windowStartMs+budgetWindowMs {
		r.windowStartMs, r.used = nowMs, 0
	}
	r.used++
	return true
}

// forget empties the negative cache: new definitions may know what was missing.
func (r *remote) forget() { r.missing = nil }

func (r *remote) isMissing(key string) bool {
	_, missing := r.missing[key]
	return missing
}

// learn notes which of the keys asked for neither the definitions nor a clean answer had.
func (r *remote) learn(call *remoteCall, definitions *flags.Definitions) {
	a := call.answer
	if a == nil || a.Incomplete || a.QuotaLimited || definitions == nil {
		return
	}
	for _, key := range call.query.FlagKeys {
		answered := slices.ContainsFunc(a.Flags, func(f wire.RemoteFlag) bool { return f.Key == key })
		if answered || definitions.Has(key) || len(r.missing) >= maxMissingKeys {
			continue
		}
		if r.missing == nil {
			r.missing = map[string]struct{}{}
		}
		r.missing[key] = struct{}{}
	}
}

func (r *remote) ask(nowMs int64, q *wire.FlagsQuery) *remoteCall {
	call := &remoteCall{query: q, dueMs: nowMs}
	r.calls = append(r.calls, call)
	return call
}

// drop forgets a call nobody waits for any more.
func (r *remote) drop(call *remoteCall) {
	if i := slices.Index(r.calls, call); i >= 0 {
		r.calls = slices.Delete(r.calls, i, i+1)
	}
}

func (r *remote) wake() (atMs int64, ok bool) {
	w := wake{}
	for _, call := range r.calls {
		w.add(call.dueMs, !call.inFlight)
	}
	return w.atMs, w.ok
}

func (c *Client) nextRemote(nowMs int64) *Request {
	for _, call := range c.remote.calls {
		if call.inFlight || call.dueMs > nowMs {
			continue
		}
		call.inFlight = true
		call.attempts++
		return c.exchanges.start(nowMs, c.project.Flags(call.query), func(nowMs int64, answer *wire.Response) {
			c.answered(nowMs, call, answer)
		})
	}
	return nil
}

func (c *Client) answered(nowMs int64, call *remoteCall, answer *wire.Response) {
	call.inFlight = false
	if wire.RetryFlags(answer) && call.attempts <= c.options.FlagsMaxRetries {
		call.dueMs = nowMs + firstFlagsRetryMs<<min(call.attempts-1, 6)
		return
	}
	call.finished = true
	c.remote.drop(call)
	if call.problem = wire.FlagsError(answer); call.problem == "" {
		read, err := wire.ReadFlags(answer.Body)
		if err != nil {
			call.problem = "unknown_error"
		}
		call.answer = read
	}
	c.remote.learn(call, c.view.definitions)
}
