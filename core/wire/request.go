package wire

import "sort"

// Header is one request header, its name in lower case.
type Header struct {
	Name, Value string
}

// Encodings a body can have on its way to the server.
const (
	Identity = "identity"
	Gzip     = "gzip"
	Deflate  = "deflate"
	Brotli   = "br"
	Zstd     = "zstd"
)

// Encodings are all of them; the driver of the C library can apply any.
var Encodings = []string{Identity, Gzip, Deflate, Brotli, Zstd}

// Request is one HTTP request to perform. Body is not compressed yet: who performs the request applies Encoding,
// which the headers already declare.
type Request struct {
	Method    string
	URL       string
	Headers   []Header
	Encoding  string
	TimeoutMs int64
	Body      Body
}

// Response is what became of a request: an HTTP response, or the kind of error that prevented one.
type Response struct {
	Status int
	// Headers have lower-case names.
	Headers map[string]string
	Body    []byte
	// Error is empty for an HTTP response, else one of the error kinds.
	Error string
}

// The kinds of failed requests. ErrEncoding says that the host could not apply the encoding: the same attempt is
// issued again without one.
const (
	ErrTimeout   = "timeout"
	ErrDNS       = "dns"
	ErrConnect   = "connect"
	ErrTLS       = "tls"
	ErrReset     = "reset"
	ErrEncoding  = "encoding"
	ErrCancelled = "cancelled"
	ErrOther     = "other"
)

// Success reports whether the server answered with a 2xx status.
func (r *Response) Success() bool {
	return r.Error == "" && r.Status >= 200 && r.Status <= 299
}

// Project says where a client's requests go and who they come from.
type Project struct {
	Host       string
	APIKey     string
	SecretKey  string
	Lib        string
	LibVersion string
	// Headers are extra ones from the client's options, sorted by name; they replace the library's own.
	Headers []Header
}

// request starts a request to path, which begins with a slash and may carry a query.
func (p *Project) request(method, path string, timeoutMs int64, headers ...Header) *Request {
	r := &Request{Method: method, URL: p.Host + path, TimeoutMs: timeoutMs, Encoding: Identity}
	headers = append(headers, Header{"user-agent", p.Lib + "/" + p.LibVersion})
	for _, h := range headers {
		r.SetHeader(h.Name, h.Value)
	}
	for _, h := range p.Headers {
		r.SetHeader(h.Name, h.Value)
	}
	return r
}

// SetHeader sets or replaces a header and keeps the list sorted.
func (r *Request) SetHeader(name, value string) {
	at := sort.Search(len(r.Headers), func(i int) bool { return r.Headers[i].Name >= name })
	if at < len(r.Headers) && r.Headers[at].Name == name {
		r.Headers[at].Value = value
		return
	}
	r.Headers = append(r.Headers, Header{})
	copy(r.Headers[at+1:], r.Headers[at:])
	r.Headers[at] = Header{name, value}
}

// SetEncoding declares how the body is to be compressed.
func (r *Request) SetEncoding(encoding string) {
	r.Encoding = encoding
	if encoding != Identity {
		r.SetHeader("content-encoding", encoding)
	}
}
