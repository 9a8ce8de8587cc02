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
func FormatTime(ms int64) string { return string(appendTime(nil, ms)) }

// appendTime is FormatTime for every event: package time would read the layout each time.
func appendTime(dst []byte, ms int64) []byte {
	at := time.UnixMilli(ms).UTC()
	year, month, day := at.Date()
	if year < 0 || year > 9999 {
		return at.AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	}
	hour, minute, second := at.Clock()
	ms = ms % 1000
	if ms < 0 {
		ms += 1000
	}
	dst = append(twoDigits(twoDigits(dst, year/100), year%100), '-')
	dst = append(twoDigits(dst, int(month)), '-')
	dst = append(twoDigits(dst, day), 'T')
	dst = append(twoDigits(dst, hour), ':')
	dst = append(twoDigits(dst, minute), ':')
	dst = append(twoDigits(dst, second), '.')
	return append(twoDigits(append(dst, '0'+byte(ms/100)), int(ms%100)), 'Z')
}

func twoDigits(dst []byte, n int) []byte { return append(dst, '0'+byte(n/10), '0'+byte(n%10)) }

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
