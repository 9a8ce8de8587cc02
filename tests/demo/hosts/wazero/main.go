// Command wazero is the demo in a wasm host: it captures, asks for flags, and prints what it saw as one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/libposthog/libposthog/wasm/host"
)

var flags = []string{"new-checkout", "beta-dashboard", "button-color", "pro-plan"}

// demo is a client of the module, with the calls that must succeed.
type demo struct {
	ctx    context.Context
	client *host.Client
}

func (d demo) call(op string, in map[string]any, reply any) {
	text, err := json.Marshal(in)
	if err != nil {
		log.Fatal(err)
	}
	out, err := d.client.Call(d.ctx, op, text)
	if err != nil {
		log.Fatal(err)
	}
	if reply == nil {
		return
	}
	if err := json.Unmarshal(out, reply); err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	ctx := context.Background()
	wasm, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	module, err := host.Load(ctx, wasm, host.Options{CacheDir: os.Args[2]})
	if err != nil {
		log.Fatal(err)
	}
	defer module.Close(ctx)
	options, err := json.Marshal(map[string]any{
		"api_key":    os.Getenv("POSTHOG_API_KEY"),
		"host":       os.Getenv("POSTHOG_HOST"),
		"secret_key": os.Getenv("POSTHOG_SECRET_KEY"),
		"lib":        "libposthog-wazero",
	})
	if err != nil {
		log.Fatal(err)
	}
	client, err := module.Open(ctx, options)
	if err != nil {
		log.Fatal(err)
	}
	d := demo{ctx, client}
	d.call("load_flags", nil, nil)

	answers := map[string]map[string]any{}
	for number := 1; number <= 4; number++ {
		user := fmt.Sprintf("user-%d", number)
		plan := map[string]any{"plan": []string{"pro", "free"}[number%2]}
		d.call("identify", map[string]any{"distinct_id": user, "properties": plan}, nil)
		for item := range 5 {
			d.call("capture", map[string]any{
				"distinct_id": user, "event": "item bought", "properties": map[string]any{"item": item, "price": 9.5},
			}, nil)
		}
		answers[user] = map[string]any{}
		for _, key := range flags {
			var record struct{ Value any }
			d.call("get_flag", map[string]any{"key": key, "distinct_id": user, "person_properties": plan}, &record)
			answers[user][key] = record.Value
		}
	}
	d.call("flush", nil, nil)
	var stats struct{ Accepted, Delivered int64 }
	d.call("stats", nil, &stats)
	d.call("shutdown", nil, nil)

	line, err := json.Marshal(map[string]any{"captured": stats.Accepted, "delivered": stats.Delivered, "flags": answers})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}
