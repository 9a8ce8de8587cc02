# Parity: one scenario through PostHog's SDKs and through ours, against the stand-in server. The SDKs are those of the
# oracle.

.PHONY: test-parity test-parity-python test-parity-ruby test-parity-node

parity := go run ./tests/parity

test-parity: test-parity-python test-parity-ruby test-parity-node ## run one scenario through PostHog's SDKs and through ours, and compare what they send
	@go test ./tests/parity

test-parity-python: $(oracle_python) build/libposthog.so
	@LIBPOSTHOG_PATH=$(abspath build/libposthog.so) PYTHONPATH=bindings/python/src $(parity) -language python \
		-readme bindings/python/README.md $(oracle)/venv/bin/python tests/parity/python/driver.py

# posthog-ruby comes from a checkout: POSTHOG_RUBY is its path.
parity_ruby = $(RUBY) -W0 -Ibindings/ruby/lib $(if $(POSTHOG_RUBY),-I$(POSTHOG_RUBY)/lib) tests/parity/ruby/driver.rb
test-parity-ruby: ruby-ready build/libposthog.so
	@LIBPOSTHOG_PATH=$(abspath build/libposthog.so) $(parity) -language ruby $(if $(POSTHOG_RUBY),,-alone) \
		-readme bindings/ruby/README.md $(parity_ruby)
	@$(if $(POSTHOG_RUBY),,echo "posthog-ruby: not run, POSTHOG_RUBY names no checkout")

test-parity-node: $(oracle_node) node
	@for engine in native wasm; do \
		LIBPOSTHOG_ENGINE=$$engine $(parity) -language node -readme bindings/node/README.md \
			$(NODE) tests/parity/node/driver.mjs $(oracle)/node; \
	done
