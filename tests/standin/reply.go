package standin

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// reply is an answer before it is written, so that a script can replace, delay or break it.
type reply struct {
	status int
	header http.Header
	body   []byte
	detail string // for the record: why the answer is an error
}

// jsonReply answers with bytes that are JSON already.
func jsonReply(status int, body []byte) reply {
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	return reply{status: status, header: header, body: body}
}

// with adds a header.
func (r reply) with(name, value string) reply {
	r.header.Set(name, value)
	return r
}

// accepts reports whether the status tells a client that its events are the service's now.
func (r reply) accepts() bool {
	return r.status >= 200 && r.status < 300
}

// serviceError is the error body of every endpoint but the v1 one.
func serviceError(status int, code, detail string) reply {
	kind := "validation_error"
	switch {
	case status == http.StatusUnauthorized:
		kind = "authentication_error"
	case status >= http.StatusInternalServerError:
		kind = "server_error"
	}
	r := jsonReply(status, encodeJSON(map[string]any{"type": kind, "code": code, "detail": detail, "attr": nil}))
	r.detail = detail
	return r
}

// analyticsError is the error body of the v1 endpoint.
func analyticsError(status int, tag, description string) reply {
	r := jsonReply(status, encodeJSON(map[string]any{
		"error":             tag,
		"error_description": description,
		"error_uri":         "https://posthog.com/docs/api/capture",
	}))
	r.detail = description
	return r
}

// write sends the reply.
func (r reply) write(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body)
}

// encodeJSON encodes values of this package's own making, which cannot fail, and leaves <, > and & readable.
func encodeJSON(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("standin: encode: " + err.Error())
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}
