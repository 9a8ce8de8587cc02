package corpus

import "strconv"

// staticCohort is the id of a cohort that filters mention and no document has: what static cohorts look like.
const staticCohort = 99

// cohorts draws the document's cohorts. Each may contain those before it.
func (r random) cohorts() object {
	cohorts := object{}
	for id := 1; id <= 6; id++ {
		cohorts[strconv.Itoa(id)] = r.cohort(id)
	}
	return cohorts
}

// cohort draws a list of leaves, or a list of such lists; rarely both side by side.
func (r random) cohort(id int) object {
	if r.chance(45) {
		return r.propertyGroup(r.leaves(id))
	}
	groups := []any{r.propertyGroup(r.leaves(id)), r.propertyGroup(r.leaves(id))}
	if r.chance(15) {
		groups = append(groups, r.leaf(id))
	}
	return r.propertyGroup(groups)
}

func (r random) propertyGroup(values []any) object {
	return object{"type": oneOf(r, "AND", "OR"), "values": values}
}

func (r random) leaves(id int) []any {
	leaves := []any{r.leaf(id)}
	for r.chance(45) {
		leaves = append(leaves, r.leaf(id))
	}
	return leaves
}

func (r random) leaf(id int) object {
	var leaf object
	switch {
	case r.chance(4):
		leaf = object{"key": "id", "type": "cohort", "value": staticCohort}
	case id > 1 && r.chance(12):
		leaf = object{"key": "id", "type": "cohort", "value": 1 + r.IntN(id-1)}
	default:
		leaf = r.filter(personProperties)
		leaf["type"] = "person"
	}
	if r.chance(15) {
		leaf["negation"] = true
	}
	return leaf
}

// cohortFilter draws a flag's filter on a cohort.
func (r random) cohortFilter() object {
	f := object{"key": "id", "type": "cohort", "value": 1 + r.IntN(6)}
	if r.chance(8) {
		f["value"] = staticCohort
	}
	switch r.IntN(4) {
	case 0, 1:
		f["operator"] = "in"
	case 2:
		f["operator"] = "not_in"
	}
	return f
}
