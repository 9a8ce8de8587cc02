package corpus

import "strings"

var (
	countries = []string{"US", "us", "GB", "DE", "FR", "ÖSTERREICH", "Österreich", "日本", "CH"}
	emails    = []string{"ana@example.com", "Bo@Example.COM", "kim@posthog.com", "li.wei@mail.example.org",
		"max+test@gmail.com", "zoë@exämple.de", "root@localhost"}
	names = []string{"Zoë", "ZOË", "Straße", "STRASSE", "ΟΔΟΣ", "οδος", "İstanbul", "🦔 hog", "é", "e\u0301",
		"Max Power", "max power"}
	plans = []string{"free", "Pro", "pro", "pro\n", "enterprise", "Enterprise Plus", ""}
)

// Patterns that people write. The last few are mistakes and syntax that not every engine has.
var (
	countryPatterns = []string{"^(US|GB)$", "^[A-Z]{2}$", "^..$", "(?i)^us", "S", "^Ö"}
	emailPatterns   = []string{`@example\.com$`, `^[^@]+@posthog\.com$`, `^\w+@`, `.*@.*\.org`, `\+test`, `(?i)example`,
		`^(?P<user>[a-z]+)@`, `^(\w+\.)+\w+@`, `(?:gmail|example)\.com`, `*@example.com`}
	namePatterns = []string{"^Max", "[a-z]+ [a-z]+", `\bhog\b`, "é", `^\S+$`, "^.{3}$", "(max", `^\w+$`}
	planPatterns = []string{"^pro$", "^(pro|enterprise)$", "free|pro", "^E", "plus?", "^$", "[Pp]ro", `\s`}
)

// textKind is texts from a list of words, with patterns for its regular expressions.
func textKind(words, patterns []string) kind {
	operators := []weighted[string]{
		{24, "exact"}, {10, "is_not"}, {12, "icontains"}, {6, "not_icontains"},
		{5, "starts_with"}, {3, "not_starts_with"}, {5, "ends_with"}, {3, "not_ends_with"},
		{14, "regex"}, {6, "not_regex"}, {4, "is_set"}, {3, "is_not_set"}, {2, "icontains_multi"},
	}
	filter := func(r random) (string, any) {
		operator := draw(r, operators)
		switch operator {
		case "exact", "is_not":
			if r.chance(70) {
				return operator, some(r, 1, 4, words)
			}
			return operator, oneOf(r, words...)
		case "regex", "not_regex":
			return operator, oneOf(r, patterns...)
		case "is_set", "is_not_set":
			return operator, operator
		case "icontains_multi":
			return operator, []string{r.fragment(words), r.fragment(words)}
		}
		return operator, r.fragment(words)
	}
	return kind{filter, func(r random) any { return oneOf(r, words...) }}
}

// fragment draws a part of a word: its beginning, its end, or something within, often in another case.
func (r random) fragment(words []string) string {
	word := []rune(oneOf(r, words...))
	if len(word) == 0 {
		return ""
	}
	from, to := 0, len(word)
	switch r.IntN(3) {
	case 0:
		to = 1 + r.IntN(len(word))
	case 1:
		from = r.IntN(len(word))
	default:
		from = r.IntN(len(word))
		to = from + 1 + r.IntN(len(word)-from)
	}
	return oneOf(r, strings.ToUpper, strings.ToLower, strings.Clone)(string(word[from:to]))
}

var listKind = kind{
	filter: func(r random) (string, any) {
		operator := oneOf(r, "icontains", "not_icontains", "exact", "is_set", "starts_with")
		if operator == "exact" {
			return operator, oneOf(r, `["a","b"]`, `[]`, `["beta"]`, "a")
		}
		return operator, oneOf(r, "a", "beta", `"a"`, ",", "[", "B")
	},
	value: func(r random) any { return some(r, 0, 3, []string{"a", "b", "beta", "Ä"}) },
}
