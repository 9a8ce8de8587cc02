package flags

import (
	"iter"

	"github.com/libposthog/libposthog/core/codec"
)

// Definitions is a compiled definitions document. It never changes and is safe for concurrent readers.
type Definitions struct {
	flags      []flag
	index      map[string]int32
	cohorts    []propertyGroup
	groupTypes []groupType
	// slots numbers the property names that filters mention, so that one pass over a user's properties finds all.
	slots       map[string]int32
	matchers    int // how many different matchers of person properties there are
	deviceSlot  int32
	minimal     bool
	visibility  []visibility // by flag; nil while every flag is in sight
	contextKeys int          // how many flags WithContexts took out of sight
}

// visibility says what the service would not see of a flag although the definitions hold it.
type visibility uint8

const (
	inOtherContext visibility = 1 << iota
	inOtherRuntime
)

// flag is one compiled flag.
type flag struct {
	key           string
	name          codec.Value // the key as JSON
	id, version   codec.Value
	hasExperiment codec.Value
	runtime       string
	contexts      []string

	ordinary   bool // of persons and decided by its conditions alone
	active     bool
	enrollment int32 // slot of the early-access property, or none
	undecided  truth // what makes the flag undecided before anything is evaluated; yes if nothing does
	byDevice   bool
	earlyExit  bool
	scope      scope
	holdout    holdout
	conditions []condition
	variants   []variant
	payloads   []payload
}

// none stands for an index that is not there.
const none = -1

// Len returns how many flags there are.
func (d *Definitions) Len() int { return len(d.flags) - d.contextKeys }

// All ranges over the places of the flags that can be asked for, in stored order.
func (d *Definitions) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range d.flags {
			if d.sees(int32(i), inOtherContext) && !yield(i) {
				return
			}
		}
	}
}

// Key returns the key of the flag at a place, Name the same as JSON.
func (d *Definitions) Key(place int) string { return d.flags[place].key }

func (d *Definitions) Name(place int) codec.Value { return d.flags[place].name }

// Has reports whether there is a flag of that key. It is false for a flag that WithContexts took out: the service
// would not return it either.
func (d *Definitions) Has(key string) bool {
	i, ok := d.index[key]
	return ok && d.sees(i, inOtherContext)
}

// MinimalFlagCalledEvents reports whether the project asked for flag-called events without their bulk.
func (d *Definitions) MinimalFlagCalledEvents() bool { return d.minimal }

// PayloadFor returns the payload that a flag has for a value: true or a variant, as a JSON value. It is nil if there is
// none, and for every other value.
func (d *Definitions) PayloadFor(key string, value codec.Value) codec.Value {
	i, ok := d.index[key]
	if !ok || !d.sees(i, inOtherContext) {
		return nil
	}
	if on, ok := value.Bool(); ok && on {
		return d.flags[i].payload(payloadOfTrue)
	}
	if name, ok := value.Text(); ok {
		return d.flags[i].payload(name)
	}
	return nil
}

// WithContexts returns definitions in which only flags of these evaluation contexts can be asked for: flags that name
// one of them, and flags that name none at all. Another flag counts as false where flags depend on it, as in the
// service. An empty list means no restriction.
func (d *Definitions) WithContexts(contexts []string) *Definitions {
	if len(contexts) == 0 {
		return d
	}
	return d.hiding(inOtherContext, func(f *flag) bool { return !f.isIn(contexts) })
}

// WithRuntime returns definitions whose flags count as false where flags depend on them, if they are marked for another
// evaluation runtime than this one ("server" or "client"). The service, asked with that runtime, does the same. They
// can still be asked for themselves. Every other runtime means no restriction.
func (d *Definitions) WithRuntime(runtime string) *Definitions {
	if runtime != runtimeServer && runtime != runtimeClient {
		return d
	}
	return d.hiding(inOtherRuntime, func(f *flag) bool {
		marked := f.runtime == runtimeServer || f.runtime == runtimeClient
		return marked && f.runtime != runtime
	})
}

const (
	runtimeServer = "server"
	runtimeClient = "client"
)

func (f *flag) isIn(contexts []string) bool {
	for _, own := range f.contexts {
		for _, asked := range contexts {
			if own == asked {
				return true
			}
		}
	}
	return len(f.contexts) == 0
}

func (d *Definitions) hiding(bit visibility, hidden func(*flag) bool) *Definitions {
	restricted := *d
	restricted.visibility = make([]visibility, len(d.flags))
	copy(restricted.visibility, d.visibility)
	restricted.contextKeys = 0
	for i := range d.flags {
		if hidden(&d.flags[i]) {
			restricted.visibility[i] |= bit
		}
		if !restricted.sees(int32(i), inOtherContext) {
			restricted.contextKeys++
		}
	}
	return &restricted
}

// sees reports that none of these reasons hides flag i.
func (d *Definitions) sees(i int32, reasons visibility) bool {
	return d.visibility == nil || d.visibility[i]&reasons == 0
}
