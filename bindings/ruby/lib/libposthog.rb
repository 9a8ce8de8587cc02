# frozen_string_literal: true

require 'ffi'
require 'json'

# PostHog for Ruby on the shared libposthog core. Requiring this loads no library: the first client does.
module LibPostHog
  class << self
    # @return [Logger, nil] where failures that raise nothing are told; nil, the default, keeps silent
    attr_accessor :logger
  end
end

%w[
  version error values library session journal ticker context exceptions autocapture exit definitions options flags
  events feature_flags client
].each { |part| require_relative "libposthog/#{part}" }
