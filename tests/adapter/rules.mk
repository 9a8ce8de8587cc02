# The adapter of PostHog's SDK compliance harness, for every host, and a judge that plays the harness's contracts.

build/adapter/c: tests/adapter/sdk/c.c include/posthog.h build/libposthog.so
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -Wall -Wextra -Wpedantic -Werror -pthread -Iinclude -o $@ $< build/libposthog.so -Wl,-rpath,'$$ORIGIN'
	ln -sf ../libposthog.so $(@D)/$(soname)

.PHONY: adapter adapter-hosts

adapter-hosts: build/adapter/c build/libposthog.so build/posthog.wasm build/posthog.node $(VENV_READY) ## build what the adapters load

adapter: adapter-hosts ## judge every host by the contracts of PostHog's SDK compliance harness
	go test ./tests/adapter/...
	go run ./tests/adapter/judge
