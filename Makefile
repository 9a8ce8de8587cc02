# libposthog: every verb a developer needs. `make` alone lists them. Rules live beside what they build.

MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION := $(shell cat VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Go reads no settings of the machine but these: the builds are the same everywhere.
export GOFLAGS := -buildvcs=false

.PHONY: help build deps test test-go test-docs soak lint fuzz clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z0-9_-]*:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST) | sort

# The conformance cases that every host's rules run, and where the results go: tests/rules.mk.
CASES ?= tests/cases
RESULTS ?= build/conformance

include capi/rules.mk wasm/rules.mk bindings/python/rules.mk bindings/ruby/rules.mk bindings/node/rules.mk tests/rules.mk tests/oracle/rules.mk tests/parity/rules.mk tests/adapter/rules.mk tests/bench/rules.mk

build: lib static wasm size wasm-size accelerator ## build both artefacts and print what they weigh, and of what

deps: ## install what the tests need and the machine lacks
	@tests/setup/debian.sh

test: deps lint test-go test-capi test-c test-wasm test-python test-ruby test-node test-standin test-delivery test-polling test-oracle test-parity conformance pairs adapter test-bench test-docs demo ## run everything, on a fresh machine too
	@echo "all tests passed"

test-go: ## test the core and the driver: virtual time, race detector
	go test -race ./core/... ./capi/driver/...
	go test ./core/flags ./core/ops -run '[aA]llocate'
	go test ./core ./core/queue -run _model -rapid.checks 5000
	go test ./core -run TestSimulation -seeds 4000

soak: build/posthog.wasm ## the model tests, the simulation and the load tests at full length
	go test -timeout 1h -v ./core ./core/queue -run _model -rapid.checks 200000
	go test -timeout 1h -v ./core -run TestSimulation -seeds 100000
	go test -timeout 1h -v ./tests/delivery -soak
	go test -timeout 1h -v ./wasm/host -run memoryIsBounded -soak
	$(MAKE) pairs PAIRS=10000
	$(MAKE) test-c SOAK=1
	$(MAKE) soak-python
	$(MAKE) soak-ruby
	$(MAKE) soak-node

lint: ## check format, vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "gofmt: $$unformatted"; exit 1; }
	go vet ./...
	GOOS=wasip1 GOARCH=wasm go vet ./core/... ./wasm
	go run $(STATICCHECK) ./...

.PHONY: demo
demo_programs := build/demo/hello-c build/demo/hello-wazero

build/demo/hello-c: tests/demo/hosts/hello.c include/posthog.h build/libposthog.so
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -Werror -Iinclude -o $@ $< build/libposthog.so -Wl,-rpath,'$$ORIGIN'
	ln -sf ../libposthog.so $(@D)/$(soname)

build/demo/hello-wazero: tests/demo/hosts/wazero/main.go go.mod go.sum $(wildcard wasm/host/*.go)
	@mkdir -p $(@D)
	go build -o $@ ./tests/demo/hosts/wazero

demo: deps $(demo_programs) build/posthog.wasm build/posthog.node ## run one script in every host against the stand-in and compare; SERVE=1 leaves its page up
	@go run ./tests/demo $(if $(SERVE),-serve)

test-docs: build/libposthog.so build/posthog.wasm ## run every example of the README
	go test ./tests/docs

FUZZTIME ?= 10s
fuzz: ## fuzz every target for FUZZTIME each (default 10s)
	@for package in $$(go list ./core/...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep ^Fuzz || true); do \
			echo "$$package $$target"; go test $$package -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x; \
		done; \
	done

clean: ## remove everything that was built
	rm -rf build bindings/node/node_modules bindings/node/posthog.wasm $(PYTHON_ACCELERATOR)
