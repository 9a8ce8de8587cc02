package flags

import (
	"regexp"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	runFilterCases(t, "1", []filterCase{
		{"search is not anchored", "regex", `"ost"`, `"posthog"`, "T"},
		{"case-sensitive", "regex", `"Ost"`, `"posthog"`, "F"},
		{"not_regex found", "not_regex", `"ost"`, `"posthog"`, "F"},
		{"not_regex not found", "not_regex", `"xyz"`, `"posthog"`, "T"},
		{"anchored", "regex", `"^pro$"`, `"pro"`, "T"},
		{"end is the end of the text", "regex", `"^pro$"`, `"pro\n"`, "F"},
		{"not_regex at the end of the text", "not_regex", `"^pro$"`, `"pro\n"`, "T"},
		{"start and end of text", "regex", `"\\Apro\\z"`, `"pro"`, "T"},
		{"multi-line", "regex", `"(?m)^b$"`, `"a\nb\nc"`, "T"},
		{"point is no newline", "regex", `"a.b"`, `"a\nb"`, "F"},
		{"point is a newline with s", "regex", `"(?s)a.b"`, `"a\nb"`, "T"},
		{"ignoring case", "regex", `"(?i)PRO"`, `"pro"`, "T"},
		{"flags together", "regex", `"(?is)A.B"`, `"a\nb"`, "T"},
		{"flags in turn", "regex", `"(?i)(?m)^B$"`, `"a\nb"`, "T"},
		{"domain", "regex", `"^[a-z0-9._%+-]+@posthog\\.com$"`, `"ben.x@posthog.com"`, "T"},
		{"alternatives", "regex", `"^(?:a|bc|d)+?$"`, `"abcd"`, "T"},
		{"counts", "regex", `"^a{2,3}b{1}c{0,}$"`, `"aab"`, "T"},
		{"too few", "regex", `"^a{2,3}$"`, `"a"`, "F"},
		{"names", "regex", `"^(?P<x>a)(?<y_2>b)$"`, `"ab"`, "T"},
		{"negated class", "regex", `"^[^abc]$"`, `"d"`, "T"},
		{"bracket first in a class", "regex", `"^[]a]+$"`, `"]a"`, "T"},
		{"hyphens at the ends of a class", "regex", `"^[-a]+[b-]+$"`, `"-ab-"`, "T"},
		{"escapes", "regex", `"^\\$\\.\\-\\/\\[\\n\\t$"`, `"$.-/[\n\t"`, "T"},
		{"digits and words", "regex", `"^\\d+\\s\\w\\S\\D\\W\\b\\B"`, `"12 abc."`, "F"},
		{"words", "regex", `"\\bfoo\\b"`, `"a foo b"`, "T"},
		{"a class in a class", "regex", `"^[\\w.-]+$"`, `"a.b-c"`, "T"},
		{"beyond ASCII as literals", "regex", `"^[ä-ü]é.$"`, `"öé🦔"`, "T"},
		{"a point is a code point", "regex", `"^.$"`, `"🦔"`, "T"},
		{"a negated class is a code point", "regex", `"^[^a]$"`, `"é"`, "T"},
		{"empty pattern", "regex", `""`, `"a"`, "T"},
		{"a number's text", "regex", `"^\\d+$"`, `323`, "T"},
		{"a float's text", "regex", `"^323\\.0$"`, `323.0`, "T"},
		{"null's text", "regex", `"^null$"`, `null`, "T"},
		{"a list's text", "regex", `"^\\[1,\"a\"\\]$"`, `[1, "a"]`, "T"},

		{"words beyond ASCII", "regex", `"\\w"`, `"é"`, "U"},
		{"not_regex beyond ASCII", "not_regex", `"\\d"`, `"é"`, "U"},
		{"boundary beyond ASCII", "regex", `"\\bfoo"`, `"é foo"`, "U"},
		{"case beyond ASCII", "regex", `"(?i)k"`, `"é"`, "U"},
		{"case in a pattern beyond ASCII", "regex", `"(?i)é"`, `"e"`, "U"},
		{"classes in a pattern beyond ASCII", "regex", `"é|\\d"`, `"1"`, "U"},
		{"vertical tab and space", "regex", `"\\s"`, `"a\u000bb"`, "U"},
		{"vertical tab and no space", "regex", `"\\S"`, `"\u000b"`, "U"},
		{"vertical tab and words", "regex", `"\\w"`, `"a\u000b"`, "T"},

		{"broken", "regex", `"(a"`, `"a"`, "F"},
		{"broken, negated", "not_regex", `"(a"`, `"a"`, "F"},
		{"broken and missing", "regex", `"(a"`, ``, "U"},
		{"foreign", "regex", `"(?=a)"`, `"a"`, "U"},
		{"foreign, negated", "not_regex", `"(?=a)"`, `"a"`, "U"},
		{"no text", "regex", `5`, `"5"`, "U"},
		{"a list", "not_regex", `["a"]`, `"a"`, "U"},
		{"null", "regex", `null`, `"a"`, "U"},
	})
}

func TestClassify(t *testing.T) {
	for class, patterns := range map[patternClass][]string{
		portable: {
			``, `a`, `a|`, `|a`, `()`, `(|a)`, `a*`, `a+?`, `a??`, `a{2}`, `a{2,}`, `a{2,5}?`, `a{1000}`, `(a{10}){100}`,
			`[a-z]`, `[^a-z]`, `[]]`, `[^]]`, `[-a]`, `[a-]`, `[-]`, `[a\-z]`, `[\]]`, `[\d\s\w]`, `[\n-\r]`, `[\t\r\n]`, `[.$^*+?(){}|]`,
			`[&]`, `[~]`, `[a&b]`, `\.`, `\@\!\"\#\%\'\,\:\;\=\&\~` + "\\`", `(?:a)`, `(?P<n>a)`, `(?<n>a)`, `(?<a>x)(?<b>y)`,
			`(?i)a`, `(?ims)a`, `(?m)^a$`, `^a`, `a$`, `^$`, `\Aa\z`, `\bfoo\b`, `#x y`, `é+`, `[é-ü]`, `🦔`, `(a|b)*`, `(^a|b)*`,
			`:/<>,=!-`, `a-b`, `\*`, `\\`, `\(`, `\[`, `\{`, `\}`, `\]`, `\|`, `\^`, `\$`,
		},
		broken: {
			`(`, `(a`, `(?:a`, `a)`, `)`, `(a))`, `[`, `[a`, `[^`, `[]`, `[^]`, `[a-`, `*`, `+a`, `?`, `a|*`, `(*a)`, `(?:+)`,
			`\`, `a\`, `[\`, `[a-\`, `[\n`, `[\r`, `[z-a]`, `[b-aa]`, `(?i)*`,
		},
		foreign: {
			`(?=a)`, `(?!a)`, `(?<=a)`, `(?<!a)`, `(?>a)`, `(?(1)a)`, `(a)\1`, `\k<a>`, `(?P=a)`, `(?P>a)`, `(?R)`,
			`a*+`, `a++`, `a?+`, `a**`, `a+*`, `a{2}{3}`, `a{2}*`, `a*??`, `a{2}+`,
			`\Z`, `\G`, `\K`, `\h`, `\R`, `\X`, `\Qa\E`, `\v`, `\f`, `\a`, `\e`, `\0`, `\07`, `\x41`, `\x{41}`, `\u0041`, `\pL`, `\p{Greek}`,
			`\P{L}`, `\N`, `\C`, `\<`, `\>`, `\_`, `\ `, `\é`, `\y`,
			`(?x)a`, `(?U)a`, `(?u)a`, `(?-i)a`, `(?i-s)a`, `(?i:a)`, `a(?i)b`, `(?ii)a`, `(?)`, `(?#x)`, `(?'n'a)`, `(?P<n>a)(?P<n>b)`,
			`(?<1a>b)`, `(?<a.b>c)`, `(?<>a)`, `(?<a`,
			`[[:alpha:]]`, `[a[b]]`, `[a&&b]`, `[a--b]`, `[a~~b]`, `[--a]`, `[a-b-c]`, `[\w-.]`, `[.-\d]`, `[\b]`, `[\A]`, `[\x41]`, `[\p{L}]`,
			`a{,5}`, `a{`, `a{}`, `a{x}`, `a{1`, `{2}`, `a{1001}`, `a{5,1001}`, `a{5,2}`, `a{ 2}`, `a{2,3,4}`, `a}`, `a]`,
			`^*`, `$+`, `\b?`, `(?:)*`, `(^)+`, `()?`, `(?:^|$){2}`, `a|(?=b)`, `(a` + `(?=b)`, `*(?=a)`,
			`(a{1000}){3}`, strings.Repeat("a", 2001), strings.Repeat("(", 200) + "a" + strings.Repeat(")", 200),
		},
	} {
		for _, text := range patterns {
			got, _, _ := classify(text)
			if got != class {
				t.Errorf("%.80q is of class %d, want %d", text, got, class)
			}
			_, err := regexp.Compile(text)
			if class == portable && err != nil || class == broken && err == nil {
				t.Errorf("%.80q is of class %d, but compiling it says %v", text, class, err)
			}
		}
	}
}

func TestPattern_roomIsBounded(t *testing.T) {
	var filters []string
	for i := range 600 {
		filters = append(filters, `{"key":"p","operator":"regex","value":"`+strings.Repeat("b", i%500+1)+`[ab]{999}"}`)
	}
	p := parser{patterns: map[string]*pattern{}, room: maxPatternRoom}
	for _, filter := range filters {
		p.newPattern(mustJSON(t, filter).Get("value"), false)
	}
	compiled := 0
	for _, known := range p.patterns {
		if known.regexp != nil {
			compiled++
		}
	}
	if p.room != 0 || compiled == 0 || compiled == len(p.patterns) {
		t.Errorf("%d of %d patterns compiled, %d atoms left; the bound must leave some foreign", compiled, len(p.patterns), p.room)
	}
}
