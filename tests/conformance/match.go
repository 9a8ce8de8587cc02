package conformance

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// anyMember marks a placeholder: {"$any":"uuid"} matches every uuid.
const anyMember = "$any"

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// placeholders are the values that each kind of placeholder matches.
var placeholders = map[string]func(Value) bool{
	"uuid":   func(v Value) bool { return v.Kind == String && uuidForm.MatchString(v.Text) },
	"number": func(v Value) bool { return v.Kind == Number },
	"string": func(v Value) bool { return v.Kind == String },
}

// Match compares got with want: objects by their members in any order, none missing and none besides; arrays in
// order; numbers by token. The error says where they differ first.
func Match(want, got Value) error { return match("", want, got) }

func match(path string, want, got Value) error {
	if placeholder, found := want.Get(anyMember); found {
		matches := placeholders[placeholder.Text]
		if matches == nil {
			return fmt.Errorf("%s: unknown placeholder %s", at(path), want)
		}
		if !matches(got) {
			return fmt.Errorf("%s: got %s, want any %s", at(path), short(got), placeholder.Text)
		}
		return nil
	}
	switch {
	case want.Kind == Object && got.Kind == Object:
		return matchMembers(path, want, got)
	case want.Kind == Array && got.Kind == Array:
		return matchElements(path, want, got)
	case want.Kind != got.Kind || want.Text != got.Text:
		return fmt.Errorf("%s: got %s, want %s", at(path), short(got), short(want))
	}
	return nil
}

func matchMembers(path string, want, got Value) error {
	var differences []string
	differ := func(format string, args ...any) { differences = append(differences, fmt.Sprintf(format, args...)) }
	seen := map[string]bool{}
	for _, m := range got.Members {
		below := path + "." + m.Name
		expected, found := want.Get(m.Name)
		switch {
		case seen[m.Name]:
			differ("%s: repeated", below)
		case !found:
			differ("%s: got %s, want no such member", below, short(m.Value))
		default:
			if err := match(below, expected, m.Value); err != nil {
				differ("%v", err)
			}
		}
		seen[m.Name] = true
	}
	for _, m := range want.Members {
		if !seen[m.Name] {
			differ("%s.%s: missing, want %s", path, m.Name, short(m.Value))
		}
	}
	if differences == nil {
		return nil
	}
	return errors.New(strings.Join(differences, "; "))
}

func matchElements(path string, want, got Value) error {
	if len(want.Elements) != len(got.Elements) {
		return fmt.Errorf("%s: got %d elements, want %d: got %s", at(path), len(got.Elements), len(want.Elements), short(got))
	}
	for i := range want.Elements {
		if err := match(path+"["+strconv.Itoa(i)+"]", want.Elements[i], got.Elements[i]); err != nil {
			return err
		}
	}
	return nil
}

func at(path string) string {
	if path == "" {
		return "the value"
	}
	return path
}

// short is a value for a message.
func short(v Value) string {
	const most = 400
	text := v.String()
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
