# The bench: libposthog in every host beside PostHog's own SDKs. Artefacts: build/bench/table.md, build/bench/<time>.json
# and, of bench-scale, build/bench/scale.md and scale.svg. The SDKs for Python and Node are those of the oracle; the one
# for Go is in tests/bench/go.mod, a module of its own so that nothing it needs comes near the library's.

RUBY ?= ruby
BENCH_ROUNDS ?= 5

bench := build/bench
bench_go := $(shell find tests/bench -name 'go.*' -o -name '*.go' -o -name targets.json)
bench_library := VERSION libposthog.go go.mod go.sum $(shell find core capi/driver wasm/host -name '*.go' -not -name '*_test.go')

$(bench)/bench: $(bench_go)
	@mkdir -p $(@D)
	go -C tests/bench build -o $(abspath $@) .

$(bench)/official $(bench)/driver $(bench)/wazero: $(bench)/%: $(bench_go) $(bench_library)
	@mkdir -p $(@D)
	go -C tests/bench build -o $(abspath $@) ./hosts/go/$*

$(bench)/c: $(wildcard tests/bench/hosts/c/*.[ch]) include/posthog.h
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wpedantic -Werror -Iinclude -o $@ $(wildcard tests/bench/hosts/c/*.c) -ldl -pthread

bench_programs := $(bench)/bench $(bench)/official $(bench)/driver $(bench)/wazero $(bench)/c build/libposthog.so build/posthog.wasm \
	node accelerator $(oracle_python) $(oracle_node)

.PHONY: bench bench-scale bench-profile bench-keep bench-go test-bench

bench: deps $(bench_programs) ## measure every host beside PostHog's SDKs; QUICK=1 in under two minutes, POSTHOG_RUBY=checkout
	@$(bench)/bench -rounds $(BENCH_ROUNDS) $(if $(QUICK),-quick)

bench-scale: deps $(bench)/bench $(bench)/c build/libposthog.so ## measure and draw how the cost scales: queue depth, threads, clients, sizes, flags; QUICK=1
	@$(bench)/bench -scale $(if $(QUICK),-quick)
	@echo "drawn: $(bench)/scale.svg"

bench-profile: deps $(bench_programs) build/c/names/libposthog.so ## take the time of every host apart, with perf: build/bench/profile.md
	@$(bench)/bench -profile -library build/c/names/libposthog.so

bench-keep: $(bench)/bench ## put the tables and the drawing that are in build/bench into tests/bench/README.md
	@$(bench)/bench -keep

# What benchstat reads: $(bench)/go.txt.
bench-go: build/posthog.wasm ## run the Go benchmarks, for benchstat
	@mkdir -p $(bench)
	{ go test -run '^$$' -bench . -benchmem -count $(BENCH_ROUNDS) ./core/... ./capi/driver ./wasm/host; \
	BENCH_WASM=$(abspath build/posthog.wasm) BENCH_WASM_CACHE=$(abspath $(bench)/wazero-cache) \
		go -C tests/bench test -run '^$$' -bench . -count $(BENCH_ROUNDS) ./benchmark; } | tee $(bench)/go.txt

test-bench: $(bench_programs) ## see that every program of the bench runs every scenario
	@cd tests/bench && go vet ./... && go run $(STATICCHECK) ./... && go test ./...
	@$(bench)/bench -smoke
