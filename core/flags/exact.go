package flags

import "github.com/libposthog/libposthog/core/codec"

// exact is exact and is_not: equality of texts in lower case or, for filters that speak of true and false, of truth.
type exact struct {
	negated bool
	truths  bool // compare truth instead of text
	truth   bool
	texts   []string
	many    map[string]bool // instead of texts, once there are many
}

// manyTexts is from where a map is faster than comparing one by one.
const manyTexts = 9

// newExact compiles the filter. Under explicit matching only the empty list compares truth.
func newExact(value codec.Value, explicit, negated bool) matcher {
	m := &exact{negated: negated}
	if isArray := value.Kind() == codec.Array; booleanLike(value) && (!explicit || isArray && noElements(value)) {
		m.truths, m.truth = true, truthOfValue(value)
		return m
	}
	if value.Kind() != codec.Array {
		m.texts = []string{lowerText(value)}
		return m
	}
	for element := range value.Elements() {
		m.texts = append(m.texts, lowerText(element))
	}
	if len(m.texts) >= manyTexts {
		m.many = make(map[string]bool, len(m.texts))
		for _, text := range m.texts {
			m.many[text] = true
		}
		m.texts = nil
	}
	return m
}

func (m *exact) match(e *Evaluation, v codec.Value) truth {
	return truthOf(m.equals(e, v)).invertedIf(m.negated)
}

func (m *exact) equals(e *Evaluation, v codec.Value) bool {
	if m.truths {
		return truthOfValue(v) == m.truth
	}
	e.folded = appendLower(e.folded[:0], e.textOf(v))
	for _, text := range m.texts {
		if text == string(e.folded) {
			return true
		}
	}
	return m.many[string(e.folded)]
}

func lowerText(v codec.Value) string {
	return string(appendLower(nil, appendText(nil, v)))
}

// booleanLike reports whether a filter's value speaks of true and false: a boolean, its name, or a list of such. The
// empty list is one.
func booleanLike(v codec.Value) bool {
	switch v.Kind() {
	case codec.Bool:
		return true
	case codec.String:
		return isName(v, "true") || isName(v, "false")
	case codec.Array:
		for element := range v.Elements() {
			if !booleanLike(element) {
				return false
			}
		}
		return true
	}
	return false
}

// truthOfValue is a value's truth: its own, "true" in any case, or all of a list.
func truthOfValue(v codec.Value) bool {
	switch v.Kind() {
	case codec.Bool:
		return isTrue(v)
	case codec.String:
		return isName(v, "true")
	case codec.Array:
		for element := range v.Elements() {
			if !truthOfValue(element) {
				return false
			}
		}
		return true
	}
	return false
}

// isName compares a string with a name in lower case, ignoring the case of ASCII letters.
func isName(v codec.Value, name string) bool {
	text, plain := v.Plain()
	if !plain {
		decoded, _ := v.Text()
		text = []byte(decoded)
	}
	if len(text) != len(name) {
		return false
	}
	for i, b := range text {
		if lowerASCII(b) != name[i] {
			return false
		}
	}
	return true
}

func noElements(array codec.Value) bool {
	for range array.Elements() {
		return false
	}
	return true
}
