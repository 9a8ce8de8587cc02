# The Ruby binding: its tests, and the conformance corpus through it.

RUBY ?= ruby

.PHONY: test-ruby soak-ruby conformance-ruby ruby-ready

ruby-ready:
	@$(RUBY) -e 'require "ffi"; require "minitest"; require "rbs"' 2>/dev/null && puma --version >/dev/null || \
		{ echo "the Ruby tests need ruby with ffi, minitest, rbs, and puma (Debian: ruby ruby-ffi ruby-minitest puma)" >&2; exit 1; }

ruby_test = LIBPOSTHOG_PATH=$(abspath build/libposthog.so) $(RUBY) -w -Ibindings/ruby/lib -Ibindings/ruby/test

# The second run compares every call of the client's tests with the signatures. Left out are those that pass what the
# signatures forbid, and two that rbs 2.1 takes amiss: it reads a Hash in the last place as keywords.
test-ruby: ruby-ready build/libposthog.so build/posthog-standin ## test the Ruby binding: units, against the stand-in server
	$(ruby_test) -e 'Dir["bindings/ruby/test/*_test.rb"].sort.each { |file| require File.expand_path(file) }'
	RUBYOPT=-rrbs/test/setup RBS_TEST_TARGET='LibPostHog::*' RBS_TEST_OPT='-I bindings/ruby/sig' RBS_TEST_LOGLEVEL=error \
		$(ruby_test) bindings/ruby/test/client_test.rb -e '/message_alone|chain_arrives/'

soak-ruby: ruby-ready build/libposthog.so build/posthog-standin ## the Ruby binding's fork, thread and memory tests at full length
	SOAK=1 $(ruby_test) -e '%w[fork load].each { |name| require File.expand_path("bindings/ruby/test/#{name}_test.rb") }' -- -v

conformance-ruby: build/libposthog.so ## run the conformance corpus through the Ruby binding
	@mkdir -p $(RESULTS)
	LIBPOSTHOG_PATH=$(abspath build/libposthog.so) $(RUBY) -w -Ibindings/ruby/lib bindings/ruby/test/conformance.rb $(CASES) $(RESULTS)/ruby.json
