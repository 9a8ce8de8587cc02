package main

import "github.com/libposthog/libposthog/tests/conformance"

// operatorsOf are the operators in the conditions of each flag of a definitions document, and in the cohorts they name.
func operatorsOf(document conformance.Value) map[string][]string {
	flags, _ := document.Get("flags")
	cohorts, _ := document.Get("cohorts")
	found := map[string][]string{}
	for _, flag := range flags.Elements {
		key, _ := flag.Get("key")
		filters, _ := flag.Get("filters")
		groups, _ := filters.Get("groups")
		collect := collector{cohorts: cohorts}
		for _, group := range groups.Elements {
			properties, _ := group.Get("properties")
			for _, property := range properties.Elements {
				collect.leaf(property, 0)
			}
		}
		found[key.Text] = collect.operators
	}
	return found
}

type collector struct {
	cohorts   conformance.Value
	operators []string
}

const deepestCohort = 8 // cohorts of cases may contain each other

func (c *collector) leaf(leaf conformance.Value, depth int) {
	if values, isGroup := leaf.Get("values"); isGroup && depth < deepestCohort {
		for _, below := range values.Elements {
			c.leaf(below, depth+1)
		}
		return
	}
	kind, _ := leaf.Get("type")
	operator, _ := leaf.Get("operator")
	name := operator.Text
	if kind.Text != "cohort" {
		if operator.Kind == conformance.Null {
			name = "exact"
		}
		c.operators = append(c.operators, name)
		return
	}
	if name != "not_in" {
		name = "in"
	}
	c.operators = append(c.operators, name)
	id, _ := leaf.Get("value")
	if cohort, found := c.cohorts.Get(id.Text); found && depth < deepestCohort {
		c.leaf(cohort, depth+1)
	}
}
