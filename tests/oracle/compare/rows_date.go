package compare

import (
	"encoding/json"
	"regexp"
	"strings"
)

// isDate reports whether a filter is about dates, and one that the SDKs have.
func (f *filter) isDate() bool {
	return f.operator() == "is_date_before" || f.operator() == "is_date_after"
}

var (
	digit      = regexp.MustCompile(`[0-9]`)
	digits     = regexp.MustCompile(`^[+-]?[0-9]+$`)
	strictDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?)?)?$`)
)

// noDate: what cannot be a date matches nothing in the service; the SDKs ask.
func noDate(f *filter) bool {
	if !f.isDate() {
		return false
	}
	switch value := f.property.(type) {
	case string:
		return !digit.MatchString(value)
	case nil, json.Number:
		return false
	}
	return true
}

// dateInDigits: Unix seconds in the service. Node reads milliseconds, and four digits as a year; Python asks, and reads
// four digits as a year and eight as a day.
func dateInDigits(f *filter) bool {
	if !f.isDate() {
		return false
	}
	text, isText := f.property.(string)
	_, isNumber := f.property.(json.Number)
	return isNumber || isText && digits.MatchString(text)
}

// looseDate: the service has a second, looser parser that nobody repeats. The SDKs have parsers of their own.
func looseDate(f *filter) bool {
	text, isText := f.property.(string)
	return f.isDate() && isText && digit.MatchString(text) && !digits.MatchString(text) &&
		!strictDate.MatchString(strings.TrimSpace(text))
}
