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

// valuesOfAll reports whether the bare values of all flags are asked for.
func (q *FlagQuery) valuesOfAll() bool { return q.Fields == FieldValue && q.Keys == nil }

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
	// name is the key as JSON, where the definitions have it.
	name codec.Value
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
	w.QuotedMember(nameKey, r.quotedKey())
	if fields&FieldValue != 0 {
		w.QuotedMember(nameValue, r.Value)
	}
	if fields&FieldPayload != 0 {
		w.QuotedMember(namePayload, r.Payload)
	}
	if fields&FieldReason != 0 {
		if r.Source == sourceRemote {
			w.StringMember("reason", r.Reason) // the service's words
		} else {
			w.PlainMember(nameReason, r.Reason)
		}
	}
	if fields&FieldMeta == 0 {
		return
	}
	w.QuotedMember(nameID, r.ID)
	w.QuotedMember(nameVersion, r.Version)
	w.QuotedMember(nameHasExperiment, r.HasExperiment)
	w.QuotedKey(nameLocal)
	w.Bool(r.Local)
	w.PlainMember(nameSource, r.Source)
	w.PlainMember(nameRequest, r.Request)
	if len(r.Errors) == 0 {
		w.QuotedMember(nameErrors, noErrors)
		return
	}
	w.QuotedKey(nameErrors)
	w.Texts(r.Errors)
}

var noErrors = codec.Value("[]")

func (r *FlagRecord) quotedKey() codec.Value {
	if r.name == nil {
		return codec.Quote(r.Key)
	}
	return r.name
}

// Evaluate answers a query from the definitions and the overrides alone. It reads nothing but the view and may run
// beside the client.
func (v *View) Evaluate(nowMs int64, q *FlagQuery) *Evaluated {
	e := &Evaluated{}
	e.Evaluate(v, nowMs, q)
	return e
}

// evaluateRecords is Evaluate for a caller who needs records.
func (v *View) evaluateRecords(nowMs int64, q *FlagQuery) *Evaluated {
	if q.valuesOfAll() {
		full := *q
		full.Fields = allFields
		q = &full
	}
	return v.Evaluate(nowMs, q)
}

// Evaluated are a query's local answers, and the view they came from. It can be used again and then keeps its memory.
type Evaluated struct {
	view    *View
	records []FlagRecord
	// values stand in for records where the values of all flags are all that is asked for: as members, with null for a flag
	// that is undecided. undecided says that there is one.
	values    codec.Writer
	valuesAll bool
	undecided bool
	// brief says that EvaluateValue made the record.
	brief      bool
	evaluation flags.Evaluation
}

// Evaluate is View.Evaluate into memory that is there.
func (e *Evaluated) Evaluate(v *View, nowMs int64, q *FlagQuery) {
	e.view, e.records, e.valuesAll, e.brief = v, e.records[:0], false, false
	switch d := v.definitions; {
	case d == nil:
		for _, key := range q.Keys {
			e.records = append(e.records, FlagRecord{Key: key, Reason: requestNoDefinitions, Source: sourceNone})
		}
	case q.valuesOfAll() && v.overrides == nil:
		e.evaluation.Start(d, &q.User, nowMs)
		e.evaluateValues(d)
	default:
		e.evaluation.Start(d, &q.User, nowMs)
		e.evaluate(d, q.Keys)
	}
	e.records = v.overrides.apply(e.records, q.Keys == nil)
}

// EvaluateValue is Evaluate for one flag whose value is nearly always all that is needed: where it is decided, the record
// has no more until it is completed.
func (e *Evaluated) EvaluateValue(v *View, nowMs int64, q *FlagQuery) {
	if d := v.definitions; d != nil && v.overrides == nil {
		e.evaluation.Start(d, &q.User, nowMs)
		if value := e.evaluation.Value(q.Keys[0]); value != nil {
			e.view, e.valuesAll, e.brief = v, false, true
			e.records = append(e.records[:0], FlagRecord{Key: q.Keys[0], Value: value, Local: true, Source: sourceLocal})
			return
		}
	}
	e.Evaluate(v, nowMs, q)
}

// complete makes records out of what EvaluateValue left.
func (e *Evaluated) complete(nowMs int64, q *FlagQuery) {
	if e.brief {
		e.Evaluate(e.view, nowMs, q)
	}
}

// keptRecords is for how many flags memory is kept.
const keptRecords = 4096

// Forget lets go of what the query and the definitions had in memory.
func (e *Evaluated) Forget() {
	clear(e.records)
	if cap(e.records) > keptRecords {
		e.records = nil
	}
	if e.values.Room() > keptRecords*recordValueBytes {
		e.values = codec.Writer{}
	}
	e.view, e.valuesAll = nil, false
	e.evaluation.Forget()
}

func (e *Evaluated) evaluate(d *flags.Definitions, keys []string) {
	if keys == nil {
		e.records = slices.Grow(e.records, d.Len())
		for place := range d.All() {
			e.record(d.Key(place), e.evaluation.At(place)).name = d.Name(place)
		}
		return
	}
	e.records = slices.Grow(e.records, len(keys))
	for _, key := range keys {
		e.record(key, e.evaluation.Flag(key))
	}
}

// record adds a local answer. It has no version, as with every PostHog SDK: the definitions' own may be older than the
// service's.
func (e *Evaluated) record(key string, r flags.Result) *FlagRecord {
	e.records = append(e.records, FlagRecord{})
	record := &e.records[len(e.records)-1]
	record.Key, record.Value, record.Payload, record.Reason, record.Source = key, r.Value, r.Payload, r.Reason, sourceNone
	record.unanswerable = r.ClientOnly || r.Reason == flags.ReasonOtherContext
	if r.Value != nil {
		record.Local, record.Source, record.ID, record.HasExperiment = true, sourceLocal, r.ID, r.HasExperiment
	}
	return record
}

func (e *Evaluated) evaluateValues(d *flags.Definitions) {
	e.values.Prepare(recordValueBytes * d.Len())
	e.valuesAll, e.undecided = true, false
	for place := range d.All() {
		value := e.evaluation.ValueAt(place)
		e.undecided = e.undecided || value == nil
		e.values.QuotedMember(d.Name(place), value)
	}
}

// settles reports whether the values are the whole answer to a call: the service has no say in them, as far as they are
// decided or nobody is to ask it.
func (e *Evaluated) settles(f *flagCall) bool {
	return e.valuesAll && e.view == f.c.view && !e.view.loading && (!e.undecided || f.onlyLocal())
}

// bytes is how long the values are.
func (e *Evaluated) bytes() int {
	if e == nil {
		return 0
	}
	return e.values.Len()
}

// write writes the values.
func (e *Evaluated) write(w *codec.Writer) {
	if e != nil {
		w.Members(e.values.Bytes())
	}
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
