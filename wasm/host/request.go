package host

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
)

// maxComplete is the largest input "complete" takes, and so more than a response's body may have.
const maxComplete = 64 << 20

// connections is how many idle connections are kept to the one server all requests go to.
const connections = 8

// encodings are what encode can apply.
var encodings = []string{"gzip"}

// transport returns the HTTP client for the requests of every Client.
func transport(given *http.Client) *http.Client {
	client := &http.Client{}
	if given != nil {
		*client = *given
	}
	if client.Transport == nil {
		tuned := http.DefaultTransport.(*http.Transport).Clone()
		tuned.MaxIdleConnsPerHost = connections
		client.Transport = tuned
	}
	// A redirected POST becomes a GET, and the events in it are gone with a 200: the module gets to see the 3xx.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// perform does one request and returns what complete wants to know.
func perform(ctx context.Context, client *http.Client, r *request, body []byte) *completion {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(r.TimeoutMs)*time.Millisecond)
	defer cancel()
	encoded, err := encode(r.Encoding, body)
	if err != nil {
		return &completion{ID: r.ID, Error: "encoding", Message: err.Error()}
	}
	result, err := exchange(ctx, client, r, encoded)
	if err != nil {
		return &completion{ID: r.ID, Error: kind(err), Message: cause(err).Error()}
	}
	return result
}

func exchange(ctx context.Context, client *http.Client, r *request, body []byte) (*completion, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	response, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	// Reading to the end is also what lets the connection be used again.
	text, err := io.ReadAll(io.LimitReader(response.Body, maxComplete))
	if err != nil {
		return nil, err
	}
	headers := make(map[string]string, len(response.Header))
	for name, values := range response.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return &completion{ID: r.ID, Status: response.StatusCode, Headers: headers, Body: string(text)}, nil
}

// encode compresses a body the way the request's headers already say.
func encode(encoding string, body []byte) ([]byte, error) {
	switch encoding {
	case "identity":
		return body, nil
	case "gzip":
		var buffer bytes.Buffer
		w, err := gzip.NewWriterLevel(&buffer, gzip.BestSpeed)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(body); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		return buffer.Bytes(), nil
	default:
		return nil, fmt.Errorf("this host cannot apply %s", encoding)
	}
}

// cause strips the URL off an error: it may hold a key, and messages may end in a log.
func cause(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// kind sorts an error into the kinds complete knows.
func kind(err error) string {
	var (
		network net.Error
		dns     *net.DNSError
		op      *net.OpError
		cert    *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.As(err, &dns):
		return "dns"
	case errors.As(err, &cert), errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return "tls"
	case errors.As(err, &op) && op.Op == "dial":
		return "connect"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "reset"
	default:
		return "other"
	}
}
