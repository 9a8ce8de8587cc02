# The Node binding: its tests, and the conformance corpus through its wasm engine.

NODE ?= node
NPM ?= npm
node_ready := bindings/node/node_modules/.package-lock.json
node_sources := $(wildcard bindings/node/*.js bindings/node/*.mjs bindings/node/src/*.js) bindings/node/package.json

# The file a package carries. In a checkout build/posthog.wasm is found without it.
bindings/node/posthog.wasm: build/posthog.wasm
	cp $< $@

$(node_ready): bindings/node/package-lock.json
	@command -v $(NPM) >/dev/null || { echo "the Node tests need npm (Debian: npm)" >&2; exit 1; }
	cd bindings/node && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test-node conformance-node-wasm conformance-node node-ready

node-ready:
	@$(NODE) -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 1 : 0)' 2>/dev/null || \
		{ echo "the Node tests need Node 18 or later (Debian: nodejs)" >&2; exit 1; }

test-node: node-ready $(node_ready) bindings/node/posthog.wasm build/posthog-standin ## test the Node binding: types, units, against the stand-in server
	$(NODE) --test $(wildcard bindings/node/test/*.test.mjs)

conformance-node: conformance-node-wasm

conformance-node-wasm: $(RESULTS)/node-wasm.json ## run the conformance corpus through the Node binding's wasm engine

$(RESULTS)/node-wasm.json: build/posthog.wasm $(node_sources) $(wildcard bindings/node/test/*.mjs $(CASES)/*.json)
	@mkdir -p $(@D)
	LIBPOSTHOG_WASM_PATH=$(abspath build/posthog.wasm) $(NODE) bindings/node/test/conformance.mjs $(CASES) $@
