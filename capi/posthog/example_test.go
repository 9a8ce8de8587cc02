package posthog_test

import (
	"context"
	"fmt"
	"log"

	"github.com/libposthog/libposthog/capi/posthog"
)

func Example() {
	ctx := context.Background()
	client, err := posthog.Open(posthog.Options{
		APIKey: "phc_your_project_key",
		Mode:   "memory", // keeps events instead of sending them, as a program's own tests do
		More:   map[string]any{"definitions": "push"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Shutdown(ctx)

	_, err = client.Do(ctx, "set_flag_definitions", map[string]any{"flags": []any{map[string]any{
		"key": "new-checkout", "active": true, "filters": map[string]any{"groups": []any{map[string]any{
			"properties": []any{map[string]any{"key": "plan", "value": "pro", "type": "person"}},
		}}},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	ada := posthog.User{DistinctID: "ada", PersonProperties: posthog.Properties{"plan": "pro"}}
	checkout, err := client.FeatureFlag(ctx, "new-checkout", ada)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("new-checkout:", checkout)

	if _, err := client.Capture(posthog.Event{
		Name: "order completed", DistinctID: "ada", Properties: posthog.Properties{"amount": 129.99, "items": 3},
	}); err != nil {
		log.Fatal(err)
	}
	stats, err := client.Stats()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("events:", stats.Accepted)
	// Output:
	// new-checkout: true
	// events: 2
}
