package wire

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfterMs is the longest wait a server may ask for.
const maxRetryAfterMs = 30_000

// httpDates are the forms RFC 9110 allows.
var httpDates = []string{
	"Mon, 02 Jan 2006 15:04:05 GMT",
	"Monday, 02-Jan-06 15:04:05 GMT",
	"Mon Jan _2 15:04:05 2006",
}

// RetryAfter returns how many milliseconds the response asks to wait, at most 30,000: from seconds or an HTTP date.
// Past, negative and unreadable values give 0.
func (r *Response) RetryAfter(nowMs int64) int64 {
	text := strings.TrimSpace(r.Headers["retry-after"])
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) || math.IsInf(seconds, 0) {
			return 0
		}
		return int64(min(seconds*1000, maxRetryAfterMs))
	}
	for _, layout := range httpDates {
		if at, err := time.Parse(layout, text); err == nil {
			return min(max(at.UnixMilli()-nowMs, 0), maxRetryAfterMs)
		}
	}
	return 0
}
