package standin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// maxBody bounds a request body, both as it travels and decoded, so that a small bomb is as unwelcome as a large body.
const maxBody = 20 << 20

// maxDrain bounds what is read and thrown away of a body that is too large.
const maxDrain = 256 << 20

var (
	errTooLarge = fmt.Errorf("body is larger than %d bytes", maxBody)
	errEncoding = errors.New("content encoding is not gzip, deflate, br or zstd")
)

// ReadBody returns the decoded body of a request. Errors are errTooLarge, errEncoding, or what made the body unreadable.
func ReadBody(r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if len(raw) > maxBody {
		// Many clients read no answer before they have sent everything: without this they would see a reset, not a 413.
		_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
		return nil, errTooLarge
	}
	encoding := encodingOf(r)
	reader, err := decoder(encoding, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	body, err := io.ReadAll(io.LimitReader(reader, maxBody+1))
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("decode %s body: %w", encoding, err)
	}
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	return body, nil
}

// encodingOf reads the header and, where it is silent, the query hint that some SDKs send to the v0 endpoint.
func encodingOf(r *http.Request) string {
	encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	if encoding == "" && r.URL.Query().Get("compression") == "gzip" {
		return "gzip"
	}
	return encoding
}

// decoder undoes one content encoding.
func decoder(encoding string, raw io.Reader) (io.ReadCloser, error) {
	var reader io.ReadCloser
	var err error
	switch encoding {
	case "", "identity":
		return io.NopCloser(raw), nil
	case "gzip":
		reader, err = gzip.NewReader(raw)
	case "deflate":
		reader, err = zlib.NewReader(raw)
	case "br":
		return io.NopCloser(brotli.NewReader(raw)), nil
	case "zstd":
		var decoder *zstd.Decoder
		decoder, err = zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBody))
		if err == nil {
			reader = decoder.IOReadCloser()
		}
	default:
		return nil, errEncoding
	}
	if err != nil {
		return nil, fmt.Errorf("decode %s body: %w", encoding, err)
	}
	return reader, nil
}
