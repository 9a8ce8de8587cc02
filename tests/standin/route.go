package standin

import (
	"net/http"
	"net/url"
	"strings"
)

// endpoint is one of the service's doors.
type endpoint int

const (
	unknownEndpoint endpoint = iota
	batchEndpoint
	aiEndpoint
	analyticsEndpoint
	remoteFlagsEndpoint
	definitionsEndpoint
	remoteConfigEndpoint
)

// fixedPaths are the known paths without their trailing slash. A longer path stands before its own suffix, because the
// first match wins.
var fixedPaths = []struct {
	path     string
	endpoint endpoint
}{
	{"/i/v1/analytics/events", analyticsEndpoint},
	{"/i/v0/ai/batch", aiEndpoint},
	{"/flags/definitions", definitionsEndpoint},
	{"/flags", remoteFlagsEndpoint},
	{"/batch", batchEndpoint},
}

// route is what a request path means.
type route struct {
	endpoint endpoint
	full     string // the path as sent, without its trailing slash
	path     string // the same without the host's prefix
	key      string // the flag of a remote config path
}

// routeOf reads an escaped path. Whatever stands before a known path is a proxy's prefix and carries no meaning.
func routeOf(escaped string) route {
	full := strings.TrimRight(escaped, "/")
	for _, known := range fixedPaths {
		if strings.HasSuffix(full, known.path) {
			return route{endpoint: known.endpoint, full: full, path: known.path}
		}
	}
	if path, key, ok := remoteConfigPath(full); ok {
		return route{endpoint: remoteConfigEndpoint, full: full, path: path, key: key}
	}
	return route{full: full, path: full}
}

// remoteConfigPath finds /api/projects/<project>/feature_flags/<key>/remote_config at the end of a path.
func remoteConfigPath(full string) (path, key string, ok bool) {
	segments := strings.Split(full, "/")
	if len(segments) < 7 {
		return "", "", false
	}
	tail := segments[len(segments)-6:]
	if tail[0] != "api" || tail[1] != "projects" || tail[3] != "feature_flags" || tail[5] != "remote_config" {
		return "", "", false
	}
	key, err := url.PathUnescape(tail[4])
	if err != nil || key == "" {
		return "", "", false
	}
	return "/" + strings.Join(tail, "/"), key, true
}

// names reports whether path, as a test writes it, means this route: a known path under any prefix, or the whole path.
func (r route) names(path string) bool {
	path = strings.TrimRight(path, "/")
	return path == r.path || path == r.full
}

// method is the one method an endpoint takes, empty if the endpoint is unknown.
func (e endpoint) method() string {
	switch e {
	case batchEndpoint, aiEndpoint, analyticsEndpoint, remoteFlagsEndpoint:
		return http.MethodPost
	case definitionsEndpoint, remoteConfigEndpoint:
		return http.MethodGet
	default:
		return ""
	}
}
