package core

import (
	"slices"
	"strings"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/flags"
	"github.com/libposthog/libposthog/core/wire"
)

// FlagQuery is the input of get_flag and evaluate_flags.
type FlagQuery struct {
	// Keys are the flags asked for; nil means all.
	Keys []string
	User flags.User
	// OnlyLocal and SendEvents default to the client's options where they are nil.
	OnlyLocal    *bool
	SendEvents   *bool
	DisableGeoIP *bool
	// MatchValue asks for the payload of that value instead of the flag's own.
	MatchValue codec.Value
	// TimeoutMs is how long to wait; 0 never waits; negative means as long as the requests may take.
	TimeoutMs int64
	Fields    FlagFields
}

// What became of the question whether to ask the service.
const (
	requestNotNeeded     = "not_needed"
	requestMade          = "made"
	requestLocalOnly     = "local_only"
	requestBudget        = "budget"
	requestNegativeCache = "negative_cache"
	requestNoDefinitions = "no_definitions"
	requestTimeout       = "timeout"
	requestFailed        = "failed"
)

// Where a flag's value came from.
const (
	sourceLocal  = "local"
	sourceRemote = "remote"
	sourceNone   = "none"
)

// FlagRecord is the answer for one flag: the reply of get_flag.
type FlagRecord struct {
	Key string
	// Value is true, false, a variant as a JSON string, or nil when the flag cannot be decided.
	Value   codec.Value
	Payload codec.Value
	Reason  string
	// ID, Version and HasExperiment are nil where nobody said.
	ID, Version, HasExperiment codec.Value
	Local                      bool
	Source                     string
	Request                    string
	Errors                     []string

	// exposed is the $feature_flag_called event where a hook is to see it.
	exposed Exposed
	// unanswerable flags are ones the service would leave out of its answer, so that asking is in vain.
	unanswerable bool
}

// FlagFields chooses what a record of evaluate_flags holds.
type FlagFields uint8

// The choices; the zero value means all.
const (
	FieldValue FlagFields = 1 << iota
	FieldPayload
	FieldReason
	FieldMeta
	allFields = FieldValue | FieldPayload | FieldReason | FieldMeta
)

// WriteMembers writes the reply of get_flag.
func (r *FlagRecord) WriteMembers(w *codec.Writer) {
	r.write(w, allFields)
	r.exposed.WriteMembers(w)
}

// recordBytes is about what a record takes in a reply, and recordValueBytes what it takes as a bare value.
const (
	recordBytes      = 280
	recordValueBytes = 40
)

// The names of a record's members, quoted once: a snapshot writes them for every flag.
var (
	nameKey           = codec.Quote("key")
	nameValue         = codec.Quote("value")
	namePayload       = codec.Quote("payload")
	nameReason        = codec.Quote("reason")
	nameID            = codec.Quote("id")
	nameVersion       = codec.Quote("version")
	nameHasExperiment = codec.Quote("has_experiment")
	nameLocal         = codec.Quote("locally_evaluated")
	nameSource        = codec.Quote("source")
	nameRequest       = codec.Quote("request")
	nameErrors        = codec.Quote("errors")
)

func (r *FlagRecord) write(w *codec.Writer, fields FlagFields) {
	w.QuotedKey(nameKey)
	w.String(r.Key)
	if fields&FieldValue != 0 {
		w.QuotedKey(nameValue)
		w.Value(r.Value)
	}
	if fields&FieldPayload != 0 {
		w.QuotedKey(namePayload)
		w.Value(r.Payload)
	}
	if fields&FieldReason != 0 {
		w.QuotedKey(nameReason)
		w.String(r.Reason)
	}
	if fields&FieldMeta == 0 {
		return
	}
	w.QuotedKey(nameID)
	w.Value(r.ID)
	w.QuotedKey(nameVersion)
	w.Value(r.Version)
	w.QuotedKey(nameHasExperiment)
	w.Value(r.HasExperiment)
	w.QuotedKey(nameLocal)
	w.Bool(r.Local)
	w.QuotedKey(nameSource)
	w.String(r.Source)
	w.QuotedKey(nameRequest)
	w.String(r.Request)
	w.QuotedKey(nameErrors)
	w.Texts(r.Errors)
}

// Evaluate answers a query from the definitions and the overrides alone. It reads nothing but the view and may run
// beside the client.
func (v *View) Evaluate(nowMs int64, q *FlagQuery) *Evaluated {
	e := &Evaluated{}
	e.Evaluate(v, nowMs, q)
	return e
}

// Evaluated are a query's local answers, and the view they came from. It can be used again and then keeps its memory.
type Evaluated struct {
	view       *View
	records    []FlagRecord
	evaluation flags.Evaluation
}

// Evaluate is View.Evaluate into memory that is there.
func (e *Evaluated) Evaluate(v *View, nowMs int64, q *FlagQuery) {
	e.view, e.records = v, e.records[:0]
	if v.definitions == nil {
		for _, key := range q.Keys {
			e.records = append(e.records, FlagRecord{Key: key, Reason: requestNoDefinitions, Source: sourceNone})
		}
	} else {
		e.evaluation.Start(v.definitions, &q.User, nowMs)
		e.evaluate(v.definitions, q.Keys)
	}
	e.records = v.overrides.apply(e.records, q.Keys == nil)
}

// Forget lets go of what the query and the definitions had in memory.
func (e *Evaluated) Forget() {
	clear(e.records)
	e.view = nil
	e.evaluation.Forget()
}

func (e *Evaluated) evaluate(d *flags.Definitions, keys []string) {
	if keys == nil {
		e.records = slices.Grow(e.records, d.Len())
		for key := range d.Keys() {
			e.records = append(e.records, localRecord(key, e.evaluation.Flag(key)))
		}
		return
	}
	e.records = slices.Grow(e.records, len(keys))
	for _, key := range keys {
		e.records = append(e.records, localRecord(key, e.evaluation.Flag(key)))
	}
}

// localRecord has no version, as with every PostHog SDK: the definitions' own may be older than the service's.
func localRecord(key string, r flags.Result) FlagRecord {
	record := FlagRecord{
		Key: key, Value: r.Value, Payload: r.Payload, Reason: r.Reason, Source: sourceNone,
		unanswerable: r.ClientOnly || r.Reason == flags.ReasonOtherContext,
	}
	if r.Value != nil {
		record.Local, record.Source, record.ID, record.HasExperiment = true, sourceLocal, r.ID, r.HasExperiment
	}
	return record
}

// remoteRecord turns the service's answer for one flag into a record.
func remoteRecord(f *wire.RemoteFlag) FlagRecord {
	return FlagRecord{
		Key: f.Key, Value: f.Value, Payload: f.Payload, Reason: f.Reason, ID: f.ID, Version: f.Version,
		HasExperiment: f.HasExperiment, Source: sourceRemote, Request: requestMade,
	}
}

// join writes error tags as $feature_flag_error holds them.
func join(tags []string) string { return strings.Join(tags, ",") }
