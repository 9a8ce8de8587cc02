package ops

import (
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/wire"
)

func poll(*Memory, codec.Value, *core.View, int64) (action, error) {
	return do(func(c *core.Client, nowMs int64) core.Outcome {
		switch out := c.Poll(nowMs); {
		case out.Done != nil:
			return core.Outcome{Result: polledDone{out.Done}}
		case out.Request != nil:
			return PolledRequest(out.Request)
		default:
			return core.Outcome{Result: polledWake{out}}
		}
	}), nil
}

// PolledRequest is the outcome of a poll that handed out a request.
func PolledRequest(r *core.Request) core.Outcome {
	return core.Outcome{Result: &polledRequest{Request: r}}
}

type polledDone struct{ *core.Done }

func (d polledDone) WriteMembers(w *codec.Writer) {
	w.Key("done")
	w.BeginObject()
	w.IntMember("ticket", d.Ticket)
	w.IntMember("status", int64(d.Outcome.Status))
	w.Key("reply")
	reply, _ := Outcome(d.Outcome).Encode(false)
	w.Value(reply)
	w.EndObject()
}

type polledWake struct{ core.Output }

func (o polledWake) WriteMembers(w *codec.Writer) {
	w.Key("wake_ms")
	if o.HasWake {
		w.Int(o.WakeMs)
	} else {
		w.Null()
	}
}

// polledRequest writes a request and remembers at which offset of the reply its body belongs.
type polledRequest struct {
	*core.Request
	at int
}

func (r *polledRequest) WriteMembers(w *codec.Writer) {
	w.Key("request")
	w.BeginObject()
	w.IntMember("id", r.ID)
	w.StringMember("method", r.Method)
	w.StringMember("url", r.URL)
	w.Key("headers")
	w.BeginObject()
	for _, h := range r.Headers {
		w.StringMember(h.Name, h.Value)
	}
	w.EndObject()
	w.StringMember("encoding", r.Encoding)
	w.IntMember("timeout_ms", r.TimeoutMs)
	w.Key("body")
	w.BeginObject()
	// What is still to be written, and a NUL, is shorter than 64 bytes; the sum is aligned for the reader's comfort.
	r.at = (w.Len() + 64 + 15) &^ 15
	w.IntMember("at", int64(r.at))
	w.IntMember("len", int64(r.Body.Len()))
	w.EndObject()
	w.EndObject()
}

func complete(_ *Memory, in codec.Value, _ *core.View, _ int64) (action, error) {
	var f codec.Fields
	r := &wire.Response{Headers: map[string]string{}}
	id := int64(0)
	for name, v := range in.Members() {
		switch name {
		case "id":
			id = f.Int(name, v, 0)
		case "status":
			r.Status = int(f.Int(name, v, 0))
		case "headers":
			for header, value := range f.Object(name, v).Members() {
				r.Headers[header] = f.Text("headers", value)
			}
		case "body":
			r.Body = []byte(f.Text(name, v))
		case "error":
			r.Error = f.Text(name, v)
		}
	}
	f.Require(r.Error != "" || r.Status >= 100 && r.Status <= 999, "status", "an HTTP status, or error be given")
	if f.Err != nil {
		return nil, f.Err
	}
	return do(func(c *core.Client, nowMs int64) core.Outcome {
		c.Complete(nowMs, id, r)
		return core.Outcome{}
	}), nil
}
