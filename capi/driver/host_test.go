package driver

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
)

const hosted = `"io":"host","entropy":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","now_ms":1000`

func openHost(t *testing.T, options string) *Host {
	t.Helper()
	c, reply := Open([]byte("{"+options+","+hosted+"}"), "1.2.3")
	if c == nil {
		t.Fatalf("open: %v", reply.Status)
	}
	return c.(*Host)
}

// hostCall returns the JSON of a reply, and the bytes of the whole of it.
func hostCall(t *testing.T, h *Host, op, in string, want core.Status) (object map[string]any, whole []byte) {
	t.Helper()
	reply := h.Call(ops.Lookup(op), []byte(in))
	whole, length := reply.Encode(false)
	if reply.Status != want {
		t.Fatalf("%s %s: %v %s, want %v", op, in, reply.Status, whole[:length], want)
	}
	if err := json.Unmarshal(whole[:length], &object); err != nil {
		t.Fatal(err)
	}
	return object, whole
}

func TestHost_isToldTheTime(t *testing.T) {
	h := openHost(t, `"api_key":"phc_test","flush_interval_ms":500`)
	for _, c := range []struct {
		op, in string
		wakeMs any
	}{
		{"capture", `{"distinct_id":"u","event":"e","now_ms":2000}`, nil},
		{"poll", ``, 2500.0},
		{"poll", `{"now_ms":1}`, 2500.0}, // time never runs backwards
	} {
		if got, _ := hostCall(t, h, c.op, c.in, core.OK); got["wake_ms"] != c.wakeMs {
			t.Errorf("%s %s: %v, want wake_ms %v", c.op, c.in, got, c.wakeMs)
		}
	}
	if got, _ := hostCall(t, h, "poll", `{"now_ms":2500}`, core.OK); got["request"] == nil {
		t.Errorf("poll when the batch is due: %v", got)
	}
}

func TestHost_waitsByTicket(t *testing.T) {
	h := openHost(t, `"api_key":"phc_test"`)
	hostCall(t, h, "capture", `{"distinct_id":"u","event":"e"}`, core.OK)
	ticket, _ := hostCall(t, h, "shutdown", `{"timeout_ms":100}`, core.Pending)
	request, _ := hostCall(t, h, "poll", ``, core.OK)
	id := request["request"].(map[string]any)["id"]
	hostCall(t, h, "complete", fmt.Sprintf(`{"id":%v,"status":200,"headers":{},"body":"{}"}`, id), core.OK)
	if h.Released() {
		t.Error("released before the host has heard of it")
	}
	got, _ := hostCall(t, h, "poll", ``, core.OK)
	if done, _ := got["done"].(map[string]any); done == nil || done["ticket"] != ticket["ticket"] {
		t.Errorf("poll: %v, want the outcome of ticket %v", got, ticket["ticket"])
	}
	if !h.Released() {
		t.Error("not released after its last word")
	}
}

func TestHost_compresses(t *testing.T) {
	h := openHost(t, `"api_key":"phc_test","flush_at":1,"compress":true`)
	hostCall(t, h, "capture", `{"distinct_id":"u","event":"compressed"}`, core.OK)
	got, whole := hostCall(t, h, "poll", ``, core.OK)
	request := got["request"].(map[string]any)
	headers, place := request["headers"].(map[string]any), request["body"].(map[string]any)
	if request["encoding"] != "identity" || headers["content-encoding"] != "gzip" {
		t.Errorf("encoding %v, content-encoding %v", request["encoding"], headers["content-encoding"])
	}
	at, length := int(place["at"].(float64)), int(place["len"].(float64))
	if len(whole) != at+length {
		t.Fatalf("a body of %d at %d in a reply of %d", length, at, len(whole))
	}
	z, err := gzip.NewReader(bytes.NewReader(whole[at:]))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(z); err != nil || !strings.Contains(string(body), `"compressed"`) {
		t.Errorf("body %s: %v", body, err)
	}
}

func TestHost_leavesLongBodiesToHostsThatCompress(t *testing.T) {
	for _, c := range []struct {
		encodings string
		length    int
		want      string
	}{
		{`["identity","gzip"]`, 100 << 10, "identity"},
		{`["identity","gzip"]`, 300 << 10, "gzip"},
		{`["identity","br"]`, 300 << 10, "identity"},
		{`["identity"]`, 300 << 10, "identity"},
	} {
		h := openHost(t, `"api_key":"phc_test","flush_at":1,"compress":true,"encodings":`+c.encodings)
		hostCall(t, h, "capture", `{"distinct_id":"u","event":"e","properties":{"p":"`+strings.Repeat("x", c.length)+`"}}`, core.OK)
		got, whole := hostCall(t, h, "poll", ``, core.OK)
		request := got["request"].(map[string]any)
		if request["encoding"] != c.want || request["headers"].(map[string]any)["content-encoding"] != "gzip" {
			t.Errorf("%d bytes, host has %s: encoding %v, want %s", c.length, c.encodings, request["encoding"], c.want)
		}
		if plain := len(whole) > c.length; plain != (c.want == "gzip") {
			t.Errorf("%d bytes, host has %s: a reply of %d bytes", c.length, c.encodings, len(whole))
		}
	}
}

func TestHost_containsPanics(t *testing.T) {
	h := openHost(t, `"api_key":"phc_test"`)
	if got := h.Call(&ops.Operation{Name: "broken"}, nil).Status; got != core.Panic {
		t.Errorf("got %v, want PANIC", got)
	}
	if got, _ := hostCall(t, h, "drain", ``, core.OK); len(got["records"].([]any)) != 1 {
		t.Errorf("drain: %v, want one record", got)
	}
}
