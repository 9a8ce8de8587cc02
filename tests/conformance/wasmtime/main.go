// Wasmtime runs the conformance cases against build/posthog.wasm in wasmtime: the module must not be whatever wazero
// accepts.
//
//	wasmtime CASES OUT.json
package main

import (
	"fmt"
	"os"

	"github.com/libposthog/libposthog/tests/conformance"
)

func main() {
	module, err := load("build/posthog.wasm", "build/wasmtime")
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	os.Exit(conformance.Main("wasmtime", conformance.Wasm{Module: module}, conformance.Capabilities, os.Args[1:], os.Stdout))
}
