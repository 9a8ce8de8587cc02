# The Python binding: its accelerator, its tests, and the conformance corpus through it. Artefact beside the sources it
# is imported with: _accelerator.abi3.so.

PYTHON ?= python3
VENV := build/venv
VENV_READY := $(VENV)/.ready

$(VENV_READY): bindings/python/requirements-test.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "the Python tests need $(PYTHON) with venv (Debian: python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

PYTHON_ACCELERATOR := bindings/python/src/libposthog/_accelerator.abi3.so
# Empty where the accelerator cannot be built: asked late, because make deps may install the headers.
python_headers = $(shell $(PYTHON) -c 'import os, sysconfig; path = sysconfig.get_path("include"); print(path if os.path.exists(path + "/Python.h") else "")')

$(PYTHON_ACCELERATOR): $(wildcard bindings/python/accelerator/*.[ch]) bindings/python/rules.mk
	$(CC) -std=c11 -O2 -Wall -Wextra -Wno-missing-field-initializers -Werror -fvisibility=hidden -fPIC -shared \
		-isystem $(python_headers) -o $@ $(filter %.c,$^)

.PHONY: accelerator test-python soak-python conformance-python conformance-python-accelerator

accelerator: ## build the C accelerator of the Python binding, where Python's headers are there
	@if [ -n "$(python_headers)" ]; then $(MAKE) $(PYTHON_ACCELERATOR); \
	else echo "not built: the Python accelerator, which needs the headers of $(PYTHON) (Debian: python3-dev)"; fi

pytest = $(VENV)/bin/pytest --rootdir bindings/python -c bindings/python/pyproject.toml
python_tests = LIBPOSTHOG_PATH=$(abspath build/libposthog.so) $(pytest) --ignore bindings/python/tests/test_wasm.py bindings/python/tests

test-python: $(VENV_READY) build/libposthog.so build/posthog-standin accelerator test-python-wasm ## test the Python binding with and without its accelerator and in wasm: types, units, against the stand-in server
	cd bindings/python && $(abspath $(VENV))/bin/mypy --cache-dir $(abspath build/mypy) --no-error-summary
	LIBPOSTHOG_ACCELERATOR=0 $(python_tests)
	$(if $(python_headers),LIBPOSTHOG_ACCELERATOR=1 $(python_tests))

.PHONY: test-python-wasm conformance-python-wasm

test-python-wasm: $(VENV_READY) build/posthog.wasm build/posthog-standin ## test the Python binding's wasm engine: its own tests, and those of clients, processes and forks
	LIBPOSTHOG_PATH=$(abspath build/posthog.wasm) $(pytest) $(addprefix bindings/python/tests/,test_wasm.py test_client.py test_process.py)
	LIBPOSTHOG_PATH=$(abspath build/posthog.wasm) $(pytest) bindings/python/tests/test_fork.py -k 'middle or decided'

soak-python: $(VENV_READY) build/libposthog.so build/posthog-standin accelerator ## the Python binding's long tests at full length; -s shows what they measured
	LIBPOSTHOG_SOAK=1 $(python_tests) -s -m soak

python_conformance = LIBPOSTHOG_PATH=$(abspath build/libposthog.so) PYTHONPATH=bindings/python/src $(PYTHON) bindings/python/tests/conformance.py $(CASES) $(RESULTS)

conformance-python: build/libposthog.so ## run the conformance corpus through the Python binding
	@mkdir -p $(RESULTS)
	LIBPOSTHOG_ACCELERATOR=0 $(python_conformance)/python.json

conformance-python-accelerator: build/libposthog.so $(PYTHON_ACCELERATOR) ## run the conformance corpus through the Python binding and its accelerator
	@mkdir -p $(RESULTS)
	LIBPOSTHOG_ACCELERATOR=1 $(python_conformance)/python-accelerator.json

conformance-python-wasm: $(VENV_READY) build/posthog.wasm ## run the conformance corpus through the Python binding and posthog.wasm in wasmtime
	@mkdir -p $(RESULTS)
	LIBPOSTHOG_PATH=$(abspath build/posthog.wasm) PYTHONPATH=bindings/python/src $(VENV)/bin/python bindings/python/tests/conformance.py $(CASES) $(RESULTS)/python-wasm.json
