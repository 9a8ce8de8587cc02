package host_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"testing"

	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

var soak = flag.Bool("soak", false, "the full load instead of the reduced one")

// driven is an instance with one client, in virtual time, whose requests are all answered at once.
type driven struct {
	t        *testing.T
	instance *host.Instance
	nowMs    int64
	calls    int
}

func (d *driven) call(op, in string) []byte {
	d.t.Helper()
	d.calls++
	reply, _, err := d.instance.Call(d.t.Context(), op, 1, []byte(in), d.nowMs)
	if err != nil {
		d.t.Fatalf("%s: %v", op, err)
	}
	return reply
}

// work is the host's part: everything poll asks for is done.
func (d *driven) work() {
	for {
		var polled struct {
			Request *struct{ ID int64 }
			Done    *struct{}
		}
		if err := json.Unmarshal(d.call("poll", ""), &polled); err != nil {
			d.t.Fatal(err)
		}
		switch {
		case polled.Request != nil:
			d.call("complete", fmt.Sprintf(`{"id":%d,"status":200,"body":"{\"status\":1}"}`, polled.Request.ID))
		case polled.Done == nil:
			return
		}
	}
}

// TestInstance_memoryIsBounded makes 30,000 calls, a million with -soak (make soak), of a server's ordinary life: events
// of ever new users, flags, requests. At the end the memory may exceed by 1 MiB what it was after 10,000 of them; it never
// shrinks, so that is the most it ever was.
func TestInstance_memoryIsBounded(t *testing.T) {
	total := 30_000
	if *soak {
		total = 1_000_000
	}
	d := &driven{t: t, instance: hosttest.Instance(t)}
	d.call("open", `{"api_key":"phc_test","max_cache_size":1000,"entropy":"`+hosttest.Entropy+`"}`)
	d.call("set_flag_definitions", definitions)
	early := uint32(0)
	for turn := 0; d.calls < total; turn++ {
		d.nowMs += 10
		d.call("capture", fmt.Sprintf(`{"distinct_id":"user-%d","event":"purchase","properties":{"turn":%d,"plan":"premium"}}`, turn, turn))
		d.call("get_flag", fmt.Sprintf(`{"key":"beta","distinct_id":"user-%d","person_properties":{"plan":"premium"}}`, turn))
		d.work()
		if early == 0 && d.calls >= 10_000 {
			early = d.instance.MemoryBytes()
		}
	}
	if late := d.instance.MemoryBytes(); late > early+1<<20 {
		t.Errorf("after %d calls the memory has %d bytes, after 10,000 it had %d", d.calls, late, early)
	}
	var ledger struct{ Accepted, Delivered, Queued int64 }
	if err := json.Unmarshal(d.call("stats", ""), &ledger); err != nil {
		t.Fatal(err)
	}
	if ledger.Delivered == 0 || ledger.Accepted != ledger.Delivered+ledger.Queued {
		t.Errorf("the ledger is %+v", ledger)
	}
	t.Logf("%d calls: %d bytes early, %d late, %+v", d.calls, early, d.instance.MemoryBytes(), ledger)
}
