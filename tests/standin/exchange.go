package standin

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"
)

// exchange is one request on its way through the stand-in: what came, what it means, what the service says to it.
type exchange struct {
	http       *http.Request
	route      route
	receivedAt int64
	body       []byte
	problem    error // why body is not the body, nil if it is

	token  string
	lib    string
	events []*Event // what a 2xx answer accepts
	reply  reply
}

// serve reads a request, decides it, records it, and then answers as the script for it says.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	x := &exchange{http: r, route: routeOf(r.URL.EscapedPath()), receivedAt: time.Now().UnixMilli()}
	x.body, x.problem = ReadBody(r)
	x.lib = clientName(r.Header)
	x.reply = s.decide(x)
	e := s.journal.begin(x)
	s.perform(w, x, e)
}

// decide says what the service would answer, and fills in the token and the events on the way.
func (s *Server) decide(x *exchange) reply {
	fail := serviceError
	if x.route.endpoint == analyticsEndpoint {
		fail = analyticsError
	}
	method := x.route.endpoint.method()
	switch {
	case method == "":
		return fail(http.StatusNotFound, "not_found", "no such endpoint")
	case x.http.Method != method:
		return fail(http.StatusMethodNotAllowed, "method_not_allowed", "this endpoint takes "+method).with("Allow", method)
	case errors.Is(x.problem, errTooLarge):
		return fail(http.StatusRequestEntityTooLarge, "payload_too_large", x.problem.Error())
	case errors.Is(x.problem, errEncoding):
		return fail(http.StatusUnsupportedMediaType, "unsupported_content_encoding", x.problem.Error())
	case x.problem != nil:
		return fail(http.StatusBadRequest, "request_parsing_error", x.problem.Error())
	}
	switch x.route.endpoint {
	case batchEndpoint, aiEndpoint:
		return s.decideBatch(x)
	case analyticsEndpoint:
		return s.decideAnalytics(x)
	case remoteFlagsEndpoint:
		return s.decideRemoteFlags(x)
	case definitionsEndpoint:
		return s.decideDefinitions(x)
	default:
		return s.decideRemoteConfig(x)
	}
}

// record is the exchange as the journal keeps it.
func (x *exchange) record() Request {
	headers := make(map[string]string, len(x.http.Header)+1)
	headers["host"] = x.http.Host
	for name, values := range x.http.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	request := Request{
		Method:       x.http.Method,
		Path:         x.http.URL.EscapedPath(),
		Query:        x.http.URL.RawQuery,
		Headers:      headers,
		Body:         string(x.body),
		Token:        x.token,
		Lib:          x.lib,
		RemoteAddr:   x.http.RemoteAddr,
		ReceivedAtMS: x.receivedAt,
		route:        x.route,
	}
	if x.reply.status >= http.StatusBadRequest {
		request.Error = x.reply.detail
	}
	return request
}

// connection is the socket the request came in on, nil on the control listener.
func connection(r *http.Request) net.Conn {
	c, _ := r.Context().Value(connKey{}).(net.Conn)
	return c
}

// clientName is the SDK's name as its headers give it: what precedes the version in PostHog-Sdk-Info or User-Agent.
func clientName(header http.Header) string {
	info := cmp.Or(header.Get("PostHog-Sdk-Info"), header.Get("User-Agent"))
	name, _, _ := strings.Cut(info, "/")
	name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
	return cmp.Or(name, "unknown")
}

// bearer is the credential of an Authorization header, empty if there is none.
func bearer(header http.Header) string {
	scheme, credential, found := strings.Cut(header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(credential)
}
