package sink

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// uuidMembers stand before the uuid of an event; an SDK writes one of them, and the events of the bench hold neither.
var uuidMembers = [][]byte{[]byte(`"uuid":`), []byte(`"messageId":`)}

const uuidLength = 36

// distinct counts the uuids in the bodies.
func distinct(bodies []body) (int, error) {
	seen := map[[uuidLength]byte]struct{}{}
	var reader gzip.Reader
	var decoded bytes.Buffer
	for _, b := range bodies {
		// PostHog's SDKs for Node and Go have named the encoding in the query instead of a header.
		text := b.data
		if b.gzip || bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
			decoded.Reset()
			if err := reader.Reset(bytes.NewReader(b.data)); err != nil {
				return 0, fmt.Errorf("a batch that is no gzip: %w", err)
			}
			if _, err := io.Copy(&decoded, &reader); err != nil {
				return 0, fmt.Errorf("a batch that is no gzip: %w", err)
			}
			text = decoded.Bytes()
		}
		for _, member := range uuidMembers {
			if collect(seen, text, member) {
				break
			}
		}
	}
	return len(seen), nil
}

// collect adds the uuids that follow a member's name, and tells whether there were any.
func collect(seen map[[uuidLength]byte]struct{}, text, member []byte) (found bool) {
	for {
		at := bytes.Index(text, member)
		if at < 0 {
			return found
		}
		text = bytes.TrimLeft(text[at+len(member):], ` "`)
		if len(text) < uuidLength {
			return found
		}
		seen[[uuidLength]byte(text)] = struct{}{}
		found = true
	}
}
