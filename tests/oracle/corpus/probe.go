package corpus

import (
	_ "embed"
	"encoding/json"
)

// probes.json has for each row of known differences the smallest case of it: the flag row-N and a call for it.
//
//go:embed probes.json
var probes []byte

// Probes returns the document of the smallest cases. Generate puts it last, so that no row lacks a case by chance.
func Probes() Document {
	var d Document
	if err := json.Unmarshal(probes, &d); err != nil {
		panic(err) // a file of this package
	}
	return d
}
