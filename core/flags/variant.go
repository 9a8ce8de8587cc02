package flags

import "github.com/libposthog/libposthog/core/codec"

// variant is one variant of a multivariate flag.
type variant struct {
	key   string
	value codec.Value // the key as a JSON string
	edge  float64     // hashes below it, and not below the edge before, get this variant
}

// pick chooses the variant for a user whom condition c includes.
func (f *flag) pick(e *Evaluation, c *condition, id identity) int32 {
	if len(f.variants) == 0 {
		return plainTrue
	}
	chosen := c.override
	if chosen == none {
		chosen = f.variantAt(e.hash(f.key, id, "variant"))
	}
	// A variant without a name cannot be told from the plain flag.
	if chosen == none || f.variants[chosen].key == "" {
		return plainTrue
	}
	return chosen
}

func (f *flag) variantAt(hash float64) int32 {
	for i := range f.variants {
		if hash < f.variants[i].edge {
			return int32(i)
		}
	}
	return none
}

// variantOf finds the variant a condition names. A name that no variant has counts for nothing.
func (f *flag) variantOf(v codec.Value) int32 {
	if name, ok := v.Text(); ok {
		for i := range f.variants {
			if f.variants[i].key == name {
				return int32(i)
			}
		}
	}
	return none
}

// readVariants compiles filters.multivariate. The edges are summed as doubles in stored order, like the service's.
func (f *flag) readVariants(multivariate codec.Value) (ok bool) {
	if !multivariate.IsSet() {
		return true
	}
	variants := multivariate.Get("variants")
	if multivariate.Kind() != codec.Object || variants.IsSet() && variants.Kind() != codec.Array {
		return false
	}
	edge := 0.0
	for v := range variants.Elements() {
		key, isText := v.Get("key").Text()
		percentage, isNumber := v.Get("rollout_percentage").Float()
		if !isText || !isNumber {
			return false
		}
		edge += percentage / 100
		f.variants = append(f.variants, variant{key: key, value: codec.Quote(key), edge: edge})
	}
	return true
}
