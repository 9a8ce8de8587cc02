// Package libposthog is the root of the module. The client lives in package core, the two builds in capi and wasm;
// this package only knows the version they all carry.
package libposthog

import (
	_ "embed"
	"strings"
)

//go:embed VERSION
var version string

// Version is the release this tree builds, from the file VERSION.
var Version = strings.TrimSpace(version)

// ABIVersion is the version of the C and wasm interfaces. It changes when a program built against an older header
// or ABI page would break.
const ABIVersion = 1
