package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheck(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tc := range []struct {
		name, in, reason string
	}{
		{"object", `{"a":1}`, ""},
		{"surrounding space", " \t\r\n{} \n", ""},
		{"scalar", `-0.5e+3`, ""},
		{"empty member name", `{"":1,"b":2}`, ""},
		{"duplicate member names", `{"a":1,"a":2}`, ""},
		{"surrogate pair", `"\ud83e\udd94"`, ""},
		{"deepest nesting", deep(MaxDepth), ""},
		{"small fraction with a large exponent", `0.5e39`, ""},
		{"underflow", `1e-999`, ""},

		{"nothing", ``, "unexpected end of JSON"},
		{"trailing value", `{} {}`, "unexpected text after the JSON value"},
		{"trailing NUL", "{}\x00", "unexpected text after the JSON value"},
		{"trailing comma in an object", `{"a":1,}`, "expected a member name"},
		{"trailing comma in an array", `[1,]`, "unexpected character"},
		{"missing comma", `[1 2]`, "expected a comma or the closing bracket"},
		{"missing colon", `{"a" 1}`, "expected a colon"},
		{"bare member name", `{a:1}`, "expected a member name"},
		{"single quotes", `{'a':1}`, "expected a member name"},
		{"unclosed object", `{"a":1`, "expected a comma or the closing bracket"},
		{"unclosed string", `"abc`, "unterminated string"},
		{"unclosed escape", `"abc\`, "invalid escape"},
		{"newline in a string", "\"a\nb\"", "control character in a string"},
		{"unknown escape", `"\x41"`, "invalid escape"},
		{"short unicode escape", `"\u12"`, "invalid unicode escape"},
		{"lone high surrogate", `"\ud800"`, "lone surrogate"},
		{"high surrogate before a letter", `"\ud800\u0041"`, "lone surrogate"},
		{"lone low surrogate", `"\udc00"`, "lone surrogate"},
		{"high surrogate at the end of input", `"\ud800\udc`, "lone surrogate"},
		{"lone surrogate in a member name", `{"\ud800":1}`, "lone surrogate"},
		{"truncated UTF-8", "\"\xc3\"", "invalid UTF-8"},
		{"overlong UTF-8", "\"\xc0\xaf\"", "invalid UTF-8"},
		{"surrogate in UTF-8", "\"\xed\xa0\x80\"", "invalid UTF-8"},
		{"leading zero", `01`, "unexpected text after the JSON value"},
		{"leading plus", `+1`, "unexpected character"},
		{"bare minus", `-`, "invalid number"},
		{"bare point", `1.`, "invalid number"},
		{"bare exponent", `1e`, "invalid number"},
		{"NaN", `NaN`, "unexpected character"},
		{"number beyond a double", `1e999`, "number out of range"},
		{"long number beyond a double", strings.Repeat("9", 400), "number out of range"},
		{"misspelt literal", `nul`, "unknown literal"},
		{"one level too deep", deep(MaxDepth + 1), "nested too deeply"},
		{"far too deep", strings.Repeat("[", 1<<20), "nested too deeply"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := Check([]byte(tc.in))
			var syntax *SyntaxError
			switch {
			case tc.reason == "" && err != nil:
				t.Fatalf("refused: %v", err)
			case tc.reason != "" && !errors.As(err, &syntax):
				t.Fatalf("accepted, want %q", tc.reason)
			case tc.reason != "" && syntax.Reason != tc.reason:
				t.Fatalf("got %q, want %q", syntax.Reason, tc.reason)
			}
		})
	}
}

func TestCheck_neverQuotesInput(t *testing.T) {
	err := Check([]byte(`{"token":"phc_secret" phc_secret}`))
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Fatalf("got %v, want an error without bytes of the input", err)
	}
}

// FuzzCheck compares the verdict with that of encoding/json and the rules that are stricter than its own.
func FuzzCheck(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want := json.Valid(data) && utf8.Valid(data) && depth(data) <= MaxDepth && !hasLoneSurrogate(data) && inRange(data)
		if got := Check(data) == nil; got != want {
			t.Fatalf("Check(%q) accepts: %v, want %v", data, got, want)
		}
	})
}

// depth counts the nesting of valid JSON.
func depth(data []byte) int {
	level, deepest := 0, 0
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			level++
			deepest = max(deepest, level)
		case json.Delim('}'), json.Delim(']'):
			level--
		}
	}
}

// hasLoneSurrogate relies on encoding/json putting U+FFFD where an escape is half of a pair: without the U+FFFD that
// the text itself holds there must be none.
func hasLoneSurrogate(data []byte) bool {
	plain := bytes.ReplaceAll(data, []byte("\uFFFD"), []byte("?"))
	plain = escapedReplacement(plain)
	var decoded any
	if json.Unmarshal(plain, &decoded) != nil {
		return false
	}
	encoded, err := json.Marshal(decoded)
	return err == nil && (bytes.Contains(encoded, []byte(`\ufffd`)) || bytes.Contains(encoded, []byte("\uFFFD")))
}

// escapedReplacement blanks \ufffd escapes that are not themselves escaped.
func escapedReplacement(data []byte) []byte {
	out := bytes.Clone(data)
	for i := 0; i+6 <= len(out); i++ {
		if out[i] != '\\' {
			continue
		}
		if strings.EqualFold(string(out[i:i+6]), `\ufffd`) {
			copy(out[i:], `\u0020`)
		}
		i++
	}
	return out
}

func inRange(data []byte) bool {
	var decoded any
	return json.Unmarshal(data, &decoded) == nil
}
