package event

import (
	"strings"
	"time"
)

// layouts are the timestamps a caller may give; those without a zone mean UTC.
var layouts = []string{
	"2006-01-02T15:04:05.999999999Z07:00",
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999",
}

// FormatTime writes an instant as events carry it: RFC 3339 in UTC with milliseconds.
func FormatTime(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

// ToUTC rewrites a timestamp with a date and a time as the same instant in UTC, with three to nine fraction digits.
// ok is false for everything else, a date alone included.
func ToUTC(text string) (stamp string, ok bool) {
	text = strings.ToUpper(strings.TrimSpace(text))
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + text[11:]
	}
	for _, layout := range layouts {
		at, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		at = at.UTC()
		if at.Year() < 0 || at.Year() > 9999 {
			return "", false
		}
		return at.Format(fractionLayout(at.Nanosecond())), true
	}
	return "", false
}

// fractionLayout keeps as many fraction digits as the instant needs, at least three.
func fractionLayout(nanosecond int) string {
	switch {
	case nanosecond%1_000_000 == 0:
		return "2006-01-02T15:04:05.000Z"
	case nanosecond%1_000 == 0:
		return "2006-01-02T15:04:05.000000Z"
	}
	return "2006-01-02T15:04:05.000000000Z"
}
