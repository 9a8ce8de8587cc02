package core

import (
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/queue"
)

// maxRecords is how many records are kept for drain; older ones are counted as missed.
const maxRecords = 1024

// Record is one thing the client has to say: a log line, a drop, an error, a change of definitions, a notice. It
// holds no key and no event body.
type Record struct {
	Kind    string
	AtMs    int64
	Level   string
	Code    string
	Message string
	// Reason, Count and UUIDs tell of dropped events.
	Reason string
	Count  int
	UUIDs  []string
}

// Note adds an error record on behalf of the driver: what went wrong outside of the core, without names or values.
func (c *Client) Note(nowMs int64, code, message string) {
	c.records.add(Record{Kind: "error", AtMs: c.advance(nowMs), Level: "error", Code: code, Message: message})
}

type records struct {
	list   []Record
	missed int64
	// loud are the codes that once has let through.
	loud map[string]bool
}

func (r *records) add(record Record) {
	if len(r.list) >= maxRecords {
		r.list = r.list[1:]
		r.missed++
	}
	r.list = append(r.list, record)
}

// Records is the reply of drain.
type Records struct {
	Records []Record
	Missed  int64
}

// Drain returns the records since the last call. It answers at any time, also after shutdown.
func (c *Client) Drain(nowMs, timeoutMs int64) Outcome {
	nowMs = c.advance(nowMs)
	if c.phase == closed {
		timeoutMs = 0
	}
	return c.tickets.wait(nowMs, timeoutMs, &drainWaiter{c})
}

// drainWaiter waits for the first record.
type drainWaiter struct{ c *Client }

func (d *drainWaiter) step(nowMs int64) (Outcome, bool) {
	if len(d.c.records.list) == 0 {
		return Outcome{}, false
	}
	return d.expire(nowMs), true
}

func (d *drainWaiter) expire(int64) Outcome {
	r := &d.c.records
	reply := &Records{r.list, r.missed}
	r.list, r.missed = nil, 0
	return succeed(reply)
}

// WriteMembers writes the reply of drain.
func (r *Records) WriteMembers(w *codec.Writer) {
	w.Key("records")
	w.BeginArray()
	for i := range r.Records {
		r.Records[i].write(w)
	}
	w.EndArray()
	w.IntMember("missed", r.Missed)
}

func (r *Record) write(w *codec.Writer) {
	w.BeginObject()
	w.StringMember("kind", r.Kind)
	w.IntMember("at_ms", r.AtMs)
	w.StringMember("level", r.Level)
	w.StringMember("code", r.Code)
	w.StringMember("message", r.Message)
	if r.Reason != "" {
		w.StringMember("reason", r.Reason)
		w.IntMember("count", int64(r.Count))
		w.Key("uuids")
		w.Texts(r.UUIDs)
	}
	w.EndObject()
}

// join adds refused events to the last record when that tells of the same reason: a full queue makes one record, not
// thousands.
func (r *records) join(d queue.Drop) bool {
	if len(r.list) == 0 || d.Count != 1 {
		return false
	}
	last := &r.list[len(r.list)-1]
	if last.Kind != "drop" || last.Reason != d.Reason {
		return false
	}
	last.Count += d.Count
	if len(last.UUIDs) < queue.MaxRecordedIDs {
		last.UUIDs = append(last.UUIDs, d.UUIDs...)
	}
	return true
}

// once adds a record the first time its code comes up: a wrong key is one loud record, not one a batch.
func (r *records) once(record Record) {
	if r.loud == nil {
		r.loud = map[string]bool{}
	}
	if !r.loud[record.Code] {
		r.loud[record.Code] = true
		r.add(record)
	}
}
