package standin

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// streamBacklog is what a slow reader may lag behind; further messages are dropped for it, never waited for.
	streamBacklog = 1024
	// streamBeat keeps proxies from closing a silent stream.
	streamBeat = 15 * time.Second
)

// EventNotice is an event without its properties, which may be large.
type EventNotice struct {
	Token        string `json:"token"`
	Path         string `json:"path"`
	Lib          string `json:"lib"`
	Event        string `json:"event"`
	UUID         string `json:"uuid"`
	DistinctID   string `json:"distinct_id"`
	ReceivedAtMS int64  `json:"received_at_ms"`
}

// requestNotice is a finished request without headers and body.
type requestNotice struct {
	Method       string `json:"method"`
	Path         string `json:"path"`
	Token        string `json:"token"`
	Lib          string `json:"lib"`
	Status       int    `json:"status"`
	Fault        string `json:"fault,omitempty"`
	ReceivedAtMS int64  `json:"received_at_ms"`
}

// definitionsNotice says that the document changed.
type definitionsNotice struct {
	ETag string `json:"etag"`
}

// hub hands messages to the readers of the stream.
type hub struct {
	// mu guards readers.
	mu      sync.Mutex
	readers map[chan []byte]struct{}
}

func newHub() *hub {
	return &hub{readers: make(map[chan []byte]struct{})}
}

// publish never blocks.
func (h *hub) publish(kind string, payload any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.readers) == 0 {
		return
	}
	message := fmt.Appendf(nil, "event: %s\ndata: %s\n\n", kind, encodeJSON(payload))
	for reader := range h.readers {
		select {
		case reader <- message:
		default:
		}
	}
}

func (h *hub) join() chan []byte {
	reader := make(chan []byte, streamBacklog)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readers[reader] = struct{}{}
	return reader
}

func (h *hub) leave(reader chan []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.readers, reader)
}

// ServeHTTP streams messages as server-sent events until the client leaves.
func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reader := h.join()
	defer h.leave(reader)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	// The comment tells the client that everything from here on will reach it.
	message := []byte(": joined\n\n")
	for {
		if _, err := w.Write(message); err != nil || out.Flush() != nil {
			return
		}
		select {
		case message = <-reader:
		case <-beat.C:
			message = []byte(": beat\n\n")
		case <-r.Context().Done():
			return
		}
	}
}
