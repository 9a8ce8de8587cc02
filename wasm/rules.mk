# The wasm build. Artefacts: build/posthog.wasm, and build/posthog-names.wasm, the same with its name section. As Go built
# them, before they are started in advance, they lie in build/wasm.

wasm_sources := go.mod go.sum VERSION libposthog.go wasm/rules.mk \
	$(shell find core wasm -name '*.go' -not -name '*_test.go' -not -path 'wasm/host/*' -not -path 'wasm/size/*' -not -path 'wasm/start/*')

# A reactor is what -buildmode=c-shared makes of GOOS=wasip1.
wasm_build = GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -buildvcs=false

build/posthog.wasm: $(wasm_sources)
	@mkdir -p build/wasm
	$(wasm_build) -ldflags "-s -w -buildid=" -o build/wasm/$(@F) ./wasm
	go run ./wasm/prestart build/wasm/$(@F) $@

build/posthog-names.wasm: $(wasm_sources)
	@mkdir -p build/wasm
	$(wasm_build) -ldflags "-w -buildid=" -o build/wasm/$(@F) ./wasm
	go run ./wasm/prestart build/wasm/$(@F) $@

.PHONY: wasm wasm-size wasm-start test-wasm

wasm: build/posthog.wasm ## build the wasm module: build/posthog.wasm

wasm-size: build/posthog.wasm build/posthog-names.wasm ## how large the module is, and of what; fails above 1.7 MB gzipped
	@go run ./wasm/size build/posthog.wasm build/posthog-names.wasm

wasm-start: build/posthog.wasm ## how long the module takes to start, in wazero and in V8
	@go run ./wasm/start build/posthog.wasm
	@node wasm/start/v8.mjs build/posthog.wasm

test-wasm: build/posthog.wasm ## test the module, its interface and the reference host
	go test ./wasm/...
