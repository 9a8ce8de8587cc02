package wire

import (
	"strconv"

	"github.com/libposthog/libposthog/core/codec"
)

// FlagsQuery asks the service for the flags of one user.
type FlagsQuery struct {
	DistinctID string
	DeviceID   string
	// Groups, PersonProperties and GroupProperties are objects or absent.
	Groups           codec.Value
	PersonProperties codec.Value
	GroupProperties  codec.Value
	DisableGeoIP     bool
	// FlagKeys limits the answer; empty asks for all flags.
	FlagKeys           []string
	EvaluationContexts []string
	// Runtime is sent as evaluation_runtime: without it the service leaves out flags that are marked for servers.
	Runtime   string
	TimeoutMs int64
}

// Flags builds the request for remote evaluation.
func (p *Project) Flags(q *FlagsQuery) *Request {
	r := p.request("POST", "/flags/?v=2", q.TimeoutMs, Header{"content-type", "application/json"})
	w := codec.NewWriter(256 + len(q.PersonProperties) + len(q.GroupProperties))
	w.BeginObject()
	w.StringMember("token", p.APIKey)
	w.StringMember("distinct_id", q.DistinctID)
	for _, m := range []struct {
		name  string
		value codec.Value
	}{{"groups", q.Groups}, {"person_properties", q.PersonProperties}, {"group_properties", q.GroupProperties}} {
		if m.value == nil {
			m.value = codec.Value("{}")
		}
		w.ValueMember(m.name, m.value)
	}
	w.BoolMember("geoip_disable", q.DisableGeoIP)
	writeTexts(w, "flag_keys_to_evaluate", q.FlagKeys)
	if q.DeviceID != "" {
		w.StringMember("device_id", q.DeviceID)
	}
	w.StringMember("evaluation_runtime", q.Runtime)
	writeTexts(w, "evaluation_contexts", q.EvaluationContexts)
	w.EndObject()
	r.Body.Head = w.Bytes()
	return r
}

// writeTexts writes a member with an array of strings, or nothing for none.
func writeTexts(w *codec.Writer, name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	w.Key(name)
	w.Texts(texts)
}

// RemoteFlag is the service's answer for one flag.
type RemoteFlag struct {
	Key string
	// Value is true, false or a variant as a JSON string.
	Value codec.Value
	// Payload is decoded, or nil.
	Payload codec.Value
	// Reason is the service's description, or its code.
	Reason string
	// ID, Version and HasExperiment are nil where the service did not say.
	ID, Version, HasExperiment codec.Value
}

// FlagsAnswer is the service's answer for one user. It owns its memory.
type FlagsAnswer struct {
	Flags       []RemoteFlag
	RequestID   string
	EvaluatedAt codec.Value
	// Incomplete: the service met errors while it computed the flags, those given are good.
	Incomplete bool
	// QuotaLimited: the service answered no flags because the project is over its limit.
	QuotaLimited bool
	// Minimal: exposures of these flags may leave out properties.
	Minimal bool
}

// RetryFlags reports whether a flags request may be sent again: only where the service did not get to answer.
func RetryFlags(r *Response) bool {
	return r.Error != "" || r.Status == 502 || r.Status == 504
}

// FlagsError names what went wrong with a flags request as $feature_flag_error does, or "" for a 2xx response.
func FlagsError(r *Response) string {
	switch {
	case r.Error == ErrTimeout:
		return "timeout"
	case r.Error != "":
		return "connection_error"
	case !r.Success():
		return "api_error_" + strconv.Itoa(r.Status)
	}
	return ""
}

// ReadFlags reads the body of a 2xx answer, in today's form (flags) or the older one (featureFlags).
func ReadFlags(body []byte) (*FlagsAnswer, error) {
	doc, err := codec.Parse(body)
	if err == nil && doc.Kind() != codec.Object {
		err = &codec.FieldError{Name: "answer", Want: "an object"}
	}
	if err != nil {
		return nil, err
	}
	a := &FlagsAnswer{EvaluatedAt: doc.Get("evaluatedAt")}
	a.RequestID, _ = doc.Get("requestId").Text()
	a.Incomplete, _ = doc.Get("errorsWhileComputingFlags").Bool()
	a.Minimal, _ = doc.Get("minimalFlagCalledEvents").Bool()
	for limited := range doc.Get("quotaLimited").Elements() {
		if name, _ := limited.Text(); name == "feature_flags" {
			a.QuotaLimited = true
			return a, nil
		}
	}
	if detailed := doc.Get("flags"); detailed.Kind() == codec.Object {
		for key, v := range detailed.Members() {
			if failed, _ := v.Get("failed").Bool(); !failed && v.Kind() == codec.Object {
				a.Flags = append(a.Flags, detailedFlag(key, v))
			}
		}
		return a, nil
	}
	a.legacy(doc)
	return a, nil
}

func detailedFlag(key string, v codec.Value) RemoteFlag {
	flag := RemoteFlag{Key: key, Value: codec.Value("false")}
	if enabled, _ := v.Get("enabled").Bool(); enabled {
		flag.Value = codec.Value("true")
		if variant, _ := v.Get("variant").Text(); variant != "" {
			flag.Value = v.Get("variant")
		}
	}
	reason := v.Get("reason")
	flag.Reason, _ = reason.Get("description").Text()
	if flag.Reason == "" {
		flag.Reason, _ = reason.Get("code").Text()
	}
	metadata := v.Get("metadata")
	flag.ID = ofKind(metadata.Get("id"), codec.Number)
	flag.Version = ofKind(metadata.Get("version"), codec.Number)
	flag.HasExperiment = ofKind(metadata.Get("has_experiment"), codec.Bool)
	flag.Payload = decodePayload(metadata.Get("payload"))
	return flag
}

// legacy reads featureFlags, an object of values or a list of the enabled keys, and featureFlagPayloads.
func (a *FlagsAnswer) legacy(doc codec.Value) {
	values := doc.Get("featureFlags")
	for element := range values.Elements() {
		if key, ok := element.Text(); ok {
			a.Flags = append(a.Flags, RemoteFlag{Key: key, Value: codec.Value("true")})
		}
	}
	payloads := doc.Get("featureFlagPayloads")
	for key, v := range values.Members() {
		if kind := v.Kind(); kind == codec.Bool || kind == codec.String {
			a.Flags = append(a.Flags, RemoteFlag{Key: key, Value: v, Payload: decodePayload(payloads.Get(key))})
		}
	}
}

func ofKind(v codec.Value, kind codec.Kind) codec.Value {
	if v.Kind() != kind {
		return nil
	}
	return v
}

// decodePayload opens a payload: JSON text inside a string. Text that is not JSON stays the string it is.
func decodePayload(v codec.Value) codec.Value {
	text, isString := v.Text()
	if !isString {
		if v.IsSet() {
			return v
		}
		return nil
	}
	if decoded, err := codec.Parse([]byte(text)); err == nil {
		return decoded
	}
	if text == "" {
		return nil
	}
	return v
}
