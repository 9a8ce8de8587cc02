package driver

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/libposthog/libposthog/core/wire"
)

// brotliLevel is the lowest that makes a batch smaller than gzip's fastest does. It takes several times as long.
const brotliLevel = 4

var errEncoding = errors.New("no such content encoding")

// encoder is what the pools keep: making one allocates more than a batch weighs.
type encoder struct {
	stream interface {
		io.WriteCloser
		Reset(io.Writer)
	}
	// plain is memory for a body put together.
	plain []byte
}

// keptPlain is the longest body whose memory is kept, in bytes.
const keptPlain = 256 << 10

// encoders are pools of the encoders that write a stream, at the level that is fastest and still shrinks a batch of
// events severalfold.
var encoders = map[string]*sync.Pool{
	wire.Gzip: {New: func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // fails only for a level that does not exist
		return &encoder{stream: w}
	}},
	wire.Deflate: {New: func() any {
		w, _ := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed) // as above
		return &encoder{stream: w}
	}},
	wire.Brotli: {New: func() any { return &encoder{stream: brotli.NewWriterLevel(io.Discard, brotliLevel)} }},
}

// encoding is a place for each of those who compress. Two at a time keep up with everything a process can capture, and
// an encoder takes up to a megabyte: those of goroutines that lost their processor in the middle would add up.
var encoding = make(chan struct{}, 2)

// zstdEncoder is shared; with a concurrency of one it keeps no goroutine.
var zstdEncoder = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
})

// encode returns body in one of wire.Encodings.
func encode(name string, body *wire.Body) ([]byte, error) {
	if name == wire.Identity {
		return body.Bytes(), nil
	}
	encoding <- struct{}{}
	defer func() { <-encoding }()
	if name == wire.Zstd {
		w, err := zstdEncoder()
		if err != nil {
			return nil, err
		}
		return w.EncodeAll(body.Bytes(), make([]byte, 0, body.Len()/4)), nil
	}
	pool := encoders[name]
	if pool == nil {
		return nil, errEncoding
	}
	w := pool.Get().(*encoder)
	defer pool.Put(w)
	return w.encode(body)
}

func (w *encoder) encode(body *wire.Body) ([]byte, error) {
	w.plain = body.AppendTo(w.plain[:0])
	var out bytes.Buffer
	out.Grow(len(w.plain)/4 + 64)
	w.stream.Reset(&out)
	if _, err := w.stream.Write(w.plain); err != nil {
		return nil, err
	}
	if err := w.stream.Close(); err != nil {
		return nil, err
	}
	if cap(w.plain) > keptPlain {
		w.plain = nil
	}
	return out.Bytes(), nil
}

// decoded returns a reader of a response body without its content encoding; only gzip is asked for.
func decoded(encoding string, body io.Reader) (io.Reader, error) {
	if encoding != wire.Gzip {
		return body, nil
	}
	return gzip.NewReader(body)
}
