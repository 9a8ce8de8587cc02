package wire

import "github.com/libposthog/libposthog/core/codec"

// Batch is one upload of events.
type Batch struct {
	// AI sends it to the AI endpoint.
	AI         bool
	Historical bool
	// Events are encoded events, in order.
	Events [][]byte
	// SentAt is the time of this attempt, in RFC 3339; the server corrects clock skew with it.
	SentAt    string
	TimeoutMs int64
	Encoding  string
}

// Upload builds the request for a batch, in the v0 protocol.
func (p *Project) Upload(b *Batch) *Request {
	path := "/batch/"
	if b.AI {
		path = "/i/v0/ai/batch/"
	}
	if b.Encoding == Gzip {
		path += "?compression=gzip"
	}
	r := p.request("POST", path, b.TimeoutMs, Header{"content-type", "application/json"})
	r.SetEncoding(b.Encoding)
	w := codec.NewWriter(bodyBytes)
	w.BeginObject()
	w.StringMember("api_key", p.APIKey)
	w.StringMember("sent_at", b.SentAt)
	r.Body = batchBody(w, b.Historical, b.Events)
	return r
}

// Verdict is what a response means for the batch it answers.
type Verdict uint8

// The verdicts on a batch.
const (
	Delivered Verdict = iota
	// Retry: the same batch may be sent again after a while.
	Retry
	// Split: the batch is too large for the server, its halves may not be.
	Split
	// Rejected: the server will never take this batch.
	Rejected
	// Quota: the server took the request and discarded the events.
	Quota
	// Warned, Dropped and Limited are the server's words on single events: taken with a warning, never to be taken,
	// and over a limit.
	Warned
	Dropped
	Limited

	// Verdicts is how many verdicts there are.
	Verdicts
)

// ReadUpload reads the response to a v0 upload.
func ReadUpload(r *Response) Verdict {
	switch {
	case r.Success():
		return readQuota(r.Body)
	case r.Error != "", r.Status == 408, r.Status == 429, r.Status >= 500:
		return Retry
	case r.Status == 413:
		return Split
	}
	return Rejected
}

// readQuota looks for the notice that events were discarded; any other 2xx body means success, readable or not.
func readQuota(body []byte) Verdict {
	doc, err := codec.Parse(body)
	if err != nil {
		return Delivered
	}
	for limited := range doc.Get("quota_limited").Elements() {
		if name, _ := limited.Text(); name == "events" {
			return Quota
		}
	}
	return Delivered
}
