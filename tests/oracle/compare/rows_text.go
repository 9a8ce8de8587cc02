package compare

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// numeric is what the service reads as a number, and numericStart what JavaScript's parseFloat reads of a text.
var (
	numeric      = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)
	numericStart = regexp.MustCompile(`^\s*([+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?)`)
)

// comparesNoNumber: what is no number matches nothing in the service. Node reads as much of it as is a number, or
// compares as text, which may match.
func comparesNoNumber(f *filter) bool {
	var matches func(comparison int) bool
	switch f.operator() {
	case "gt":
		matches = func(comparison int) bool { return comparison > 0 }
	case "gte":
		matches = func(comparison int) bool { return comparison >= 0 }
	case "lt":
		matches = func(comparison int) bool { return comparison < 0 }
	case "lte":
		matches = func(comparison int) bool { return comparison <= 0 }
	default:
		return false
	}
	if _, isNumber := f.property.(json.Number); isNumber || f.property == nil {
		return false
	}
	if text, isText := f.property.(string); isText && numeric.MatchString(text) {
		return false
	}
	property, limit := scriptText(f.property), scriptText(f.value())
	start, limitStart := numericStart.FindStringSubmatch(property), numericStart.FindStringSubmatch(limit)
	if start == nil || limitStart == nil {
		return matches(strings.Compare(property, limit))
	}
	return matches(cmp.Compare(percentage(json.Number(start[1]), 0), percentage(json.Number(limitStart[1]), 0)))
}

// scriptText is a value as JavaScript writes it.
func scriptText(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		f, _ := value.Float64()
		return strconv.FormatFloat(f, 'f', -1, 64)
	case []any:
		var elements []string
		for _, element := range value {
			elements = append(elements, scriptText(element))
		}
		return strings.Join(elements, ",")
	}
	return fmt.Sprint(value)
}

// serviceText is a value as the service writes it, for the values that the corpus has.
func serviceText(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return string(value)
	}
	return string(marshal(value))
}

// isEquality reports whether an operator is exact or is_not.
func isEquality(operator string) bool {
	return operator == "" || operator == "exact" || operator == "is_not"
}

// wholeNumberAsText: JavaScript cannot tell 10 from 10.0, which are different texts.
func wholeNumberAsText(s *subject, f *filter) bool {
	return f.given && isEquality(f.operator()) && !s.comparesTruth(f.value()) &&
		(hasWholeNumber(f.value()) || hasWholeNumber(f.property))
}

// comparesTruth reports whether a filter's value is matched by its truth, in the SDKs and here.
func (s *subject) comparesTruth(value any) bool {
	list, isList := value.([]any)
	return isList && len(list) == 0 || !s.matchesText() && speaksOfTruth(value)
}

func speaksOfTruth(value any) bool {
	switch value := value.(type) {
	case bool:
		return true
	case string:
		return strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
	case []any:
		return !slices.ContainsFunc(value, func(v any) bool { return !speaksOfTruth(v) })
	}
	return false
}

// hasWholeNumber reports whether a value is or holds a number without a fraction.
func hasWholeNumber(value any) bool {
	switch value := value.(type) {
	case json.Number:
		f, err := value.Float64()
		return err == nil && f == math.Trunc(f)
	case []any:
		return slices.ContainsFunc(value, hasWholeNumber)
	}
	return false
}

// writtenDifferently: for these operators Node writes a value as JavaScript does, a list as its elements without
// brackets and 10.0 as 10. That counts where the one text matches and the other does not.
func writtenDifferently(f *filter) bool {
	matches := f.textMatcher()
	return matches != nil && f.property != nil && matches(serviceText(f.property)) != matches(scriptText(f.property))
}

// textMatcher returns what a filter makes of a text, apart from a negation, or nil for operators not about texts.
func (f *filter) textMatcher() func(text string) bool {
	part := lowerASCII(serviceText(f.value()))
	switch strings.TrimPrefix(f.operator(), "not_") {
	case "icontains":
		return func(text string) bool { return strings.Contains(lowerASCII(text), part) }
	case "starts_with":
		return func(text string) bool { return strings.HasPrefix(lowerASCII(text), part) }
	case "ends_with":
		return func(text string) bool { return strings.HasSuffix(lowerASCII(text), part) }
	case "regex":
		if expression, err := regexp.Compile(textOf(f.object, "value")); err == nil {
			return expression.MatchString
		}
	}
	return nil
}

func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// pattern returns a filter's regular expression and what it is applied to.
func (f *filter) pattern() (expression, text string, ok bool) {
	expression, ok = f.value().(string)
	switch value := f.property.(type) {
	case string:
		text = value
	case json.Number:
		text = string(value)
	case nil:
		text = "null"
	default:
		return "", "", false
	}
	return expression, text, ok && (f.operator() == "regex" || f.operator() == "not_regex")
}

var (
	// group is any group but (?:…), and boundary is \b or \B.
	group      = regexp.MustCompile(`\(\?[^:]`)
	boundary   = regexp.MustCompile(`\\[bB]`)
	nested     = regexp.MustCompile(`[*+?{][^()]*\)[*+?{]`)
	quantified = regexp.MustCompile(`[*+?{|]`)
	class      = regexp.MustCompile(`\\[wWdDsSbB]|\(\?i`)
)

// pythonDefersPattern: named groups and flags, word boundaries, repeated repetitions, and an end after which a line
// feed may stand.
func pythonDefersPattern(f *filter) bool {
	expression, text, ok := f.pattern()
	return ok && (group.MatchString(expression) || boundary.MatchString(expression) || nested.MatchString(expression) ||
		strings.Contains(expression, "$") && quantified.MatchString(expression) && strings.HasSuffix(text, "\n"))
}

// nodeDefersPattern: named groups and flags, word boundaries, and whatever is not ASCII. In a flag that others depend
// on, too, what Node deferred keeps later conditions from answering otherwise.
func nodeDefersPattern(s *subject, f *filter) bool {
	if f.kind() == "flag" {
		return slices.ContainsFunc(s.filters, func(f *filter) bool { return f.kind() != "flag" && nodeDefersPattern(s, f) })
	}
	expression, text, ok := f.pattern()
	return ok && f.given && (group.MatchString(expression) || boundary.MatchString(expression) ||
		!isASCII(expression) || !isASCII(text))
}

// classesBeyondASCII: Python compares the tables of two engines, libposthog does not.
func classesBeyondASCII(f *filter) bool {
	expression, text, ok := f.pattern()
	return ok && class.MatchString(expression) && !(isASCII(expression) && isASCII(text))
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

// unknownToSDKs: what the service has and the SDKs do not know, they leave to it.
func unknownToSDKs(f *filter) bool { return f.property != nil && isUnknownToSDKs(f.operator()) }

// nullForUnknown: Node says no to null before it looks at the operator.
func nullForUnknown(f *filter) bool { return f.property == nil && isUnknownToSDKs(f.operator()) }

func isUnknownToSDKs(operator string) bool {
	return slices.Contains([]string{"icontains_multi", "is_date_exact", "min", "max"}, operator)
}
