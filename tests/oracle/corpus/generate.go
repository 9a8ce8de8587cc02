package corpus

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

const (
	flagsPerDocument = 20
	callsPerDocument = 5 * flagsPerDocument
)

// Generate makes up a corpus of that many calls, and adds the probes.
func Generate(seed uint64, calls int) *Corpus {
	c := &Corpus{NowMs: now.UnixMilli()}
	for number := uint64(0); calls > 0; number++ {
		// A source for each document: a document stays the same however many there are.
		r := random{rand.New(rand.NewPCG(seed, number))}
		d := r.document(min(calls, callsPerDocument))
		calls -= len(d.Calls)
		c.Documents = append(c.Documents, d)
	}
	c.Documents = append(c.Documents, Probes())
	return c
}

func (r random) document(calls int) Document {
	var flags []any
	var all []made
	for i := range flagsPerDocument {
		flag, m := r.flag(flagKey(i), all)
		flags, all = append(flags, flag), append(all, m)
	}
	mapping := object{}
	for i, name := range groupTypes {
		mapping[fmt.Sprint(i)] = name
	}
	definitions := object{"flags": flags, "group_type_mapping": mapping, "cohorts": r.cohorts()}
	if version := r.IntN(3); version > 0 {
		definitions["property_matching_version"] = version
	}
	d := Document{Definitions: encode(definitions)}
	for i := range calls {
		call := r.user()
		call.Key = flagKey(i % flagsPerDocument)
		d.Calls = append(d.Calls, call)
	}
	return d
}

func flagKey(i int) string { return fmt.Sprintf("flag-%02d", i) }

// encode writes what the generator put together, which JSON can always hold.
func encode(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
