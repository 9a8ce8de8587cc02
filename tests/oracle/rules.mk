# The oracle: local flag evaluation against PostHog's own SDKs, and the native build against posthog.wasm. Artefacts:
# build/oracle/*.json; the SDKs are installed in build/oracle/venv and build/oracle/node.

PYTHON ?= python3
NODE ?= node
NPM ?= npm

ORACLE_SEED ?= 1
ORACLE_CALLS ?= 5000
ORACLE_WASM_CALLS ?= 10000

oracle := build/oracle
oracle_python := $(oracle)/venv/.ready
oracle_node := $(oracle)/node/node_modules/.package-lock.json

$(oracle_python): tests/oracle/python/requirements.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "the oracle needs $(PYTHON) with venv (Debian: python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(oracle)/venv
	$(oracle)/venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(oracle_node): tests/oracle/node/package.json tests/oracle/node/package-lock.json
	@command -v $(NPM) >/dev/null || { echo "the oracle needs npm (Debian: npm)" >&2; exit 1; }
	@mkdir -p $(oracle)/node
	cp $^ $(oracle)/node
	cd $(oracle)/node && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(oracle)/oracle: go.mod go.sum VERSION libposthog.go $(shell find core wasm/host tests/oracle -name '*.go' -not -name '*_test.go') tests/oracle/corpus/probes.json
	@mkdir -p $(@D)
	go build -o $@ ./tests/oracle

.PHONY: test-oracle

test-oracle: $(oracle_python) $(oracle_node) $(oracle)/oracle build/posthog.wasm ## compare flag evaluation with PostHog's SDKs, and native with wasm; ORACLE_SEED, ORACLE_CALLS
	@go test ./tests/oracle/...
	@$(oracle)/oracle replay -seed $(ORACLE_SEED) -calls $(ORACLE_WASM_CALLS) build/posthog.wasm
	@$(oracle)/oracle generate -seed $(ORACLE_SEED) -calls $(ORACLE_CALLS) $(oracle)/corpus.json
	@$(oracle)/oracle evaluate $(oracle)/corpus.json $(oracle)/libposthog.json
	@TZ=UTC $(oracle)/venv/bin/python tests/oracle/python/evaluate.py $(oracle)/corpus.json $(oracle)/posthog-python.json
	@TZ=UTC $(NODE) tests/oracle/node/evaluate.mjs $(oracle)/node $(oracle)/corpus.json $(oracle)/posthog-node.json
	@$(oracle)/oracle compare $(oracle)/corpus.json $(oracle)/libposthog.json $(oracle)/posthog-python.json $(oracle)/posthog-node.json
