package core

import (
	"slices"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/wire"
)

// Snapshot is the reply of evaluate_flags.
type Snapshot struct {
	Records []FlagRecord
	Fields  FlagFields
	// values are there instead of Records where they are all that is asked for.
	values      *Evaluated
	RequestID   string
	EvaluatedAt int64
	// LoadedAtMs is 0 where no definitions are loaded.
	LoadedAtMs int64
	Minimal    bool
	Errors     []string
}

// WriteMembers writes the reply of evaluate_flags. Flags without a value are left out unless they were asked for.
func (s *Snapshot) WriteMembers(w *codec.Writer) {
	w.Key("flags")
	w.BeginObject()
	s.values.write(w)
	for i := range s.Records {
		r := &s.Records[i]
		if s.Fields == FieldValue {
			w.QuotedMember(r.quotedKey(), r.Value)
			continue
		}
		w.QuotedKey(r.quotedKey())
		w.BeginObject()
		r.write(w, s.Fields)
		w.EndObject()
	}
	w.EndObject()
	w.Key("request_id")
	if s.RequestID == "" {
		w.Null()
	} else {
		w.String(s.RequestID)
	}
	w.IntMember("evaluated_at", s.EvaluatedAt)
	w.Key("definitions_loaded_at")
	writeOptional(w, s.LoadedAtMs, s.LoadedAtMs != 0)
	w.BoolMember("minimal", s.Minimal)
	w.Key("errors")
	w.Texts(s.Errors)
}

// Bytes is about how long the reply is.
func (s *Snapshot) Bytes() int {
	if s.Fields == FieldValue {
		return recordValueBytes*(len(s.Records)+8) + s.values.bytes()
	}
	return recordBytes * (len(s.Records) + 1)
}

// GetFlag answers one flag: locally where that is certain, else with at most one question to the service.
// evaluated, if not nil, are the answers a View gave; they are used while that view is still the client's.
func (c *Client) GetFlag(nowMs int64, q *FlagQuery, evaluated *Evaluated) Outcome {
	return c.evaluate(nowMs, &flagCall{c: c, query: q, evaluated: evaluated, single: true})
}

// EvaluateFlags answers many flags for one user, with at most one question to the service for all that are left.
//
// Without a distinct id there is nobody to answer for: the snapshot is empty and nothing is asked.
func (c *Client) EvaluateFlags(nowMs int64, q *FlagQuery, evaluated *Evaluated) Outcome {
	if q.Fields == 0 {
		q.Fields = allFields
	}
	if q.User.DistinctID == "" && c.phase == open {
		return succeed(&Snapshot{EvaluatedAt: c.advance(nowMs), LoadedAtMs: c.view.loadedAtMs})
	}
	call := &flagCall{c: c, query: q, evaluated: evaluated}
	if evaluated != nil && evaluated.valuesAll {
		if c.phase == open && evaluated.settles(call) {
			nowMs = c.advance(nowMs)
			return succeed(&Snapshot{
				values: evaluated, Fields: FieldValue, EvaluatedAt: nowMs, LoadedAtMs: c.view.loadedAtMs, Minimal: call.minimal(),
			})
		}
		call.evaluated = nil
	}
	return c.evaluate(nowMs, call)
}

func (c *Client) evaluate(nowMs int64, call *flagCall) Outcome {
	nowMs = c.advance(nowMs)
	if c.phase != open {
		return closedOutcome()
	}
	timeoutMs := call.query.TimeoutMs
	if timeoutMs < 0 {
		timeoutMs = c.longestFlagsCall()
	}
	if timeoutMs == 0 && call.mustWait(nowMs) {
		return Outcome{Status: WouldWait}
	}
	return c.tickets.wait(nowMs, timeoutMs, call)
}

// longestFlagsCall is how long a flags request can take with all its retries.
func (c *Client) longestFlagsCall() int64 {
	total := c.options.FlagsTimeoutMs
	for retry := range min(c.options.FlagsMaxRetries, 16) {
		total += c.options.FlagsTimeoutMs + firstFlagsRetryMs<<min(retry, 6)
	}
	return total
}

// flagCall is one get_flag or evaluate_flags on its way: it waits for the first definitions, evaluates, and asks the
// service for what is left.
type flagCall struct {
	c         *Client
	query     *FlagQuery
	evaluated *Evaluated
	remote    *remoteCall
	single    bool
	// exposed is memory for the exposure at hand.
	exposed exposure
}

// local evaluates against the current view, unless that has been done already.
func (f *flagCall) local(nowMs int64) []FlagRecord {
	if f.evaluated == nil || f.evaluated.view != f.c.view {
		f.evaluated = f.c.view.evaluateRecords(nowMs, f.query)
	}
	return f.evaluated.records
}

// mustWait reports whether an answer takes more than a moment. It changes nothing.
func (f *flagCall) mustWait(nowMs int64) bool {
	records := f.local(nowMs)
	return f.awaitsDefinitions(records) || f.wantsRemote(records) && f.c.remote.left(nowMs)
}

// awaitsDefinitions reports whether the first definitions are on their way and may change the answer.
func (f *flagCall) awaitsDefinitions(records []FlagRecord) bool {
	return f.c.view.loading && (f.all() || anyOf(records, func(r *FlagRecord) bool { return r.Value == nil }))
}

func (f *flagCall) step(nowMs int64) (Outcome, bool) {
	if f.remote != nil {
		if !f.remote.finished {
			return Outcome{}, false
		}
		return f.merge(nowMs), true
	}
	records := f.local(nowMs)
	if f.awaitsDefinitions(records) {
		return Outcome{}, false
	}
	if !f.wantsRemote(records) {
		return f.finish(nowMs, records, nil, f.unasked(records)), true
	}
	if !f.c.remote.spend(nowMs) {
		return f.finish(nowMs, records, nil, requestBudget), true
	}
	f.remote = f.c.remote.ask(nowMs, f.remoteQuery())
	return Outcome{}, false
}

// expire answers with what is known when the time is over.
func (f *flagCall) expire(nowMs int64) Outcome {
	if f.remote != nil {
		f.c.remote.drop(f.remote)
		f.remote.problem = "timeout"
		return f.merge(nowMs)
	}
	return f.finish(nowMs, f.local(nowMs), nil, requestNoDefinitions)
}

// anyOf looks at records where they are: they are too large to be copied by the thousand.
func anyOf(records []FlagRecord, holds func(r *FlagRecord) bool) bool {
	for i := range records {
		if holds(&records[i]) {
			return true
		}
	}
	return false
}

// undecided reports whether the service may know more about a flag.
func (f *flagCall) undecided(r *FlagRecord) bool {
	return r.Value == nil && !r.unanswerable && !f.c.remote.isMissing(r.Key)
}

func (f *flagCall) onlyLocal() bool {
	if only := f.query.OnlyLocal; only != nil && *only {
		return true
	}
	return f.c.view.onlyLocal || f.c.inert
}

func (f *flagCall) wantsRemote(records []FlagRecord) bool {
	if f.onlyLocal() {
		return false
	}
	return f.all() && f.c.view.definitions == nil || anyOf(records, f.undecided)
}

// all reports whether every flag is asked for.
func (f *flagCall) all() bool { return f.query.Keys == nil }

// unasked says why the service is not asked about flags that are undecided.
func (f *flagCall) unasked(records []FlagRecord) string {
	switch {
	case f.onlyLocal() && f.c.view.definitions == nil:
		return requestNoDefinitions
	case f.onlyLocal():
		return requestLocalOnly
	case f.c.remote.missing != nil && anyOf(records, func(r *FlagRecord) bool { return f.c.remote.isMissing(r.Key) }):
		return requestNegativeCache
	}
	return requestNotNeeded
}

func (f *flagCall) remoteQuery() *wire.FlagsQuery {
	q := f.query
	geoIP := f.c.view.settings.DisableGeoIP
	if q.DisableGeoIP != nil {
		geoIP = *q.DisableGeoIP
	}
	return &wire.FlagsQuery{
		DistinctID: q.User.DistinctID, DeviceID: q.User.DeviceID, Groups: q.User.Groups,
		PersonProperties: q.User.PersonProperties, GroupProperties: q.User.GroupProperties,
		DisableGeoIP: geoIP, FlagKeys: q.Keys, EvaluationContexts: f.c.options.EvaluationContexts,
		Runtime: f.c.options.EvaluationRuntime, TimeoutMs: f.c.options.FlagsTimeoutMs,
	}
}

// merge lays the service's answer under the local ones: a local value is never replaced.
func (f *flagCall) merge(nowMs int64) Outcome {
	records := f.local(nowMs)
	answer := f.remote.answer
	if answer == nil {
		request := requestFailed
		if f.remote.problem == "timeout" {
			request = requestTimeout
		}
		return f.finish(nowMs, records, []string{f.remote.problem}, request)
	}
	for i := range answer.Flags {
		flag := &answer.Flags[i]
		at := slices.IndexFunc(records, func(r FlagRecord) bool { return r.Key == flag.Key })
		switch {
		case at >= 0 && records[at].Value == nil:
			records[at] = remoteRecord(flag)
		case at < 0 && f.all():
			records = append(records, remoteRecord(flag))
		}
	}
	var errors []string
	if answer.Incomplete {
		errors = append(errors, "errors_while_computing_flags")
	}
	if answer.QuotaLimited {
		errors = append(errors, "quota_limited")
	}
	return f.finish(nowMs, records, errors, requestMade)
}

// finish says about every undecided flag why it is, and writes the reply. request is what became of the question to
// the service, errors are its error tags.
func (f *flagCall) finish(nowMs int64, records []FlagRecord, errors []string, request string) Outcome {
	for i := range records {
		r := &records[i]
		switch {
		case r.Source == sourceRemote:
			r.Errors = errors
		case r.Value != nil:
			r.Request = requestNotNeeded
		case r.unanswerable:
			r.Request = requestNotNeeded
		case request != requestBudget && f.c.remote.isMissing(r.Key) && f.remote == nil:
			r.Request = requestNegativeCache
		default:
			r.Request, r.Errors = request, errors
			if request == requestMade && !slices.Contains(errors, "quota_limited") {
				r.Errors = append(slices.Clone(errors), "flag_missing")
			}
		}
	}
	if f.single {
		return f.reply(nowMs, &records[0])
	}
	s := &Snapshot{Records: records, Fields: f.query.Fields, EvaluatedAt: nowMs, Errors: errors}
	s.LoadedAtMs = f.c.view.loadedAtMs
	s.Minimal = f.minimal()
	if a := f.answer(); a != nil {
		s.RequestID = a.RequestID
	}
	return succeed(s)
}

// reply finishes get_flag: it records the exposure and chooses the payload.
func (f *flagCall) reply(nowMs int64, r *FlagRecord) Outcome {
	if f.reports(r) {
		r.exposed = Exposed{f.c.expose(nowMs, f.exposure(r), f.c.options.BeforeSend)}
	}
	if match := f.query.MatchValue; match.IsSet() && f.c.view.definitions != nil {
		if payload := f.c.view.definitions.PayloadFor(r.Key, match); payload != nil {
			r.Payload = payload
		}
	}
	return succeed(r)
}

// reports reports whether the value is one to record as seen.
func (f *flagCall) reports(r *FlagRecord) bool {
	send := f.c.options.SendFeatureFlagEvents
	if f.query.SendEvents != nil {
		send = *f.query.SendEvents
	}
	return send && (r.Value != nil || f.remote != nil)
}

func (f *flagCall) answer() *wire.FlagsAnswer {
	if f.remote == nil {
		return nil
	}
	return f.remote.answer
}

// minimal reports whether exposures of this evaluation may be short, by the source of its values.
func (f *flagCall) minimal() bool {
	if a := f.answer(); a != nil {
		return a.Minimal
	}
	d := f.c.view.definitions
	return d != nil && d.MinimalFlagCalledEvents()
}

func (f *flagCall) exposure(r *FlagRecord) *exposure {
	x := &f.exposed
	*x = exposure{user: &f.query.User, record: r, minimal: f.minimal(), geoIP: f.query.DisableGeoIP}
	if a := f.answer(); a != nil && r.Source != sourceLocal {
		x.requestID, x.evaluatedAt = a.RequestID, a.EvaluatedAt
	}
	if r.Source == sourceLocal {
		x.loadedAtMs = f.c.view.loadedAtMs
	}
	return x
}
