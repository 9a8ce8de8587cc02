package ops

import (
	"fmt"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/wire"
)

// benchmark measures one operation, its reply included, on a client that never sends.
func benchmark(b *testing.B, name, definitions, in string) {
	c := openClient(b, `,"definitions":"push","max_queue_size":1000000000,"max_queue_bytes":1000000000000,`+
		`"flush_at":1000000000,"flush_interval_ms":1000000000`)
	if definitions != "" {
		call(b, c, "set_flag_definitions", definitions)
	}
	op, input, memory := Lookup(name), []byte(in), new(Memory)
	b.ReportAllocs()
	for b.Loop() {
		reply := op.PrepareIn(memory, input, c.View(), t0).Run(c, t0)
		reply.Encode(false)
		reply.Recycle()
	}
}

// mixedFlags is a definitions document of ordinary flags: rollouts, property filters, a split, a contains.
func mixedFlags(n int) string {
	kinds := []string{
		`[{"rollout_percentage":50}]}`,
		`[{"properties":[{"key":"plan","value":["pro","free"],"operator":"exact","type":"person"}]}]}`,
		`[{"properties":[{"key":"age","value":18,"operator":"gt","type":"person"}]}],
			"multivariate":{"variants":[{"key":"a","rollout_percentage":50},{"key":"b","rollout_percentage":50}]}}`,
		`[{"properties":[{"key":"country","value":"DE","operator":"exact","type":"person"},
			{"key":"email","value":"@x","operator":"icontains","type":"person"}],"rollout_percentage":90}]}`,
	}
	flags := make([]string, n)
	for i := range flags {
		flags[i] = fmt.Sprintf(`{"id":%d,"key":"flag-%d","active":true,"filters":{"groups":%s}`, i, i, kinds[i%len(kinds)])
	}
	return `{"flags":[` + strings.Join(flags, ",") + `]}`
}

const person = `"distinct_id":"user-12345","person_properties":{"plan":"pro","country":"DE","age":30,"email":"a@x.com"},"timeout_ms":0`

const order = `{"distinct_id":"user-12345","event":"order completed","properties":{"amount":129.99,"currency":"EUR",` +
	`"items":3,"plan":"pro","country":"DE","first":true,"coupon":null,"path":"/checkout/done",` +
	`"referrer":"https://example.com/","note":"hello world"}}`

// BenchmarkCapture captures events and takes them off in batches of a hundred, as a driver does.
func BenchmarkCapture(b *testing.B) {
	c := openClient(b, `,"flush_at":100`)
	capture, input, memory := Lookup("capture"), []byte(order), new(Memory)
	b.ReportAllocs()
	for b.Loop() {
		reply := capture.PrepareIn(memory, input, c.View(), t0).Run(c, t0)
		if reply.Status != core.OK {
			b.Fatal(reply.Status)
		}
		reply.Recycle()
		if at, ok := c.Wake(); ok && at <= t0 {
			c.Complete(t0, c.Poll(t0).Request.ID, &wire.Response{Status: 200})
		}
	}
}

func BenchmarkGetFlag(b *testing.B) {
	benchmark(b, "get_flag", mixedFlags(100), `{"key":"flag-1",`+person+`}`)
}

func BenchmarkFlagValue(b *testing.B) {
	c := openClient(b, `,"definitions":"push"`)
	call(b, c, "set_flag_definitions", mixedFlags(100))
	for _, bc := range []struct{ name, key, in string }{
		{"rollout", "flag-0", ""},
		{"properties", "flag-1", `{"person_properties":{"plan":"pro","country":"DE","age":30,"email":"a@x.com"}}`},
	} {
		b.Run(bc.name, func(b *testing.B) {
			asked, in := new(FlagValue), []byte(bc.in)
			b.ReportAllocs()
			for b.Loop() {
				asked.Prepare(bc.key, "user-12345", in, c.View(), t0)
				asked.Run(c, t0, 64)
				asked.Forget()
			}
		})
	}
}

func BenchmarkEvaluateFlags(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("flags=%d", n), func(b *testing.B) {
			benchmark(b, "evaluate_flags", mixedFlags(n), `{`+person+`}`)
		})
	}
}

func BenchmarkEvaluateFlags_values(b *testing.B) {
	benchmark(b, "evaluate_flags", mixedFlags(1000), `{`+person+`,"fields":["value"]}`)
}
