# The Ruby binding: its tests, and the conformance corpus through it.

RUBY ?= ruby

.PHONY: test-ruby conformance-ruby ruby-ready

ruby-ready:
	@$(RUBY) -e 'require "ffi"; require "minitest"' 2>/dev/null || \
		{ echo "the Ruby tests need ruby with ffi and minitest (Debian: ruby ruby-ffi ruby-minitest)" >&2; exit 1; }

test-ruby: ruby-ready build/libposthog.so build/posthog-standin ## test the Ruby binding: units, against the stand-in server
	LIBPOSTHOG_PATH=$(abspath build/libposthog.so) $(RUBY) -w -Ibindings/ruby/lib -Ibindings/ruby/test \
		-e 'Dir["bindings/ruby/test/*_test.rb"].sort.each { |file| require File.expand_path(file) }'

conformance-ruby: build/libposthog.so ## run the conformance corpus through the Ruby binding
	@mkdir -p $(RESULTS)
	LIBPOSTHOG_PATH=$(abspath build/libposthog.so) $(RUBY) -w -Ibindings/ruby/lib bindings/ruby/test/conformance.rb $(CASES) $(RESULTS)/ruby.json
