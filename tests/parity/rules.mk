# Parity: one scenario through PostHog's SDKs and through ours, against the stand-in server. The SDKs are those of the
# oracle.

.PHONY: test-parity test-parity-python

parity := go run ./tests/parity

test-parity: test-parity-python ## run one scenario through PostHog's SDKs and through ours, and compare what they send
	@go test ./tests/parity

test-parity-python: $(oracle_python) build/libposthog.so
	@LIBPOSTHOG_PATH=$(abspath build/libposthog.so) PYTHONPATH=bindings/python/src $(parity) -language python \
		-readme bindings/python/README.md $(oracle)/venv/bin/python tests/parity/python/driver.py
