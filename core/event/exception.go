package event

import (
	"strings"

	"github.com/libposthog/libposthog/core/codec"
)

const (
	// maxExceptions are the entries of a chain that are kept, the caught one first.
	maxExceptions = 50
	// maxFrames are the frames of one entry that are kept: those nearest to the crash, which come last.
	maxFrames = 64
)

// levels maps the words of many loggers to the six that PostHog knows.
var levels = map[string]string{
	"fatal": "fatal", "critical": "fatal", "alert": "fatal", "emergency": "fatal",
	"error": "error", "warning": "warning", "warn": "warning", "log": "log",
	"info": "info", "notice": "info", "debug": "debug", "trace": "debug",
}

// CaptureException reads the input of capture_exception. The binding has made the entries and their frames; here they
// are checked, cut to size and put into the event's form.
func CaptureException(in codec.Value, m *Message) error {
	m.Event = eventException
	level, source := "error", ""
	var list codec.Value
	err := m.fields(in, func(f *codec.Fields, name []byte, v codec.Value) {
		switch string(name) {
		case "exceptions":
			list = exceptionList(f, f.Array("exceptions", v))
		case "level":
			if text := f.Text("level", v); text != "" {
				known := false
				level, known = levels[strings.ToLower(text)]
				f.Require(known, "level", "one of fatal, error, warning, log, info, debug")
			}
		case "source":
			source = f.Text("source", v)
		case "flags":
			m.Flags = f.Object("flags", v)
		}
	})
	if err == nil && list == nil {
		err = &codec.FieldError{Name: "exceptions", Want: "a non-empty array"}
	}
	if err != nil {
		return err
	}
	// These are the library's word, also against the caller's properties.
	properties := merged(nil, Without(m.Properties, []string{"$exception_list", "$exception_level", "$exception_source", "$debug_images"}))
	properties.put(nameExceptionLevel, codec.Quote(level))
	if source != "" {
		properties.put(nameExceptionSource, codec.Quote(source))
	}
	properties.put(nameExceptionList, list)
	m.Properties = properties.object()
	return nil
}

// exceptionList writes $exception_list, or returns nil for no entries.
func exceptionList(f *codec.Fields, entries codec.Value) codec.Value {
	w := codec.NewWriter(len(entries) + 64)
	w.BeginArray()
	n := 0
	for entry := range entries.Elements() {
		if n == maxExceptions {
			break
		}
		writeException(w, f, entry)
		n++
	}
	w.EndArray()
	if n == 0 {
		return nil
	}
	return w.Bytes()
}

func writeException(w *codec.Writer, f *codec.Fields, entry codec.Value) {
	f.Require(entry.Kind() == codec.Object, "exceptions", "an array of objects")
	kind := f.Text("type", entry.Get("type"))
	f.Require(kind != "", "type", "a non-empty string in every exception")
	list := members{}
	list.put(nameType, codec.Quote(kind))
	list.put(nameValue, codec.Quote(f.Text("value", entry.Get("value"))))
	if mechanism := f.Object("mechanism", entry.Get("mechanism")); mechanism != nil {
		list.put(nameMechanism, mechanism)
	}
	for name, v := range entry.Members() {
		switch name {
		case "frames":
			list.put(nameStacktrace, stacktrace(f.Array(name, v)))
		case "type", "value", "mechanism":
		default:
			list.put(codec.Quote(name), v)
		}
	}
	w.Value(list.object())
}

func stacktrace(frames codec.Value) codec.Value {
	skip := -maxFrames
	for range frames.Elements() {
		skip++
	}
	w := codec.NewWriter(len(frames) + 32)
	w.BeginObject()
	w.StringMember("type", "raw")
	w.Key("frames")
	w.BeginArray()
	for frame := range frames.Elements() {
		if skip > 0 {
			skip--
			continue
		}
		w.Value(frame)
	}
	w.EndArray()
	w.EndObject()
	return w.Bytes()
}
