# The stand-in server, and the conformance corpus through every host. Artefacts: build/posthog-standin and
# $(RESULTS)/<host>.json.

build/posthog-standin: go.mod go.sum $(shell find tests/standin -type f -not -name '*_test.go')
	@mkdir -p build
	go build -o $@ ./tests/standin/posthog-standin

# Every host that must have run every case. Those not named here have their rules beside their binding.
CONFORMANCE_HOSTS = core c c-values python $(if $(python_headers),python-accelerator) python-wasm ruby wazero wazero-values wasmtime node-native node-wasm chromium driver

conformance_cases := $(wildcard $(CASES)/*.json)
conformance_go := go.mod go.sum $(wildcard tests/conformance/*.go)

$(RESULTS)/core.json: $(conformance_cases) $(conformance_go) $(wildcard tests/conformance/core/*.go) \
	VERSION libposthog.go $(shell find core -name '*.go' -not -name '*_test.go')
	go run ./tests/conformance/core $(CASES) $@

$(RESULTS)/wazero.json $(RESULTS)/wazero-values.json: $(conformance_cases) $(conformance_go) \
	$(wildcard tests/conformance/wazero/*.go wasm/host/*.go) build/posthog.wasm
	go run ./tests/conformance/wazero $(CASES) $@ $(if $(findstring -values,$@),values)

$(RESULTS)/wasmtime.json: $(conformance_cases) $(conformance_go) $(wildcard tests/conformance/wasmtime/*.go) \
	build/posthog.wasm
	go run ./tests/conformance/wasmtime $(CASES) $@

$(RESULTS)/chromium.json: $(conformance_cases) $(conformance_go) $(wildcard tests/conformance/chromium/*) \
	build/posthog.wasm $(wildcard bindings/node/src/*.js bindings/node/test/*.mjs)
	go run ./tests/conformance/chromium $(CASES) $@

# The program looks for the library by its soname beside itself, so that it runs without any setting.
build/conformance/runner-c: $(wildcard tests/conformance/c/*.[ch]) include/posthog.h build/libposthog.so
	@mkdir -p $(@D)
	$(CC) -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Werror -Iinclude -o $@ $(wildcard tests/conformance/c/*.c) \
		build/libposthog.so -lcrypto -Wl,-rpath,'$$ORIGIN'
	ln -sf ../libposthog.so $(@D)/$(soname)

$(RESULTS)/c.json: build/conformance/runner-c $(conformance_cases)
	@mkdir -p $(@D)
	build/conformance/runner-c $(CASES) $@

$(RESULTS)/c-values.json: build/conformance/runner-c $(conformance_cases)
	@mkdir -p $(@D)
	build/conformance/runner-c $(CASES) $@ values

# The library with its own driver, in real time, against the stand-in.
conformance-driver: build/libposthog.so build/posthog-standin ## play the group realtime through libposthog.so with its own driver
	@mkdir -p $(RESULTS)
	POSTHOG_STANDIN=build/posthog-standin LIBPOSTHOG_PATH=$(abspath build/libposthog.so) \
		PYTHONPATH=bindings/python/src:bindings/python/tests $(PYTHON) tests/conformance/driver/realtime.py $(CASES) $(RESULTS)/driver.json

.PHONY: test-standin test-delivery conformance conformance-driver conformance-core conformance-wazero conformance-wazero-values \
	conformance-wasmtime conformance-chromium conformance-c conformance-c-values

test-standin: ## test the stand-in server, its page in a browser
	go test ./tests/standin/...

test-delivery: ## test delivery over real sockets: outages, TLS, proxies, deadlines, many threads at once
	go test -race ./tests/delivery/...

conformance-core: $(RESULTS)/core.json ## run the conformance corpus in the core

conformance-wazero: $(RESULTS)/wazero.json ## run the conformance corpus through posthog.wasm in wazero

conformance-wazero-values: $(RESULTS)/wazero-values.json ## the same, asking posthog_flag_value before get_flag

conformance-wasmtime: $(RESULTS)/wasmtime.json ## run the conformance corpus through posthog.wasm in wasmtime

conformance-chromium: $(RESULTS)/chromium.json ## run the conformance corpus through posthog.wasm in a browser

conformance-c: build/conformance/runner-c $(RESULTS)/c.json ## run the conformance corpus from C

conformance-c-values: build/conformance/runner-c $(RESULTS)/c-values.json ## the same, asking posthog_flag_value before get_flag

# Results of an earlier run must not stand in for a host that fails before it writes its own. -k: a host that fails must
# not keep the others out of the matrix, which tells what is wrong and fails.
.PHONY: conformance-hosts conformance coverage-cases coverage-manifest pairs

conformance-hosts:
	@rm -f $(CONFORMANCE_HOSTS:%=$(RESULTS)/%.json)
	-@$(MAKE) -k $(CONFORMANCE_HOSTS:%=conformance-%)
	@go run ./tests/conformance/matrix -cases $(CASES) $(RESULTS) $(CONFORMANCE_HOSTS)

coverage-cases: ## list what the conformance corpus exercises, and by which cases; fails where it leaves something out
	@go run ./tests/conformance/coverage -v

coverage-manifest: ## write tests/cases/manifest.txt, the list of all cases
	@go run ./tests/conformance/coverage -write

conformance: ## check the conformance corpus and what it covers, run it through every host and compare them
	@go test ./tests/conformance/... ./tests/mutate
	@go run ./tests/conformance/coverage
	@$(MAKE) conformance-hosts

PAIRS ?= 1000
PAIRS_SEED ?= 1

pairs: ## compare made-up definitions and persons across all hosts; PAIRS (default 1000, soak 10000), PAIRS_SEED
	@go run ./tests/conformance/pairs -seed $(PAIRS_SEED) -pairs $(PAIRS) build/pairs/cases
	@$(MAKE) conformance-hosts CASES=build/pairs/cases RESULTS=build/pairs/results CONFORMANCE_HOSTS="$(filter-out driver,$(CONFORMANCE_HOSTS))"

build/polling/watch-c: tests/polling/hosts/watch.c include/posthog.h build/libposthog.so
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -Werror -Iinclude -o $@ $< build/libposthog.so -Wl,-rpath,'$$ORIGIN'
	ln -sf ../libposthog.so $(@D)/$(soname)

build/polling/watch-wazero: go.mod go.sum $(wildcard tests/polling/hosts/wazero/*.go wasm/host/*.go)
	@mkdir -p $(@D)
	go build -o $@ ./tests/polling/hosts/wazero

.PHONY: test-polling
test-polling: build/polling/watch-c build/polling/watch-wazero build/posthog.wasm build/posthog.node ## test that every host sees a changed flag with its next poll
	go test -count=1 ./tests/polling

# What the cases notice when the client is broken on purpose. The tree itself is never touched: build/mutate/tree is.
HOSTS ?= core,wazero
MUTATIONS ?= 40
SEED ?= 1

.PHONY: mutate mutate-chosen mutate-random

comma := ,
mutate_hosts = $(if $(filter all,$(HOSTS)),$(subst $(space),$(comma),$(strip $(filter-out driver,$(CONFORMANCE_HOSTS)))),$(HOSTS))
space := $(subst ,, )
export MUTATION

mutate: ## say which cases notice one changed line: MUTATION=file:line:replacement, HOSTS=core,wazero (or all)
	@go run ./tests/mutate -hosts $(mutate_hosts) "$$MUTATION"

mutate-chosen: ## break ten places that matter most and demand that the cases notice in every host of HOSTS
	@go run ./tests/mutate -hosts $(mutate_hosts) -chosen tests/mutate/chosen.json

mutate-random: ## break MUTATIONS (default 40) places in core that SEED picks; survivors must be explained
	@go run ./tests/mutate -hosts core -random $(MUTATIONS) -seed $(SEED) -explained tests/mutate/explained.json
