package core

import (
	"slices"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/queue"
)

// Stats is the reply of stats: the ledger, and how fresh the flag definitions are.
type Stats struct {
	Ledger queue.Ledger
	// LoadedAtMs is 0 and Source empty where no definitions are loaded.
	LoadedAtMs, AgeMs int64
	Flags             int
	Source            string
}

// Stats counts. It answers at any time, also after shutdown.
func (c *Client) Stats(nowMs int64) Outcome {
	nowMs = c.advance(nowMs)
	s := &Stats{Ledger: c.queue.Ledger()}
	if v := c.view; v.definitions != nil {
		s.LoadedAtMs, s.AgeMs = v.loadedAtMs, nowMs-v.loadedAtMs
		s.Flags, s.Source = v.definitions.Len(), v.source
	}
	return succeed(s)
}

// WriteMembers writes the reply of stats.
func (s *Stats) WriteMembers(w *codec.Writer) {
	l := &s.Ledger
	for _, m := range []struct {
		name  string
		value int64
	}{
		{"accepted", l.Accepted}, {"invalid", l.Invalid}, {"delivered", l.Delivered}, {"queued", l.Queued},
		{"in_flight", l.InFlight}, {"spooled", 0},
	} {
		w.IntMember(m.name, m.value)
	}
	w.Key("dropped")
	w.BeginObject()
	reasons := make([]string, 0, len(l.Dropped))
	for reason := range l.Dropped {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		w.IntMember(reason, l.Dropped[reason])
	}
	w.EndObject()
	w.IntMember("queue_bytes", l.Bytes)
	w.Key("definitions")
	w.BeginObject()
	w.Key("loaded_at_ms")
	writeOptional(w, s.LoadedAtMs, s.Source != "")
	w.Key("age_ms")
	writeOptional(w, s.AgeMs, s.Source != "")
	w.IntMember("flags", int64(s.Flags))
	w.Key("source")
	if s.Source == "" {
		w.Null()
	} else {
		w.String(s.Source)
	}
	w.EndObject()
}

func writeOptional(w *codec.Writer, value int64, present bool) {
	if present {
		w.Int(value)
	} else {
		w.Null()
	}
}
