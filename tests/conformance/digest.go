package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
)

// Digests are SHA-256 in hex of what a client did in a case, so that hosts can be compared to the byte. The bytes that
// go in are told in tests/cases/README.md.
type Digests struct {
	// Requests is of the requests it handed out.
	Requests string `json:"requests,omitempty"`
	// Replies is of everything it answered.
	Replies string `json:"replies,omitempty"`
}

// digest takes down what a client does.
type digest struct{ requests, replies hash.Hash }

func newDigest() digest { return digest{sha256.New(), sha256.New()} }

func (d digest) request(request Value, body []byte) {
	fmt.Fprintf(d.requests, "%s\n%s\n", request.member("method").Text, request.member("url").Text)
	for _, header := range request.member("headers").Members {
		fmt.Fprintf(d.requests, "%s: %s\n", header.Name, header.Value.Text)
	}
	fmt.Fprintf(d.requests, "\n%d\n%s", len(body), body)
}

func (d digest) reply(r Reply) { fmt.Fprintf(d.replies, "%d\n%s\n", r.Status, r.JSON) }

func (d digest) sums() Digests {
	return Digests{hex.EncodeToString(d.requests.Sum(nil)), hex.EncodeToString(d.replies.Sum(nil))}
}
