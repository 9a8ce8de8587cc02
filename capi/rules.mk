# The C library. Artefacts: build/libposthog.so, build/libposthog.a, and what `make install` puts under PREFIX.

DEBIAN_PACKAGES_C := gcc g++ binutils pkg-config valgrind

PREFIX ?= /usr/local
DESTDIR ?=

capi_sources := go.mod go.sum VERSION libposthog.go capi/rules.mk include/posthog.h $(wildcard capi/*.[ch]) \
	$(shell find core capi -name '*.go' -not -name '*_test.go' -not -path 'capi/size/*')

# The name programs are linked against changes exactly when the ABI does, whatever the release is called.
soname := libposthog.so.$(shell sed -n 's/^const ABIVersion = //p' libposthog.go)

capi_build = CGO_ENABLED=1 go build -trimpath -buildvcs=false
# Paths, the version script's above all, must not leave a trace: -buildid= and no linker build id.
capi_ldflags = -buildid= -B none \
	-extldflags '-Wl,--version-script=$(CURDIR)/capi/libposthog.map -Wl,-soname,$(soname)'

# cgo writes a header of its own beside what it builds. It is not the API, so it stays behind in build/c.
build/libposthog.so: $(capi_sources) capi/libposthog.map
	@mkdir -p build/c
	$(capi_build) -buildmode=c-shared -ldflags "-s -w $(capi_ldflags)" -o build/c/libposthog.so ./capi
	mv build/c/libposthog.so $@

# The same with symbols, to see what it is made of.
build/c/names/libposthog.so: $(capi_sources) capi/libposthog.map
	@mkdir -p $(@D)
	$(capi_build) -buildmode=c-shared -ldflags "-w $(capi_ldflags)" -o $@ ./capi

# One object, so that what is not the API can be made local to it: an archive's members could not hide anything from
# the program without hiding it from each other.
build/libposthog.a: $(capi_sources)
	@mkdir -p build/c
	$(capi_build) -buildmode=c-archive -ldflags "-s -w -buildid=" -o build/c/members.a ./capi
	ld -r --wrap=pthread_getattr_np --wrap=pthread_create --whole-archive build/c/members.a -o build/c/libposthog.o
	objcopy --wildcard --keep-global-symbol='posthog_*' build/c/libposthog.o
	rm -f $@
	ar rcsD $@ build/c/libposthog.o

build/libposthog.pc: capi/libposthog.pc.in capi/rules.mk VERSION FORCE
	@mkdir -p build
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' $< > $@

.PHONY: FORCE lib static install size test-capi test-c

FORCE:

lib: build/libposthog.so ## build the C library: build/libposthog.so

static: build/libposthog.a ## build the static C library: build/libposthog.a

install: build/libposthog.so build/libposthog.a build/libposthog.pc ## install libraries, header and pkg-config file: PREFIX=/usr/local DESTDIR=
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include
	install -m 755 build/libposthog.so $(DESTDIR)$(PREFIX)/lib/libposthog.so.$(VERSION)
	ln -sf libposthog.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/$(soname)
	ln -sf $(soname) $(DESTDIR)$(PREFIX)/lib/libposthog.so
	install -m 644 build/libposthog.a $(DESTDIR)$(PREFIX)/lib/libposthog.a
	install -m 644 include/posthog.h $(DESTDIR)$(PREFIX)/include/posthog.h
	install -m 644 build/libposthog.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/libposthog.pc

size: build/libposthog.so build/c/names/libposthog.so ## how large the C library is, and of what; fails above 10 MB
	@go run ./capi/size build/libposthog.so build/c/names/libposthog.so

test-capi: ## test the driver and the handle table, with the race detector
	go test -race ./capi/...

# The same with its C side under the address and undefined-behaviour sanitizers.
build/c/sanitized/libposthog.so: $(capi_sources) capi/libposthog.map
	@mkdir -p $(@D)
	CGO_CFLAGS="-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all" \
	CGO_LDFLAGS="-fsanitize=address,undefined" \
		$(capi_build) -buildmode=c-shared -ldflags "$(capi_ldflags)" -o $@ ./capi
	ln -sf libposthog.so $(@D)/$(soname)

test-c: build/c/sanitized/libposthog.so ## test the C library as C and C++ programs see it: installed, sanitized, under valgrind; SOAK=1 at full length
	@rm -rf build/c/prefix
	@$(MAKE) install PREFIX=$(CURDIR)/build/c/prefix DESTDIR= >/dev/null
	LIBPOSTHOG_BUILDS=$(CURDIR)/build/c go test -count=1 ./tests/c $(if $(SOAK),-v -soak)
