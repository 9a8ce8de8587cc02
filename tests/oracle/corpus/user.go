package corpus

import (
	"strconv"
	"strings"
)

// user draws who a flag is asked for.
func (r random) user() Call {
	groups, properties := object{}, object{}
	for _, name := range groupTypes {
		if r.chance(70) {
			groups[name] = r.groupKey()
		}
		if r.chance(90) {
			properties[name] = r.properties(groupProperties)
		}
	}
	person := r.properties(personProperties)
	if r.chance(20) {
		// A choice about each early-access feature: harmless where the flag is none.
		for i := range flagsPerDocument {
			person["$feature_enrollment/"+flagKey(i)] = oneOf[any](r, true, false, "true")
		}
	}
	return Call{
		DistinctID:       r.distinctID(),
		Groups:           encode(groups),
		PersonProperties: encode(person),
		GroupProperties:  encode(properties),
	}
}

func (r random) distinctID() string {
	id := strconv.Itoa(r.IntN(1_000_000))
	return draw(r, []weighted[string]{
		{80, "user-" + id}, {10, id + "@example.com"}, {8, "ユーザー-" + id}, {2, strings.Repeat("long-id-", 25) + id},
	})
}

func (r random) groupKey() any {
	number := r.IntN(1_000)
	return draw(r, []weighted[any]{{85, "acme-" + strconv.Itoa(number)}, {12, number}, {3, ""}})
}
