# frozen_string_literal: true

# Answers every line of its input with the flag's value as it is now and the records about it.

require "json"
require "libposthog"

posthog = LibPostHog::Client.new(
  api_key: ENV.fetch("POSTHOG_API_KEY"),
  host: ENV.fetch("POSTHOG_HOST"),
  secret_key: ENV.fetch("POSTHOG_SECRET_KEY"),
  feature_flags_polling_interval: Integer(ENV.fetch("POLL_MS")) / 1000.0
)
$stdout.sync = true
$stdin.each_line do
  value = posthog.get_feature_flag("new-checkout", "user", only_evaluate_locally: true)
  puts JSON.generate(value: value, records: { records: posthog.drain })
end
posthog.shutdown
