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

# The native engine: an addon that opens libposthog.so at run time, so it is compiled against two headers and linked
# against nothing. Node finds what it calls of Node in the running program.
node_addon_flags := -std=c11 -O2 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -shared

build/posthog.node: bindings/node/native/addon.c include/posthog.h $(node_ready)
	@mkdir -p $(@D)
	$(CC) $(node_addon_flags) -Iinclude -Ibindings/node/node_modules/node-api-headers/include -o $@ $< -ldl

.PHONY: node package-node test-node soak-node conformance-node-wasm conformance-node-native conformance-node node-ready

# The package is put together beside the checkout's own, so that what it carries does not come before what is built anew.
node_package := build/node-package

package-node: node ## pack the Node binding with both engines: build/libposthog-<version>.tgz
	@rm -rf $(node_package)
	@mkdir -p $(node_package)
	@cp -r $(addprefix bindings/node/,index.js index.mjs index.d.ts index.d.mts src package.json README.md LICENSE) $(node_package)
	@cp build/posthog.wasm build/posthog.node build/libposthog.so $(node_package)
	@cd $(node_package) && $(NPM) pack --pack-destination .. --loglevel=error

node: build/posthog.wasm build/posthog.node build/libposthog.so ## build what the Node binding runs on: both engines

node-ready:
	@$(NODE) -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 1 : 0)' 2>/dev/null || \
		{ echo "the Node tests need Node 18 or later (Debian: nodejs)" >&2; exit 1; }

# These run over either engine; the others are about neither, or about one of them.
node_engine_tests := $(addprefix bindings/node/test/,client.test.mjs exit.test.mjs exceptions.test.mjs hooks.test.mjs \
	load.test.mjs loop.test.mjs provider.test.mjs readme.test.mjs)

test-node: node-ready $(node_ready) package-node bindings/node/posthog.wasm build/posthog-standin ## test the Node binding: types, units, against the stand-in server
	LIBPOSTHOG_ENGINE=native $(NODE) --test $(wildcard bindings/node/test/*.test.mjs)
	LIBPOSTHOG_ENGINE=wasm $(NODE) --test $(node_engine_tests)

soak-node: node-ready $(node_ready) node ## the Node binding's load tests at full length, over both engines
	LIBPOSTHOG_SOAK=1 LIBPOSTHOG_ENGINE=native $(NODE) --test bindings/node/test/load.test.mjs
	LIBPOSTHOG_SOAK=1 LIBPOSTHOG_ENGINE=wasm $(NODE) --test bindings/node/test/load.test.mjs

conformance-node: conformance-node-wasm conformance-node-native

conformance-node-wasm: $(RESULTS)/node-wasm.json ## run the conformance corpus through the Node binding's wasm engine

conformance-node-native: $(RESULTS)/node-native.json ## run the conformance corpus through the Node binding's native engine

node_conformance := $(node_sources) $(wildcard bindings/node/test/*.mjs $(CASES)/*.json)

$(RESULTS)/node-wasm.json: build/posthog.wasm $(node_conformance)
	@mkdir -p $(@D)
	LIBPOSTHOG_WASM_PATH=$(abspath build/posthog.wasm) $(NODE) bindings/node/test/conformance.mjs wasm $(CASES) $@

$(RESULTS)/node-native.json: build/libposthog.so build/posthog.node $(node_conformance)
	@mkdir -p $(@D)
	LIBPOSTHOG_PATH=$(abspath build/libposthog.so) $(NODE) bindings/node/test/conformance.mjs native $(CASES) $@
