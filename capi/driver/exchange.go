package driver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/libposthog/libposthog/core/wire"
)

// maxResponse is the longest response body that is read, in bytes.
const maxResponse = 64 << 20

var errResponseTooLarge = errors.New("response body is too large")

// exchange performs one request and returns what became of it. Redirects are answers like any other: the core's
// requests carry keys, which must not travel on.
func exchange(ctx context.Context, transport http.RoundTripper, r *wire.Request) *wire.Response {
	body, err := encode(r.Encoding, &r.Body)
	if err != nil {
		return &wire.Response{Error: wire.ErrEncoding}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(r.TimeoutMs)*time.Millisecond)
	defer cancel()
	response, err := roundTrip(ctx, transport, r, body)
	if err != nil {
		return &wire.Response{Error: failureKind(err)}
	}
	return response
}

func roundTrip(ctx context.Context, transport http.RoundTripper, r *wire.Request, body []byte) (*wire.Response, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept-Encoding", wire.Gzip)
	for _, h := range r.Headers {
		request.Header.Set(h.Name, h.Value)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	// Only a connection whose response was read to the end is used again.
	defer response.Body.Close()
	defer io.Copy(io.Discard, io.LimitReader(response.Body, 4096))
	text, err := readBody(response, maxResponse)
	if err != nil {
		return nil, err
	}
	return &wire.Response{Status: response.StatusCode, Headers: lowerCase(response.Header), Body: text}, nil
}

// readBody reads a body of at most limit bytes, counted after decompression.
func readBody(response *http.Response, limit int64) ([]byte, error) {
	plain, err := decoded(response.Header.Get("Content-Encoding"), response.Body)
	if errors.Is(err, io.EOF) {
		return nil, nil // an empty body, whatever encoding its headers claim
	}
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(plain, limit+1))
	if err == nil && int64(len(text)) > limit {
		return nil, errResponseTooLarge
	}
	return text, err
}

func lowerCase(header http.Header) map[string]string {
	out := make(map[string]string, len(header))
	for name, values := range header {
		out[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return out
}
