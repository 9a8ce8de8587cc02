package flags

import (
	"errors"
	"strconv"

	"github.com/libposthog/libposthog/core/codec"
)

var (
	errNoObject = errors.New("definitions must be a JSON object")
	errNoFlags  = errors.New(`definitions must have a member "flags" that is an array`)
)

// parser compiles one document.
type parser struct {
	d *Definitions
	// explicit selects the matching of booleans by their text instead of by their truth.
	explicit bool
	patterns map[string]*pattern
	// shared numbers what filters ask for.
	shared map[string]int32
	// room is how much more regular expressions may take, in atoms.
	room      int
	cohortIDs map[string]int32
	// references are the names that filters call flags and cohorts by; until link, a filter's target is an index here.
	references []string
}

// Parse compiles a definitions document: the body of GET /flags/definitions, already checked by codec. An error says
// what is wrong without quoting the document, and nothing of the document is kept.
//
// A flag that cannot be read, or a part of it, makes that flag undecided, not the document useless. The names that
// cache providers of other SDKs use for the members (groupTypeMapping) are understood as well.
func Parse(document codec.Value) (*Definitions, error) {
	if document.Kind() != codec.Object {
		return nil, errNoObject
	}
	p := parser{
		d:         &Definitions{index: map[string]int32{}, slots: map[string]int32{}},
		patterns:  map[string]*pattern{},
		shared:    map[string]int32{},
		room:      maxPatternRoom,
		cohortIDs: map[string]int32{},
	}
	var flags, groupTypes, cohorts codec.Value
	for name, value := range document.Members() {
		switch name {
		case "flags":
			flags = value
		case "group_type_mapping", "groupTypeMapping":
			groupTypes = value
		case "cohorts":
			cohorts = value
		case "minimal_flag_called_events", "minimalFlagCalledEvents":
			p.d.minimal = isTrue(value)
		case "property_matching_version", "propertyMatchingVersion":
			p.explicit = isNumber(value, 2)
		}
	}
	if flags.Kind() != codec.Array {
		return nil, errNoFlags
	}
	p.d.deviceSlot = p.slot("$device_id")
	p.groupTypes(groupTypes)
	p.flags(flags)
	p.cohorts(cohorts)
	p.link()
	p.d.matchers = len(p.shared)
	for i := range p.d.flags {
		p.d.flags[i].ordinary = p.d.flags[i].isOrdinary()
	}
	return p.d, nil
}

// flags compiles the flags. What has no key cannot be asked for; a repeated key replaces the flag before it.
func (p *parser) flags(flags codec.Value) {
	for v := range flags.Elements() {
		fields := readFlag(v)
		key, ok := fields.key.Text()
		if !ok {
			continue
		}
		compiled := p.flag(key, &fields)
		if i, repeated := p.d.index[key]; repeated {
			p.d.flags[i] = compiled
			continue
		}
		p.d.index[key] = int32(len(p.d.flags))
		p.d.flags = append(p.d.flags, compiled)
	}
}

// flagFields are the members of a flag as they stand in the document.
type flagFields struct {
	key, id, version, active, continuity, filters codec.Value
	experiment, runtime, bucketing, contexts      codec.Value
	tags                                          codec.Value
}

func readFlag(v codec.Value) flagFields {
	var fields flagFields
	for name, value := range v.Members() {
		switch name {
		case "key":
			fields.key = value
		case "id":
			fields.id = value
		case "version":
			fields.version = value
		case "active":
			fields.active = value
		case "ensure_experience_continuity":
			fields.continuity = value
		case "filters":
			fields.filters = value
		case "has_experiment":
			fields.experiment = value
		case "evaluation_runtime":
			fields.runtime = value
		case "bucketing_identifier":
			fields.bucketing = value
		case "evaluation_contexts":
			fields.contexts = value
		case "evaluation_tags":
			fields.tags = value
		}
	}
	return fields
}

// integer returns a copy of an integer's digits, or nil for everything else.
func integer(v codec.Value) codec.Value {
	n, ok := v.Int()
	if !ok {
		return nil
	}
	return strconv.AppendInt(nil, n, 10)
}

func (p *parser) flag(key string, fields *flagFields) flag {
	f := flag{key: key, name: codec.Quote(key), enrollment: none, undecided: yes, active: truthy(fields.active)}
	f.id, f.version = integer(fields.id), integer(fields.version)
	if has, ok := fields.experiment.Bool(); ok {
		f.hasExperiment = jsonFalse
		if has {
			f.hasExperiment = jsonTrue
		}
	}
	f.runtime, _ = fields.runtime.Text()
	if !fields.contexts.IsSet() {
		fields.contexts = fields.tags
	}
	for v := range fields.contexts.Elements() {
		if name, ok := v.Text(); ok {
			f.contexts = append(f.contexts, name)
		}
	}
	if truthy(fields.continuity) {
		f.undecide(experienceContinuity)
	}
	switch bucketing, isText := fields.bucketing.Text(); {
	case bucketing == "device_id":
		f.byDevice = true
	case fields.bucketing.IsSet() && (!isText || bucketing != "distinct_id"):
		f.undecide(malformedFlag)
	}
	if fields.filters.IsSet() {
		p.filters(&f, fields.filters)
	}
	return f
}

// undecide notes why a flag is undecided for everybody. The first cause stands.
func (f *flag) undecide(cause truth) {
	if f.undecided == yes {
		f.undecided = cause
	}
}

// filters compiles a flag's filters.
func (p *parser) filters(f *flag, filters codec.Value) {
	if filters.Kind() != codec.Object {
		f.undecide(malformedFlag)
		return
	}
	var groups, variants, held, payloads codec.Value
	for name, value := range filters.Members() {
		switch name {
		case "version":
			if !isNumber(value, 1) {
				f.undecide(unsupportedVersion)
			}
		case "groups":
			groups = value
		case "multivariate":
			variants = value
		case "payloads":
			payloads = value
		case "aggregation_group_type_index":
			f.scope = p.scope(value)
		case "holdout":
			held = value
		case "early_exit":
			f.earlyExit = isTrue(value)
		case "feature_enrollment":
			if isTrue(value) {
				f.enrollment = p.slot("$feature_enrollment/" + f.key)
			}
		}
	}
	if !f.readHoldout(held) || !f.readVariants(variants) {
		f.undecide(malformedFlag)
	}
	f.readPayloads(payloads)
	p.conditions(f, groups)
}

func isTrue(v codec.Value) bool {
	value, ok := v.Bool()
	return ok && value
}

func isNumber(v codec.Value, want float64) bool {
	value, ok := v.Float()
	return ok && value == want
}

// truthy reads a flag's switches the way a scripting language would, should they be no booleans.
func truthy(v codec.Value) bool {
	switch v.Kind() {
	case codec.Bool:
		return isTrue(v)
	case codec.Number:
		return !isNumber(v, 0)
	case codec.String:
		return len(v) > len(`""`)
	}
	return v.IsSet()
}
