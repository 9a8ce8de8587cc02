package flags_test

import (
	"fmt"

	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/flags"
)

func Example() {
	document, err := codec.Parse([]byte(`{"flags":[{"key":"new-checkout","active":true,"filters":{"groups":[
		{"properties":[{"key":"country","type":"person","operator":"exact","value":["DE","AT"]}],"rollout_percentage":100}
	],"payloads":{"true":"{\"colour\":\"red\"}"}}}]}`))
	if err != nil {
		panic(err)
	}
	definitions, err := flags.Parse(document)
	if err != nil {
		panic(err)
	}
	for _, person := range []string{`{"country":"de"}`, `{"country":"fr"}`, `{}`} {
		user := flags.User{DistinctID: "user-1", PersonProperties: codec.Value(person)}
		result := definitions.Evaluate(&user, 1780000000000).Flag("new-checkout")
		fmt.Printf("%s: value %q, payload %q, because %s\n", person, result.Value, result.Payload, result.Reason)
	}
	// Output:
	// {"country":"de"}: value "true", payload "{\"colour\":\"red\"}", because condition_match
	// {"country":"fr"}: value "false", payload "", because no_condition_match
	// {}: value "", payload "", because missing_property
}
