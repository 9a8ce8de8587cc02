package queue

const (
	firstBackoffMs int64 = 500
	maxBackoffMs   int64 = 30_000
)

// backoff is how long a batch waits after its nth failed attempt: doubling from half a second to half a minute, plus
// up to a quarter so that clients do not return in step, and never less than the server asked for.
func backoff(attempts int, jitter float64, retryAfterMs int64) int64 {
	delay := maxBackoffMs
	if shift := attempts - 1; shift < 6 {
		delay = min(firstBackoffMs<<shift, maxBackoffMs)
	}
	delay += int64(float64(delay) * 0.25 * jitter)
	return max(min(delay, maxBackoffMs), retryAfterMs)
}
