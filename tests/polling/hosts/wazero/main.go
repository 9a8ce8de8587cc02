// Command wazero answers every line of its input with the flag's value as it is now and the records about it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/libposthog/libposthog/wasm/host"
)

func main() {
	log.SetFlags(0)
	if err := watch(context.Background(), os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func watch(ctx context.Context, path, cache string) error {
	wasm, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	module, err := host.Load(ctx, wasm, host.Options{CacheDir: cache})
	if err != nil {
		return err
	}
	defer module.Close(ctx)
	options, err := json.Marshal(map[string]any{
		"api_key": os.Getenv("POSTHOG_API_KEY"), "host": os.Getenv("POSTHOG_HOST"),
		"secret_key":                        os.Getenv("POSTHOG_SECRET_KEY"),
		"feature_flags_polling_interval_ms": json.Number(os.Getenv("POLL_MS")),
	})
	if err != nil {
		return err
	}
	client, err := module.Open(ctx, options)
	if err != nil {
		return err
	}
	if _, err := client.Call(ctx, "wait_ready", nil); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		text, err := client.Call(ctx, "get_flag", []byte(`{"key":"new-checkout","distinct_id":"user","only_evaluate_locally":true}`))
		if err != nil {
			return err
		}
		var flag struct{ Value json.RawMessage }
		if err := json.Unmarshal(text, &flag); err != nil {
			return err
		}
		records, err := client.Call(ctx, "drain", nil)
		if err != nil {
			return err
		}
		fmt.Printf("{\"value\":%s,\"records\":%s}\n", flag.Value, records)
	}
	_, err = client.Call(ctx, "shutdown", nil)
	return err
}
