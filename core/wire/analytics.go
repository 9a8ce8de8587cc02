package wire

import (
	"strconv"

	"github.com/libposthog/libposthog/core/codec"
)

// Analytics is one upload of events in the v1 protocol.
type Analytics struct {
	Historical bool
	Events     [][]byte
	// RequestID and CreatedAt belong to the batch and stay over its attempts; Attempt counts from 1 and SentAt is the
	// time of this one.
	RequestID, CreatedAt string
	Attempt              int
	SentAt               string
	TimeoutMs            int64
	Encoding             string
}

// Analytics builds the request for a batch in the v1 protocol.
func (p *Project) Analytics(a *Analytics) *Request {
	r := p.request("POST", "/i/v1/analytics/events", a.TimeoutMs,
		Header{"content-type", "application/json"},
		Header{"authorization", "Bearer " + p.APIKey},
		Header{"posthog-sdk-info", p.Lib + "/" + p.LibVersion},
		Header{"posthog-attempt", strconv.Itoa(a.Attempt)},
		Header{"posthog-request-id", a.RequestID},
		Header{"posthog-request-timestamp", a.SentAt})
	r.SetEncoding(a.Encoding)
	w := codec.NewWriter(bodyBytes)
	w.BeginObject()
	w.StringMember("created_at", a.CreatedAt)
	r.Body = batchBody(w, a.Historical, a.Events)
	return r
}

// bodyBytes is about what stands around the events of a body.
const bodyBytes = 160

// batchBody is a body with the members that both protocols end with, behind those that were written.
func batchBody(w *codec.Writer, historical bool, events [][]byte) Body {
	if historical {
		w.BoolMember("historical_migration", true)
	}
	w.Key("batch")
	w.BeginArray()
	return Body{Head: w.Bytes(), Events: events, Tail: endOfBatch}
}

var endOfBatch = []byte("]}")

// ReadAnalytics reads the response to a v1 upload. Where the server gave a word on each event, verdictOn tells it by
// uuid; else it is nil and the verdict holds for the batch.
func ReadAnalytics(r *Response) (verdict Verdict, verdictOn func(uuid []byte) Verdict) {
	switch {
	case r.Success():
		return Delivered, readResults(r.Body)
	case r.Error != "":
		return Retry, nil
	}
	switch r.Status {
	case 408, 500, 502, 503, 504:
		return Retry, nil
	case 413:
		return Split, nil
	}
	return Rejected, nil
}

// results maps the server's words. Any other word, and an event it does not name, is never to be sent again.
var results = map[string]Verdict{
	"ok": Delivered, "warning": Warned, "retry": Retry, "drop": Dropped, "limited": Limited,
}

// readResults returns nil for a body it cannot read: sending the batch again would deliver it twice.
func readResults(body []byte) func(uuid []byte) Verdict {
	doc, err := codec.Parse(body)
	if err != nil || doc.Get("results").Kind() != codec.Object {
		return nil
	}
	verdicts := map[string]Verdict{}
	for uuid, result := range doc.Get("results").Members() {
		word, _ := result.Get("result").Text()
		verdict, known := results[word]
		if !known {
			verdict = Dropped
		}
		verdicts[uuid] = verdict
	}
	return func(uuid []byte) Verdict { return verdicts[string(uuid)] }
}
