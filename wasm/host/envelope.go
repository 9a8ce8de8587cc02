package host

import (
	"encoding/json"
	"fmt"
)

// Statuses the host itself looks at. Negative ones are failures.
const (
	statusOK      = 0
	statusPending = 1
)

// envelope is what every reply starts with. What else is in it depends on the operation and the status.
type envelope struct {
	Status int32 `json:"status"`
}

// The members of replies that the host itself reads.
type (
	opened struct {
		Client uint32 `json:"client"`
	}
	// pending stands for an answer that poll brings later.
	pending struct {
		Ticket int64 `json:"ticket"`
	}
	failed struct {
		Error failure `json:"error"`
	}
	// polled has exactly one of its members, of which WakeMs may be null.
	polled struct {
		Done    *done    `json:"done"`
		Request *request `json:"request"`
		WakeMs  *int64   `json:"wake_ms"`
	}
)

type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// done is the answer of an operation that had to wait.
type done struct {
	Ticket int64           `json:"ticket"`
	Status int32           `json:"status"`
	Reply  json.RawMessage `json:"reply"`
}

// request is one HTTP request to perform.
type request struct {
	ID        int64             `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Encoding  string            `json:"encoding"`
	TimeoutMs int64             `json:"timeout_ms"`
	Body      extent            `json:"body"`
}

// extent says where a body lies, counted from the reply's start.
type extent struct {
	At  uint32 `json:"at"`
	Len uint32 `json:"len"`
}

// completion is the input of complete.
type completion struct {
	ID      int64             `json:"id"`
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Error   string            `json:"error,omitempty"`
	Message string            `json:"message,omitempty"`
}

// encode writes the input of complete. A response it has no room for becomes an error, so that the module does not wait
// for it.
func (c *completion) encode() ([]byte, error) {
	in, err := json.Marshal(c)
	if len(in) > maxComplete {
		return json.Marshal(&completion{ID: c.ID, Error: "other", Message: "the response is too large"})
	}
	return in, err
}

// read takes from a reply what the ABI page says is in it.
func read(reply []byte, into any) error {
	if err := json.Unmarshal(reply, into); err != nil {
		return fmt.Errorf("posthog: the module's reply is not what ABI version %d says: %w", abiVersion, err)
	}
	return nil
}

// bodyExtent returns where the body of a poll's request lies, zero if there is none.
func bodyExtent(reply []byte) (extent, error) {
	var p polled
	if err := read(reply, &p); err != nil || p.Request == nil {
		return extent{}, err
	}
	return p.Request.Body, nil
}

// statusError returns the failure a status and a reply tell of, nil for a success.
func statusError(op string, status int32, reply []byte) error {
	if status >= statusOK {
		return nil
	}
	var f failed
	if err := read(reply, &f); err != nil {
		return err
	}
	return &StatusError{Operation: op, Status: status, Code: f.Error.Code, Message: f.Error.Message}
}
