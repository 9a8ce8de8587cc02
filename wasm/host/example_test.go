package host_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// A program loads the module once, opens a client, and calls operations by name. With "mode":"memory" nothing leaves
// the process, which suits tests; without it the client sends to "host".
func Example() {
	ctx := context.Background()
	wasm, err := os.ReadFile(hosttest.Path())
	if err != nil {
		fmt.Println("build/posthog.wasm is missing: run `make wasm`")
		return
	}
	module, err := host.Load(ctx, wasm, host.Options{CacheDir: hosttest.CacheDir()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer module.Close(ctx)

	client, err := module.Open(ctx, []byte(`{"api_key":"phc_example","mode":"memory"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close(ctx)

	if _, err := client.Call(ctx, "set_flag_definitions", []byte(`{"flags":[
		{"id":1,"key":"beta","active":true,"filters":{"groups":[{"rollout_percentage":100}]}}]}`)); err != nil {
		fmt.Println(err)
	}
	reply, err := client.Call(ctx, "evaluate_flags", []byte(`{"distinct_id":"user-1","fields":["value"]}`))
	var snapshot struct{ Flags map[string]any }
	if err == nil {
		err = json.Unmarshal(reply, &snapshot)
	}
	fmt.Println(snapshot.Flags, err)

	fmt.Println(client.FlagValue(ctx, "beta", "user-1", nil))

	_, err = client.Call(ctx, "capture", []byte(`{"distinct_id":"user-1","event":12}`))
	fmt.Println(err)
	// Output:
	// map[beta:true] <nil>
	// true <nil>
	// posthog: capture: INVALID_ARGUMENT: event must be a string
}
