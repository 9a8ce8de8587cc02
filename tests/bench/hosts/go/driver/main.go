// Command driver measures libposthog as a Go program uses it, without C.
package main

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/capi/driver"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"

	"github.com/libposthog/libposthog/tests/bench/hosts/go/measure"
)

type client struct{ driver.Caller }

var (
	captureOp  = ops.Lookup("capture")
	allFlagsOp = ops.Lookup("evaluate_flags")
)

func main() { measure.Main(open) }

func open(o measure.Options) measure.Client {
	options := map[string]any{"api_key": "phc_bench", "host": o.Host}
	if o.Queue > 0 {
		options["max_queue_size"], options["max_queue_bytes"] = o.Queue, 4_000_000_000
	}
	if o.Flags {
		options["secret_key"] = "phs_bench"
	}
	in, err := json.Marshal(options)
	if err != nil {
		log.Fatal(err)
	}
	caller, reply := driver.Open(in, libposthog.Version)
	if caller == nil {
		log.Fatal(reply.Status)
	}
	c := client{caller}
	if o.Flags {
		c.must("wait_ready", `{"timeout_ms":5000}`)
	}
	return c
}

func (c client) must(name, in string) {
	if reply := c.Call(ops.Lookup(name), []byte(in)); reply.Status != core.OK {
		log.Fatal(name, " ", reply.Status)
	}
}

func (c client) Capture(number int) func() {
	event := measure.EventJSON(number)
	return func() { c.Call(captureOp, event) }
}

func (c client) Settle() { c.must("flush", `{"timeout_ms":120000}`) }
func (c client) Close()  { c.must("shutdown", `{"timeout_ms":120000}`) }

func (c client) Flag(key, user string) func() bool {
	var in []byte
	if key != measure.Simple {
		in = []byte("{" + measure.PersonJSON + "}")
	}
	return func() bool {
		status, _ := c.FlagValue(key, user, in, 64)
		return status == core.OK
	}
}

func (c client) AllFlags(user string) func() bool {
	in := fmt.Appendf(nil, `{"distinct_id":%q,"fields":["value"],%s}`, user, measure.PersonJSON)
	return func() bool { return c.Call(allFlagsOp, in).Status == core.OK }
}
