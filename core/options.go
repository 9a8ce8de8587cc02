package core

import (
	"encoding/hex"
	"slices"
	"sort"
	"strings"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/queue"
	"github.com/libposthog/libposthog/core/wire"
)

// Modes of a client.
const (
	ModeLive   = "live"
	ModeMemory = "memory"
	ModeOff    = "off"
)

// Options configure a client. ParseOptions gives them their defaults.
type Options struct {
	APIKey    string
	SecretKey string
	Host      string
	Mode      string
	Disabled  bool
	Limits    queue.Limits

	RequestTimeoutMs  int64
	ShutdownTimeoutMs int64
	// Compression is what bodies are compressed with where the driver can; the v0 protocol takes only gzip.
	Compression string
	// CaptureV1 chooses the v1 protocol for analytics events.
	CaptureV1 bool
	// Encodings are those the driver can apply, in its own words.
	Encodings           []string
	HistoricalMigration bool
	Event               event.Settings
	Headers             []wire.Header
	// BeforeSend hands every exposure to the caller's hook instead of queueing it.
	BeforeSend bool

	EnableLocalEvaluation bool
	// PushDefinitions leaves it to set_flag_definitions to bring definitions.
	PushDefinitions       bool
	PollIntervalMs        int64
	FlagsTimeoutMs        int64
	FlagsMaxRetries       int64
	OnlyEvaluateLocally   bool
	SendFeatureFlagEvents bool
	// RemoteBudgetPerMinute bounds flag requests; negative means no bound.
	RemoteBudgetPerMinute int64
	MaxCacheSize          int64
	EvaluationContexts    []string
	EvaluationRuntime     string

	// Entropy seeds ids and jitter; EntropyGiven tells whether the caller sent it.
	Entropy      [32]byte
	EntropyGiven bool
	Driver       Driver
}

// Driver are the options for whoever drives the client: the core only carries them.
type Driver struct {
	// HostDriven leaves I/O to the caller: "io":"host".
	HostDriven bool
	// Compress makes poll hand out bodies that are already encoded; long ones it leaves to a host that named HostEncodings.
	Compress      bool
	HostEncodings []string
	Proxy         string
	NoProxy       string
	CAFile        string
	MemoryLimitMB int64
}

func defaults(version string) *Options {
	return &Options{
		Mode: ModeLive,
		Limits: queue.Limits{
			FlushAt: 20, FlushIntervalMs: 10_000, MaxBatchSize: 100,
			MaxQueueSize: 100_000, MaxQueueBytes: 64 << 20, MaxRetries: 3,
		},
		RequestTimeoutMs:      10_000,
		ShutdownTimeoutMs:     30_000,
		Compression:           wire.Gzip,
		Encodings:             []string{wire.Identity},
		Event:                 event.Settings{Lib: "libposthog", LibVersion: version, IsServer: true, DisableGeoIP: true},
		EnableLocalEvaluation: true,
		PollIntervalMs:        30_000,
		FlagsTimeoutMs:        3_000,
		FlagsMaxRetries:       1,
		SendFeatureFlagEvents: true,
		RemoteBudgetPerMinute: -1,
		MaxCacheSize:          50_000,
		EvaluationRuntime:     "server",
	}
}

// ParseOptions reads the input of open. version is the default of lib_version. Unknown options are ignored; a wrong
// type or an impossible value is an InvalidArgument error that names the option; numbers below the least sensible
// value are raised to it.
func ParseOptions(in codec.Value, version string) (*Options, error) {
	o := defaults(version)
	targets := o.targets()
	var f codec.Fields
	for name, v := range in.Members() {
		if !v.IsSet() {
			continue
		}
		switch target := targets[name].(type) {
		case *string:
			*target = strings.TrimSpace(f.Text(name, v))
		case *bool:
			*target = f.Bool(name, v, false)
		case *[]string:
			*target = f.Texts(name, v)
		case atLeast:
			*target.target = max(f.Int(name, v, 0), target.least)
		case choice:
			*target.target = oneOf(&f, name, v, target.words)
		default:
			o.special(&f, name, v)
		}
	}
	host, err := wire.NormalizeHost(o.Host)
	if f.Err == nil {
		f.Err = err
	}
	f.Require(o.CaptureV1 || o.Compression == wire.Gzip || o.Compression == "none", "compression",
		"gzip or none with capture_mode v0")
	if f.Err != nil {
		return nil, &Error{InvalidArgument, f.Err.Error()}
	}
	o.Host = host
	o.Limits.MaxBatchSize = max(o.Limits.MaxBatchSize, o.Limits.FlushAt)
	return o, nil
}

// atLeast is a number and the smallest value that makes sense for it.
type atLeast struct {
	target *int64
	least  int64
}

// choice is a text that must be one of a few words.
type choice struct {
	target *string
	words  []string
}

// targets maps the names of options to where their values go.
func (o *Options) targets() map[string]any {
	return map[string]any{
		"api_key":     &o.APIKey,
		"host":        &o.Host,
		"lib":         &o.Event.Lib,
		"lib_version": &o.Event.LibVersion,
		"mode":        choice{&o.Mode, []string{ModeLive, ModeMemory, ModeOff}},
		"disabled":    &o.Disabled,

		"flush_at":            atLeast{&o.Limits.FlushAt, 1},
		"flush_interval_ms":   atLeast{&o.Limits.FlushIntervalMs, 0},
		"linger_ms":           atLeast{&o.Limits.LingerMs, 0},
		"max_batch_size":      atLeast{&o.Limits.MaxBatchSize, 1},
		"max_queue_size":      atLeast{&o.Limits.MaxQueueSize, 1},
		"max_queue_bytes":     atLeast{&o.Limits.MaxQueueBytes, 1},
		"max_retries":         atLeast{&o.Limits.MaxRetries, 0},
		"request_timeout_ms":  atLeast{&o.RequestTimeoutMs, 1},
		"shutdown_timeout_ms": atLeast{&o.ShutdownTimeoutMs, 0},

		"disable_geoip":        &o.Event.DisableGeoIP,
		"is_server":            &o.Event.IsServer,
		"historical_migration": &o.HistoricalMigration,
		"compression":          choice{&o.Compression, []string{wire.Gzip, wire.Deflate, wire.Brotli, wire.Zstd, "none"}},
		"encodings":            &o.Encodings,

		"enable_local_evaluation":           &o.EnableLocalEvaluation,
		"only_evaluate_locally":             &o.OnlyEvaluateLocally,
		"send_feature_flag_events":          &o.SendFeatureFlagEvents,
		"feature_flags_request_timeout_ms":  atLeast{&o.FlagsTimeoutMs, 1},
		"feature_flags_request_max_retries": atLeast{&o.FlagsMaxRetries, 0},
		"feature_flags_polling_interval_ms": atLeast{&o.PollIntervalMs, 100},
		"remote_budget_per_minute":          atLeast{&o.RemoteBudgetPerMinute, 0},
		"max_cache_size":                    atLeast{&o.MaxCacheSize, 1},
		"evaluation_contexts":               &o.EvaluationContexts,
		"evaluation_runtime":                &o.EvaluationRuntime,

		"before_send":     &o.BeforeSend,
		"compress":        &o.Driver.Compress,
		"proxy":           &o.Driver.Proxy,
		"no_proxy":        &o.Driver.NoProxy,
		"ca_file":         &o.Driver.CAFile,
		"memory_limit_mb": atLeast{&o.Driver.MemoryLimitMB, 0},
	}
}

// special reads the options that need more than a type.
func (o *Options) special(f *codec.Fields, name string, v codec.Value) {
	switch name {
	case "secret_key":
		o.SecretKey = strings.TrimSpace(f.Text(name, v))
	case "personal_api_key":
		if text := strings.TrimSpace(f.Text(name, v)); o.SecretKey == "" {
			o.SecretKey = text
		}
	case "definitions":
		o.PushDefinitions = oneOf(f, name, v, []string{"poll", "push"}) == "push"
	case "io":
		o.Driver.HostDriven = oneOf(f, name, v, []string{"driver", "host"}) == "host"
	case "capture_mode":
		o.CaptureV1 = oneOf(f, name, v, []string{"v0", "v1"}) == "v1"
	case "super_properties":
		o.Event.SuperProperties = slices.Clone(f.Object(name, v))
	case "headers":
		o.headers(f, v)
	case "entropy":
		o.EntropyGiven = true
		text := f.Text(name, v)
		if n, err := hex.Decode(o.Entropy[:], []byte(text[:min(len(text), 64)])); err != nil || n != len(o.Entropy) || len(text) != 64 {
			f.Require(false, name, "64 hex digits")
		}
	}
}

func oneOf(f *codec.Fields, name string, v codec.Value, words []string) string {
	text := f.Text(name, v)
	for _, word := range words {
		if text == word {
			return word
		}
	}
	f.Require(false, name, "one of "+strings.Join(words, ", "))
	return words[0]
}

func (o *Options) headers(f *codec.Fields, v codec.Value) {
	for name, value := range f.Object("headers", v).Members() {
		text, isText := value.Text()
		f.Require(isText && validHeader(name, text), "headers", "an object of header names and texts")
		o.Headers = append(o.Headers, wire.Header{Name: strings.ToLower(name), Value: text})
	}
	sort.SliceStable(o.Headers, func(i, j int) bool { return o.Headers[i].Name < o.Headers[j].Name })
}

// validHeader keeps anything out that could end a header line early.
func validHeader(name, value string) bool {
	if name == "" {
		return false
	}
	for _, r := range name {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune("()<>@,;:\\\"/[]?={}", r) {
			return false
		}
	}
	return !strings.ContainsAny(value, "\r\n\x00")
}
