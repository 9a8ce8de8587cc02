# The Python binding: its tests, and the conformance corpus through it.

PYTHON ?= python3
VENV := build/venv
VENV_READY := $(VENV)/.ready

$(VENV_READY): bindings/python/requirements-test.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "the Python tests need $(PYTHON) with venv (Debian: python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

.PHONY: test-python conformance-python

test-python: $(VENV_READY) build/libposthog.so build/posthog-standin ## test the Python binding: types, units, against the stand-in server
	cd bindings/python && $(abspath $(VENV))/bin/mypy --cache-dir $(abspath build/mypy) --no-error-summary
	LIBPOSTHOG_PATH=$(abspath build/libposthog.so) $(VENV)/bin/pytest --rootdir bindings/python -c bindings/python/pyproject.toml bindings/python/tests

conformance-python: build/libposthog.so ## run the conformance corpus through the Python binding
	@mkdir -p $(RESULTS)
	LIBPOSTHOG_PATH=$(abspath build/libposthog.so) PYTHONPATH=bindings/python/src $(PYTHON) bindings/python/tests/conformance.py $(CASES) $(RESULTS)/python.json
