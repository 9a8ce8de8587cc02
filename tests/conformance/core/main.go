// Core runs the conformance cases against package core in this process.
//
//	core CASES OUT.json
package main

import (
	"os"

	"github.com/libposthog/libposthog/tests/conformance"
)

func main() {
	os.Exit(conformance.Main("core", host{}, conformance.Capabilities, os.Args[1:], os.Stdout))
}
