package standin

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// The journal keeps the newest events and requests within these bounds; each kind within keptBytes besides.
const (
	DefaultMaxEvents   = 200_000
	DefaultMaxRequests = 20_000
	keptBytes          = 256 << 20
	slotOverhead       = 512 // a record's own size beside its texts, roughly
	overviewEvents     = 50
)

// Request is one request to a PostHog endpoint, or to no endpoint at all.
type Request struct {
	Method       string            `json:"method"`
	Path         string            `json:"path"`
	Query        string            `json:"query"`
	Headers      map[string]string `json:"headers"` // names in lower case
	Body         string            `json:"body"`    // decoded
	Token        string            `json:"token"`
	Lib          string            `json:"lib"`             // as the headers name it
	Status       int               `json:"status"`          // 0 while unanswered, and for ever if the answer never came
	Fault        string            `json:"fault,omitempty"` // what a script did to it
	Error        string            `json:"error,omitempty"` // what the service had against it
	RemoteAddr   string            `json:"remote_addr"`     // the client's end: one a connection
	ReceivedAtMS int64             `json:"received_at_ms"`

	route route
}

// notice is the request without headers and body.
func (r *Request) notice() requestNotice {
	return requestNotice{r.Method, r.Path, r.Token, r.Lib, r.Status, r.Fault, r.ReceivedAtMS}
}

// FlagRead is the latest answer a library reported for a flag with a $feature_flag_called event.
type FlagRead struct {
	Lib        string          `json:"lib"`
	Flag       string          `json:"flag"`
	Response   json.RawMessage `json:"response"`
	DistinctID string          `json:"distinct_id"`
	AtMS       int64           `json:"at_ms"`
}

// Overview is everything the page shows.
type Overview struct {
	Summary         Summary       `json:"summary"`
	Libraries       []Library     `json:"libraries"`
	FlagReads       []FlagRead    `json:"flag_reads"` // by flag and library
	Events          []EventNotice `json:"events"`     // the newest 50, newest first
	DefinitionsETag string        `json:"definitions_etag"`
}

// Filter selects records. Empty fields match everything.
type Filter struct {
	Token string
	Lib   string // events only
	Event string // events only
	Path  string // requests only; a known path matches under any prefix
}

// entry is a request in the journal. The journal's lock guards it.
type entry struct {
	request Request
}

// readKey identifies the newest answer of a library for a flag.
type readKey struct {
	lib, flag string
}

// journal records what happened and tells the hub about it.
type journal struct {
	hub *hub

	// mu guards everything below, and the order of what the hub is told.
	mu       sync.Mutex
	events   ring[*Event]
	requests ring[*entry]
	tally    *tally
	reads    map[readKey]FlagRead
}

func newJournal(maxEvents, maxRequests int, hub *hub) *journal {
	j := &journal{hub: hub}
	j.events.maxItems, j.events.maxBytes = cmp.Or(maxEvents, DefaultMaxEvents), keptBytes
	j.requests.maxItems, j.requests.maxBytes = cmp.Or(maxRequests, DefaultMaxRequests), keptBytes
	j.reset()
	return j
}

// begin records a request on arrival, so that one that hangs can be seen.
func (j *journal) begin(x *exchange) *entry {
	e := &entry{request: x.record()}
	size := slotOverhead + len(e.request.Body) + len(e.request.Path) + len(e.request.Query)
	for name, value := range e.request.Headers {
		size += len(name) + len(value)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests.push(e, size)
	return e
}

// finish notes how a request ended; the zero reply means without an answer.
func (j *journal) finish(e *entry, answer reply, fault string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.request.Status = answer.status
	e.request.Fault = fault
	if e.request.route.endpoint == definitionsEndpoint {
		j.polled(&e.request, answer)
	}
	j.hub.publish("request", e.request.notice())
}

// polled notes that a host asked for the definitions and what it got. An answer that broke half way gave it nothing.
// The caller holds mu.
func (j *journal) polled(request *Request, answer reply) {
	host := j.tally.host(request.Lib)
	if host == nil {
		return
	}
	host.LastPollMS = request.ReceivedAtMS
	host.LastPollStatus = answer.status
	if request.Fault == string(ActionResetBody) {
		host.LastPollStatus = 0
	}
	if host.LastPollStatus == http.StatusOK || host.LastPollStatus == http.StatusNotModified {
		host.LastPollETag = answer.header.Get("ETag")
	}
}

// accept records events as received.
func (j *journal) accept(events []*Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, event := range events {
		j.events.push(event, slotOverhead+len(event.Properties)+len(event.DistinctID)+len(event.Event))
		j.tally.add(event)
		j.hub.publish("event", event.notice())
		if event.Event == "$feature_flag_called" {
			j.read(event)
		}
	}
}

// read keeps a reported flag answer. The caller holds mu.
func (j *journal) read(event *Event) {
	var known sdkProperties
	if json.Unmarshal(event.Properties, &known) != nil || plain(known.Flag) == "" {
		return
	}
	read := FlagRead{
		Lib:        event.Lib,
		Flag:       plain(known.Flag),
		Response:   known.FlagResponse,
		DistinctID: event.DistinctID,
		AtMS:       event.ReceivedAtMS,
	}
	key := readKey{read.Lib, read.Flag}
	if _, known := j.reads[key]; !known && len(j.reads) >= maxReads {
		delete(j.reads, j.oldestRead())
	}
	j.reads[key] = read
	j.hub.publish("flag_read", read)
}

func (j *journal) oldestRead() (oldest readKey) {
	var at int64
	for key, read := range j.reads {
		if at == 0 || read.AtMS < at {
			oldest, at = key, read.AtMS
		}
	}
	return oldest
}

// reset forgets everything.
func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events.reset()
	j.requests.reset()
	j.tally = newTally()
	j.reads = make(map[readKey]FlagRead)
	j.hub.publish("reset", struct{}{})
}

// listEvents returns the events kept that match, oldest first.
func (j *journal) listEvents(f Filter) []*Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := []*Event{}
	j.events.each(func(e *Event) {
		if matches(f.Token, e.Token) && matches(f.Lib, e.Lib) && matches(f.Event, e.Event) {
			list = append(list, e)
		}
	})
	return list
}

// listRequests returns the requests kept that match, oldest first.
func (j *journal) listRequests(f Filter) []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := []Request{}
	j.requests.each(func(e *entry) {
		if matches(f.Token, e.request.Token) && (f.Path == "" || e.request.route.names(f.Path)) {
			list = append(list, e.request)
		}
	})
	return list
}

// overview is what the page shows, all of one moment.
func (j *journal) overview() Overview {
	j.mu.Lock()
	defer j.mu.Unlock()
	events := make([]EventNotice, 0, overviewEvents)
	for _, event := range j.events.newest(overviewEvents) {
		events = append(events, event.notice())
	}
	reads := slices.SortedFunc(maps.Values(j.reads), func(a, b FlagRead) int {
		return cmp.Or(cmp.Compare(a.Flag, b.Flag), cmp.Compare(a.Lib, b.Lib))
	})
	return Overview{
		Summary:   j.tally.summary(""),
		Libraries: j.tally.libraries(),
		FlagReads: append([]FlagRead{}, reads...),
		Events:    events,
	}
}

func (j *journal) summary(token string) Summary {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.tally.summary(token)
}

// matches compares one field of a filter.
func matches(want, got string) bool {
	return want == "" || want == got
}
