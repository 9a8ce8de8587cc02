package corpus

// property is one property of persons or groups: what filters ask of it and which values users have.
type property struct {
	name string
	kind kind
}

// kind is a family of properties with the same filters and values.
type kind struct {
	filter func(r random) (operator string, value any)
	value  func(r random) any
}

var personProperties = []property{
	{"country", textKind(countries, countryPatterns)},
	{"email", textKind(emails, emailPatterns)},
	{"name", textKind(names, namePatterns)},
	{"plan", textKind(plans, planPatterns)},
	{"seats", numberKind},
	{"score", numberKind},
	{"app_version", versionKind},
	{"signed_up", dateKind},
	{"beta", booleanKind},
	{"tags", listKind},
}

var groupProperties = []property{
	{"industry", textKind(plans, planPatterns)},
	{"employees", numberKind},
	{"release", versionKind},
	{"founded", dateKind},
	{"trial", booleanKind},
}

// filter draws a filter on one of the properties.
func (r random) filter(properties []property) object {
	p := oneOf(r, properties...)
	operator, value := p.kind.filter(r)
	f := object{"key": p.name, "value": value}
	// Definitions do leave the operator out where it is exact.
	if operator != "exact" || r.chance(50) {
		f["operator"] = operator
	}
	return f
}

// properties draws a user's properties: most are there, a few are null.
func (r random) properties(of []property) object {
	values := object{}
	for _, p := range of {
		switch {
		case r.chance(12):
		case r.chance(3):
			values[p.name] = nil
		default:
			values[p.name] = p.kind.value(r)
		}
	}
	return values
}
