package wire

import (
	"errors"
	"strings"
)

// DefaultHost is PostHog Cloud in the US, its ingestion host.
const DefaultHost = "https://us.i.posthog.com"

// ingestionHosts maps the addresses people see in their browser to those that take events.
var ingestionHosts = map[string]string{
	"https://app.posthog.com": DefaultHost,
	"https://us.posthog.com":  DefaultHost,
	"https://eu.posthog.com":  "https://eu.i.posthog.com",
}

// NormalizeHost turns the option host into the base that paths are appended to. A path prefix is kept, so that a
// reverse proxy can live under one.
func NormalizeHost(host string) (string, error) {
	host = strings.TrimRight(strings.TrimSpace(host), "/")
	if host == "" {
		return DefaultHost, nil
	}
	if mapped, ok := ingestionHosts[host]; ok {
		return mapped, nil
	}
	rest, isHTTPS := strings.CutPrefix(host, "https://")
	if !isHTTPS {
		var isHTTP bool
		if rest, isHTTP = strings.CutPrefix(host, "http://"); !isHTTP {
			return "", errors.New("host must start with https:// or http://")
		}
	}
	if rest == "" || rest[0] == '/' || strings.ContainsAny(rest, " \t\r\n?#\"<>\\^`{|}") || hasControl(rest) {
		return "", errors.New("host must be a URL without query, such as https://eu.i.posthog.com")
	}
	return host, nil
}

func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// escape writes text as a URL query value or path segment.
func escape(text string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(text) {
		if b := text[i]; strings.IndexByte(unreserved, b) >= 0 {
			out.WriteByte(b)
		} else {
			out.WriteByte('%')
			out.WriteByte(digits[b>>4])
			out.WriteByte(digits[b&15])
		}
	}
	return out.String()
}
