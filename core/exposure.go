package core

import (
	"slices"
	"strconv"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/flags"
)

// FlagCalled reports the value of one record of a snapshot as seen. The reply is that of get_flag's exposure: empty,
// or with a hook the event to hand to it.
func (c *Client) FlagCalled(nowMs int64, x *Called) Outcome {
	nowMs = c.advance(nowMs)
	if c.phase != open {
		return closedOutcome()
	}
	return succeed(Exposed{c.expose(nowMs, x.exposure(), c.options.BeforeSend)})
}

// BuildFlagCalled is FlagCalled for a hook: the reply is that of build, with nothing in it for a value that was
// reported before.
func (c *Client) BuildFlagCalled(nowMs int64, x *Called) Outcome {
	nowMs = c.advance(nowMs)
	if c.phase != open {
		return closedOutcome()
	}
	if b := c.expose(nowMs, x.exposure(), true); b != nil {
		return succeed(b)
	}
	return succeed(&Built{})
}

// Called is the input of flag_called: a record, for whom it was evaluated, and what its snapshot said beside it.
type Called struct {
	User         flags.User
	Record       FlagRecord
	Minimal      bool
	DisableGeoIP *bool
	RequestID    string
	EvaluatedAt  codec.Value
	LoadedAtMs   int64
}

func (x *Called) exposure() *exposure {
	return &exposure{
		user: &x.User, record: &x.Record, minimal: x.Minimal, geoIP: x.DisableGeoIP, requestID: x.RequestID,
		evaluatedAt: x.EvaluatedAt, loadedAtMs: x.LoadedAtMs,
	}
}

// Exposed is the reply of flag_called.
type Exposed struct {
	Built *Built
}

// WriteMembers writes the event for the hook, if there is one.
func (e Exposed) WriteMembers(w *codec.Writer) {
	if e.Built == nil {
		return
	}
	w.Key("exposure")
	w.BeginObject()
	e.Built.WriteMembers(w)
	w.EndObject()
}

// exposures remembers which flag values were reported for whom, so that $feature_flag_called is sent once for each.
type exposures struct {
	seen reported
	// key is memory for the key of the exposure at hand.
	key []byte
}

func newExposures(size int) exposures {
	return exposures{seen: newReported(size)}
}

// exposure is one evaluation of a flag to report.
type exposure struct {
	user    *flags.User
	record  *FlagRecord
	minimal bool
	geoIP   *bool
	// requestID and evaluatedAt are the service's, loadedAtMs is the definitions' where they gave the value.
	requestID   string
	evaluatedAt codec.Value
	loadedAtMs  int64
}

// expose queues $feature_flag_called unless the same value was reported for the same user and groups before. It is
// marked as reported only when the event was accepted. For a hook the event is built instead and returned.
func (c *Client) expose(nowMs int64, x *exposure, hook bool) *Built {
	if !c.isNew(x) {
		return nil
	}
	key := string(c.exposures.key)
	settings := c.view.settings
	draft := event.Encode(x.message(&settings), &settings)
	if hook {
		return c.build(nowMs, draft, key)
	}
	if o := c.Enqueue(nowMs, draft); o.Status == OK {
		c.exposures.seen.add(key)
	}
	return nil
}

// isNew reports whether an exposure is to be recorded: the same was not before, and the client sends at all. One that was
// counts as seen again.
func (c *Client) isNew(x *exposure) bool {
	return c.reports(x) && !c.exposures.seen.see(c.exposures.keyOf(x))
}

// reports says whether exposures are events at all here: the client sends, and there is somebody to report.
func (c *Client) reports(x *exposure) bool {
	return !c.inert && !c.optedOut && event.DistinctID(x.user.DistinctID) != ""
}

// keyOf identifies user, flag, typed value and groups. It stands until the next call.
func (e *exposures) keyOf(x *exposure) []byte {
	key := appendPart(e.key[:0], x.user.DistinctID)
	key = appendPart(key, x.record.Key)
	key = appendPart(key, x.record.Value)
	for _, name := range sortedNames(x.user.Groups) {
		key = appendPart(key, name)
		key = appendPart(key, x.user.Groups.Get(name))
	}
	e.key = key
	return key
}

// appendPart appends a text behind its length, which keeps it apart from the next one.
func appendPart[Text string | codec.Value](key []byte, text Text) []byte {
	key = strconv.AppendInt(key, int64(len(text)), 10)
	return append(append(key, ':'), text...)
}

func sortedNames(object codec.Value) []string {
	var names []string
	for name := range object.Members() {
		names = append(names, name)
	}
	if len(names) < 2 {
		return names
	}
	slices.Sort(names)
	return slices.Compact(names)
}

var nameFlagCalled = codec.Value(`"$feature_flag_called"`)

// message builds the event. A minimal one leaves out what PostHog can derive, and so do its super properties.
func (x *exposure) message(settings *event.Settings) *event.Message {
	r := x.record
	short := x.minimal && string(r.HasExperiment) == "false"
	w := codec.NewWriter(256)
	w.BeginObject()
	w.StringMember("$feature_flag", r.Key)
	w.ValueMember("$feature_flag_response", r.Value)
	w.BoolMember("locally_evaluated", r.Local)
	if !short {
		w.ValueMember("$feature/"+r.Key, r.Value)
		if r.Payload != nil {
			w.ValueMember("$feature_flag_payload", r.Payload)
		}
		if x.loadedAtMs != 0 {
			w.IntMember("$feature_flag_definitions_loaded_at", x.loadedAtMs)
		}
	}
	x.metadata(w)
	w.EndObject()
	if short {
		settings.SuperProperties = event.Only(settings.SuperProperties, keptWhenMinimal)
	}
	m := &event.Message{
		Event: nameFlagCalled, DistinctID: codec.Quote(x.user.DistinctID), Properties: w.Bytes(), Groups: x.user.Groups,
	}
	if x.geoIP != nil {
		m.GeoIPSet, m.DisableGeoIP = true, *x.geoIP
	}
	return m
}

func (x *exposure) metadata(w *codec.Writer) {
	r := x.record
	optional := func(name string, v codec.Value) {
		if v != nil {
			w.ValueMember(name, v)
		}
	}
	optional("$feature_flag_id", r.ID)
	optional("$feature_flag_version", r.Version)
	optional("$feature_flag_has_experiment", r.HasExperiment)
	if r.Local {
		w.StringMember("$feature_flag_reason", "Evaluated locally")
	} else if r.Value != nil && r.Reason != "" {
		w.StringMember("$feature_flag_reason", r.Reason)
	}
	if x.requestID != "" {
		w.StringMember("$feature_flag_request_id", x.requestID)
	}
	if x.evaluatedAt.IsSet() {
		w.ValueMember("$feature_flag_evaluated_at", x.evaluatedAt)
	}
	if len(r.Errors) > 0 {
		w.StringMember("$feature_flag_error", join(r.Errors))
	}
	if x.user.DeviceID != "" {
		w.StringMember("$device_id", x.user.DeviceID)
	}
}

// keptWhenMinimal are the super properties that a minimal exposure keeps: where the user came from, and in what.
var keptWhenMinimal = []string{
	"$session_id", "$window_id", "$device_id", "$process_person_profile", "$current_url", "$pathname",
	"$referring_domain", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "gad_source", "mc_cid",
	"gclid", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "twclid", "li_fat_id", "igshid", "ttclid",
	"rdt_cid", "epik", "qclid", "sccid", "irclid", "_kx", "$os", "$os_version", "$os_distro", "$python_runtime",
	"$python_version", "$go_version",
}
