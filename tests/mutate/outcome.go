package main

import (
	"fmt"
	"io"
	"strings"
)

// outcome is what became of a mutation in every host.
type outcome struct {
	mutation mutation
	verdicts []verdict
}

// survived says whether a host noticed nothing.
func (o *outcome) survived() bool {
	for _, v := range o.verdicts {
		if v.wreck == "" && len(v.red) == 0 {
			return true
		}
	}
	return false
}

func (o *outcome) print(out io.Writer) {
	fmt.Fprintln(out, o.mutation)
	for _, v := range o.verdicts {
		switch {
		case v.wreck != "":
			fmt.Fprintf(out, "  %s: %s\n", v.host, v.wreck)
		case len(v.red) == 0:
			fmt.Fprintf(out, "  %s: survives %d cases\n", v.host, v.ran)
		default:
			fmt.Fprintf(out, "  %s: %d of %d cases turn red: %s\n", v.host, len(v.red), v.ran, list(v.red))
		}
	}
}

// list names the first few.
func list(ids []string) string {
	const most = 8
	if len(ids) > most {
		return strings.Join(ids[:most], ", ") + ", …"
	}
	return strings.Join(ids, ", ")
}
