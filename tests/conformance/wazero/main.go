// Wazero runs the conformance cases against build/posthog.wasm through package wasm/host.
//
//	wazero CASES OUT.json [values]
//
// With "values" it is the host wazero-values: a program that asks posthog_flag_value first whatever a case asks get_flag, and
// get_flag only where that answers WOULD_WAIT.
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
	name, args := "wazero", os.Args[1:]
	var host conformance.Host = conformance.Wasm{Module: module}
	if len(args) == 3 && args[2] == "values" {
		name, host, args = "wazero-values", conformance.WasmValues{Module: module}, args[:2]
	}
	os.Exit(conformance.Main(name, host, conformance.Capabilities, args, os.Stdout))
}
