package compare

import (
	"encoding/json"
	"regexp"
	"strings"
)

// versions returns what a semver filter compares: its own value and the property, where that is not null.
func (f *filter) versions() (filter, property string, ok bool) {
	filter, ok = f.value().(string)
	switch value := f.property.(type) {
	case string:
		property = value
	case json.Number:
		property = string(value)
	case bool:
		property = "a boolean"
	default:
		return "", "", false
	}
	return filter, property, ok && strings.HasPrefix(f.operator(), "semver_")
}

// sdkVersion is what both SDKs read as a version: numbers without leading zeros, of which some may be left empty,
// behind a v, and before a suffix that is dropped.
var sdkVersion = regexp.MustCompile(
	strings.ReplaceAll(`^\s*[vV]?N(\.N?(\.N?(\..*)?)?)?([-+].*)?$`, "N", "(0|[1-9][0-9]*)"))

// unreadableVersion: the SDKs ask where the service finds no match, or reads the number despite its leading zero.
func unreadableVersion(f *filter) bool {
	_, property, ok := f.versions()
	return ok && !sdkVersion.MatchString(property)
}

// fullVersion is a version of which the SDKs drop nothing.
var fullVersion = regexp.MustCompile(`^v?[0-9]+(\.[0-9]+){0,2}$`)

// abridgedVersion: what the SDKs drop or overlook orders versions in the service, or makes them invalid.
func abridgedVersion(f *filter) bool {
	filter, property, ok := f.versions()
	return ok && sdkVersion.MatchString(property) &&
		(!fullVersion.MatchString(property) || f.operator() != "semver_wildcard" && !fullVersion.MatchString(filter))
}

// wildcardWithoutStar: the SDKs add the wildcard, the service reads a caret.
func wildcardWithoutStar(f *filter) bool {
	filter, _, ok := f.versions()
	return ok && f.operator() == "semver_wildcard" && fullVersion.MatchString(filter)
}

func wildcardOtherThanStar(f *filter) bool {
	filter, _, ok := f.versions()
	return ok && f.operator() == "semver_wildcard" && (filter == "*" || strings.Contains(filter, "x"))
}
