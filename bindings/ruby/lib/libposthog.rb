# frozen_string_literal: true

require_relative 'libposthog/version'
require_relative 'libposthog/error'
require_relative 'libposthog/client'

# PostHog for Ruby on the shared libposthog core. Requiring this loads no library: the first client does.
module LibPostHog
  class << self
    # @return [Logger, nil] where failures that raise nothing are told; nil, the default, keeps silent
    attr_accessor :logger
  end
end
