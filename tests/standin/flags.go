package standin

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
)

// decideRemoteFlags plays /flags: the scripted answer, or one that knows no flags.
func (s *Server) decideRemoteFlags(x *exchange) reply {
	root, err := object(x.body)
	if err != nil {
		return serviceError(http.StatusBadRequest, "request_parsing_error", err.Error())
	}
	x.token = firstText(root["token"], root["api_key"])
	if x.token == "" {
		return serviceError(http.StatusUnauthorized, "missing_api_key", "token is missing")
	}
	if scripted := s.documents.remoteFlags(); scripted != nil {
		return jsonReply(http.StatusOK, scripted)
	}
	return jsonReply(http.StatusOK, encodeJSON(map[string]any{
		"flags":                     map[string]any{},
		"errorsWhileComputingFlags": false,
		"requestId":                 newUUID(),
		"evaluatedAt":               x.receivedAt,
	}))
}

// decideDefinitions plays /flags/definitions.
func (s *Server) decideDefinitions(x *exchange) reply {
	x.token = projectToken(x.http)
	if !s.authorized(x.http) {
		return unauthorized()
	}
	document, etag := s.documents.definitions()
	answer := jsonReply(http.StatusOK, document)
	if matchesETag(x.http.Header.Get("If-None-Match"), etag) {
		answer = reply{status: http.StatusNotModified, header: http.Header{}}
	}
	return answer.with("ETag", etag).with("Cache-Control", "private, must-revalidate")
}

// decideRemoteConfig plays the remote config payload of one flag.
func (s *Server) decideRemoteConfig(x *exchange) reply {
	x.token = projectToken(x.http)
	if !s.authorized(x.http) {
		return unauthorized()
	}
	payload := s.documents.remoteConfig(x.route.key)
	if payload == nil {
		return serviceError(http.StatusNotFound, "not_found", "no remote config for this flag")
	}
	return jsonReply(http.StatusOK, payload)
}

// authorized compares the secret key.
func (s *Server) authorized(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(bearer(r.Header)), []byte(s.secretKey)) == 1
}

func unauthorized() reply {
	return serviceError(http.StatusUnauthorized, "authentication_failed", "secret key is missing or wrong").
		with("WWW-Authenticate", "Bearer")
}

// projectToken is the token of a request without a body.
func projectToken(r *http.Request) string {
	return cmp.Or(r.URL.Query().Get("token"), r.Header.Get("X-PostHog-Project-Api-Key"))
}

// matchesETag is the weak comparison of If-None-Match.
func matchesETag(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// newUUID is a random (version 4) UUID.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
