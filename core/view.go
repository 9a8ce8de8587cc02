package core

import (
	"slices"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/event"
	"github.com/libposthog/libposthog/core/flags"
)

// View is an immutable snapshot of all that encoding an event and evaluating a flag need. A driver may publish it
// and let callers use it without the client's lock.
type View struct {
	settings    event.Settings
	definitions *flags.Definitions
	// document is the definitions as they came.
	document   codec.Value
	loadedAtMs int64
	// source is poll or push.
	source string
	// loading says that the first definitions are on their way and worth waiting for.
	loading   bool
	onlyLocal bool
	overrides *overrides
}

// change publishes a new view that differs from the current one as edit says.
func (c *Client) change(edit func(v *View)) {
	next := *c.view
	edit(&next)
	c.view = &next
}

// Register adds super properties, over those of the same name.
func (c *Client) Register(nowMs int64, properties codec.Value) Outcome {
	return c.setSuperProperties(nowMs, event.Merge(c.view.settings.SuperProperties, properties))
}

// Unregister removes super properties.
func (c *Client) Unregister(nowMs int64, keys []string) Outcome {
	return c.setSuperProperties(nowMs, event.Without(c.view.settings.SuperProperties, keys))
}

func (c *Client) setSuperProperties(nowMs int64, properties codec.Value) Outcome {
	c.advance(nowMs)
	if c.phase != open {
		return closedOutcome()
	}
	c.change(func(v *View) { v.settings.SuperProperties = properties })
	return succeed(nil)
}

// SetDefinitions replaces the flag definitions; with an error the old ones stay.
func (c *Client) SetDefinitions(nowMs int64, document codec.Value) Outcome {
	nowMs = c.advance(nowMs)
	if c.phase != open {
		return closedOutcome()
	}
	if err := c.publish(nowMs, document, "push"); err != nil {
		return fail(InvalidArgument, err.Error())
	}
	return succeed(FlagCount{c.view.definitions.Len()})
}

// FlagCount is the reply of an operation that brought definitions.
type FlagCount struct {
	Flags int
}

// WriteMembers writes the number of flags.
func (n FlagCount) WriteMembers(w *codec.Writer) { w.IntMember("flags", int64(n.Flags)) }

// publish parses a document and makes it the definitions in use.
func (c *Client) publish(nowMs int64, document codec.Value, source string) error {
	document = slices.Clone(document)
	definitions, err := flags.Parse(document)
	if err != nil {
		return err
	}
	definitions = definitions.WithRuntime(c.options.EvaluationRuntime).WithContexts(c.options.EvaluationContexts)
	c.change(func(v *View) {
		v.definitions, v.document, v.source = definitions, document, source
		v.loadedAtMs, v.loading = nowMs, false
	})
	c.remote.forget()
	c.records.add(Record{Kind: "definitions", AtMs: nowMs, Level: "info", Code: "loaded",
		Message: "flag definitions were replaced"})
	return nil
}

// Document is the reply of get_flag_definitions: the document in use.
type Document struct {
	document codec.Value
}

// WriteMembers writes the members of the document, but for names that mean something else in a reply and for the
// caller's time, which stood beside them when they were set.
func (d Document) WriteMembers(w *codec.Writer) {
	for name, value := range d.document.Members() {
		if name != "status" && name != "error" && name != "now_ms" {
			w.ValueMember(name, value)
		}
	}
}

// Definitions returns the definitions document in use, for cache providers: an empty object where none is loaded.
func (c *Client) Definitions(nowMs int64) Outcome {
	c.advance(nowMs)
	if c.phase != open {
		return closedOutcome()
	}
	return succeed(Document{c.view.document})
}
