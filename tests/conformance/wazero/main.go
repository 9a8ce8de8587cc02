// Wazero runs the conformance cases against build/posthog.wasm through package wasm/host.
//
//	wazero CASES OUT.json
package main

import (
	"fmt"
	"os"

	"github.com/libposthog/libposthog/tests/conformance"
)

func main() {
	module, err := load("build/posthog.wasm")
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	os.Exit(conformance.Main("wazero", conformance.Wasm{Module: module}, conformance.Capabilities, os.Args[1:], os.Stdout))
}
