package flags

import (
	"unicode"
	"unicode/utf8"

	"github.com/libposthog/libposthog/core/codec"
)

// dates is is_date_before, is_date_after and is_date_exact.
type dates struct {
	order    order
	limit    instant
	relative bool // the limit is count units before the evaluation
	count    int
	unit     byte
	valid    bool
}

func newDate(order order, value codec.Value) matcher {
	m := &dates{order: order}
	if text, ok := value.Text(); ok {
		if m.count, m.unit, m.relative = parseRelative(text); m.relative {
			m.valid = true
		} else {
			m.limit, m.valid = parseDate([]byte(text))
		}
	}
	return m
}

func (m *dates) match(e *Evaluation, v codec.Value) truth {
	at, known := dateOfValue(e, v)
	switch {
	case known != yes:
		return known
	case !m.valid:
		return invalidFilterValue
	}
	limit := m.limit
	if m.relative {
		limit = before(instantOf(e.nowMs), m.count, m.unit)
	}
	return m.order.holds(at.compare(limit))
}

// maxRelative bounds the count of a relative date; the service takes none of five digits.
const maxRelative = 10000

// parseRelative reads "7d" or "-7d": both mean seven days ago.
func parseRelative(text string) (count int, unit byte, ok bool) {
	if len(text) > 0 && text[0] == '-' {
		text = text[1:]
	}
	last := len(text) - 1
	if last < 1 {
		return 0, 0, false
	}
	for _, b := range []byte(text[:last]) {
		if !isDigit(b) {
			return 0, 0, false
		}
		if count = count*10 + int(b-'0'); count >= maxRelative {
			return 0, 0, false
		}
	}
	switch unit = text[last]; unit {
	case 'h', 'd', 'w', 'm', 'y':
		return count, unit, true
	}
	return 0, 0, false
}

// before goes back from an instant on the wall clock of UTC.
func before(t instant, count int, unit byte) instant {
	switch unit {
	case 'h':
		t.seconds -= int64(count) * 60 * 60
	case 'd':
		t.seconds -= int64(count) * secondsPerDay
	case 'w':
		t.seconds -= int64(count) * 7 * secondsPerDay
	default:
		days := floorDiv(t.seconds, secondsPerDay)
		time := t.seconds - days*secondsPerDay
		day := dateOf(days)
		if unit == 'm' {
			day = day.minusMonths(count)
		} else {
			day = day.minusYears(count)
		}
		t.seconds = day.days()*secondsPerDay + time
	}
	return t
}

// maxUnixSeconds is within what the service's calendar can hold.
const maxUnixSeconds = 8e12

// dateOfValue reads a property as a date: yes with the instant, no if it cannot be one, or unknown if the service,
// which tries many more formats, may make something of it. Numbers are Unix seconds.
func dateOfValue(e *Evaluation, v codec.Value) (at instant, known truth) {
	text := []byte(v)
	switch v.Kind() {
	case codec.Number:
	case codec.String:
		text = e.textOf(v)
		if at, ok := parseDate(text); ok {
			return at, yes
		}
	default:
		return instant{}, no
	}
	if seconds, ok := parseSeconds(text); ok {
		return instant{seconds: seconds}, yes
	}
	if hasDigit(text) {
		return instant{}, ambiguousValue
	}
	return instant{}, no
}

// parseSeconds reads an integer, with or without a sign.
func parseSeconds(text []byte) (seconds int64, ok bool) {
	digits := skipSign(text)
	if len(digits) == 0 || leadingDigits(digits) != len(digits) {
		return 0, false
	}
	for _, b := range digits {
		if seconds = seconds*10 + int64(b-'0'); seconds > maxUnixSeconds {
			return 0, false
		}
	}
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

func hasDigit(text []byte) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if unicode.IsDigit(r) {
			return true
		}
		text = text[size:]
	}
	return false
}

// parseDate reads YYYY-MM-DD, optionally followed by T or a space and HH:MM[:SS[.fraction]], and after seconds by Z or
// ±HH:MM. Without a zone it is UTC.
func parseDate(text []byte) (at instant, ok bool) {
	r := reader{rest: text}
	d := date{year: int64(r.digits(4))}
	r.expect('-')
	d.month = r.digits(2)
	r.expect('-')
	d.day = r.digits(2)
	if r.failed || d.month < 1 || d.month > 12 || d.day < 1 || d.day > lastDay(d.year, d.month) {
		return instant{}, false
	}
	at.seconds = d.days() * secondsPerDay
	if len(r.rest) == 0 {
		return at, true
	}
	if !r.accept('T') {
		r.expect(' ')
	}
	hour := r.digits(2)
	r.expect(':')
	minute := r.digits(2)
	second := 0
	if len(r.rest) > 0 {
		r.expect(':')
		second = r.digits(2)
		at.nanoseconds = r.fraction()
		at.seconds -= int64(r.zone())
	}
	if r.failed || len(r.rest) > 0 || hour > 23 || minute > 59 || second > 59 {
		return instant{}, false
	}
	at.seconds += int64(hour*60*60 + minute*60 + second)
	return at, true
}

// reader reads a text of fixed widths. After the first thing that does not fit it has failed.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) accept(b byte) bool {
	if len(r.rest) == 0 || r.rest[0] != b {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *reader) expect(b byte) {
	if !r.accept(b) {
		r.failed = true
	}
}

// digits reads a number of exactly that many digits.
func (r *reader) digits(width int) (value int) {
	if leadingDigits(r.rest) < width {
		r.failed = true
		return 0
	}
	for _, b := range r.rest[:width] {
		value = value*10 + int(b-'0')
	}
	r.rest = r.rest[width:]
	return value
}

// fraction reads a point and up to nine digits of a second, if they are there.
func (r *reader) fraction() (nanoseconds int32) {
	if !r.accept('.') {
		return 0
	}
	width := leadingDigits(r.rest)
	if width == 0 || width > 9 {
		r.failed = true
		return 0
	}
	value := r.digits(width)
	for ; width < 9; width++ {
		value *= 10
	}
	return int32(value)
}

// zone reads Z or an offset and returns how many seconds it is ahead of UTC. Nothing is UTC.
func (r *reader) zone() (ahead int) {
	if len(r.rest) == 0 || r.accept('Z') {
		return 0
	}
	sign := 1
	if r.accept('-') {
		sign = -1
	} else {
		r.expect('+')
	}
	hour := r.digits(2)
	r.expect(':')
	minute := r.digits(2)
	if hour > 23 || minute > 59 {
		r.failed = true
	}
	return sign * (hour*60*60 + minute*60)
}
