package sink

import (
	"fmt"
	"strings"
)

// The flags that are asked for by name. Both need a hash, as most flags do that are rolled out to a part of the users.
const (
	Simple = "simple" // one condition, half of the users
	Five   = "five"   // five conditions with a property each; the last one matches
)

const simpleFlag = `{"id":1,"key":"` + Simple + `","active":true,"filters":{"groups":[
	{"properties":[],"rollout_percentage":50}]}}`

const fiveFlag = `{"id":2,"key":"` + Five + `","active":true,"filters":{"groups":[
	{"properties":[{"key":"plan","value":["team"],"operator":"exact","type":"person"}],"rollout_percentage":50},
	{"properties":[{"key":"country","value":["AT","CH"],"operator":"exact","type":"person"}],"rollout_percentage":50},
	{"properties":[{"key":"age","value":65,"operator":"gt","type":"person"}],"rollout_percentage":50},
	{"properties":[{"key":"email","value":"@posthog.com","operator":"icontains","type":"person"}],"rollout_percentage":50},
	{"properties":[{"key":"plan","value":["pro"],"operator":"exact","type":"person"}],"rollout_percentage":50}]}}`

// mixed are the kinds of the other flags: a rollout, a property, a split, two properties with a rollout.
var mixed = []string{
	`[{"properties":[],"rollout_percentage":50}]}`,
	`[{"properties":[{"key":"plan","value":["pro","free"],"operator":"exact","type":"person"}],"rollout_percentage":100}]}`,
	`[{"properties":[{"key":"age","value":18,"operator":"gt","type":"person"}],"rollout_percentage":100}],
		"multivariate":{"variants":[{"key":"a","rollout_percentage":50},{"key":"b","rollout_percentage":50}]}}`,
	`[{"properties":[{"key":"country","value":["DE"],"operator":"exact","type":"person"},
		{"key":"email","value":"@x","operator":"icontains","type":"person"}],"rollout_percentage":90}]}`,
}

// Definitions is a document of n flags, two at least: the named ones and as many others as it takes.
func Definitions(n int) string {
	flags := []string{simpleFlag, fiveFlag}
	for i := len(flags); i < n; i++ {
		flags = append(flags, fmt.Sprintf(`{"id":%d,"key":"flag-%d","active":true,"filters":{"groups":%s}`, i+1, i, mixed[i%len(mixed)]))
	}
	return `{"flags":[` + strings.Join(flags, ",") + `],"group_type_mapping":{},"cohorts":{}}`
}
