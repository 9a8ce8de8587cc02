package main

import (
	"encoding/json"
	"fmt"

	"github.com/libposthog/libposthog"
	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
	"github.com/libposthog/libposthog/tests/oracle/corpus"
)

// options opens a client that fetches nothing: its definitions are set.
const options = `{"api_key":"phc_oracle","definitions":"push","feature_flags_polling_interval_ms":86400000,` +
	`"entropy":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}`

// native is a client of the core in this process.
type native struct {
	client *core.Client
	nowMs  int64
}

func openNative(nowMs int64) (native, error) {
	client, _, reply := ops.Open([]byte(options), nowMs, ops.HostMode, libposthog.Version, nil)
	if client == nil {
		text, _ := reply.Encode(false)
		return native{}, fmt.Errorf("open: %s", text)
	}
	return native{client, nowMs}, nil
}

// call performs an operation and returns the reply as the wasm module writes it: the status first.
func (n native) call(op string, in []byte) (core.Status, []byte) {
	reply := ops.Lookup(op).Do(n.client, n.nowMs, in)
	text, length := reply.Encode(true)
	return reply.Status, text[:length]
}

// query is the input of get_flag: answered from the definitions, with no event about it.
func query(call *corpus.Call) ([]byte, error) {
	return json.Marshal(struct {
		*corpus.Call
		OnlyLocal  bool `json:"only_evaluate_locally"`
		SendEvents bool `json:"send_feature_flag_events"`
	}{call, true, false})
}

// answer answers every call of a corpus with the core.
func answer(c *corpus.Corpus) (*corpus.Results, error) {
	client, err := openNative(c.NowMs)
	if err != nil {
		return nil, err
	}
	results := &corpus.Results{Name: "libposthog", Version: libposthog.Version}
	for i := range c.Documents {
		d := &c.Documents[i]
		if status, reply := client.call("set_flag_definitions", d.Definitions); status != core.OK {
			return nil, fmt.Errorf("set_flag_definitions: %s", reply)
		}
		for j := range d.Calls {
			in, err := query(&d.Calls[j])
			if err != nil {
				return nil, err
			}
			status, reply := client.call("get_flag", in)
			if status != core.OK {
				return nil, fmt.Errorf("get_flag %s: %s", in, reply)
			}
			var a corpus.Answer
			if err := json.Unmarshal(reply, &a); err != nil {
				return nil, fmt.Errorf("get_flag %s: %w", in, err)
			}
			results.Results = append(results.Results, a)
		}
	}
	return results, nil
}
