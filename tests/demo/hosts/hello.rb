# frozen_string_literal: true

# The demo, from Ruby: captures, asks for flags, and prints what it saw as one line of JSON.

require "json"
require "libposthog"

FLAGS = %w[new-checkout beta-dashboard button-color pro-plan].freeze

posthog = LibPostHog::Client.new(
  api_key: ENV.fetch("POSTHOG_API_KEY"),
  host: ENV.fetch("POSTHOG_HOST"),
  secret_key: ENV.fetch("POSTHOG_SECRET_KEY")
)
posthog.reload_feature_flags
answers = (1..4).to_h do |number|
  user = "user-#{number}"
  plan = number.even? ? "pro" : "free"
  posthog.identify(distinct_id: user, properties: { plan: plan })
  5.times do |item|
    posthog.capture(distinct_id: user, event: "item bought", properties: { item: item, price: 9.5 })
  end
  [user, FLAGS.to_h { |key| [key, posthog.get_feature_flag(key, user, person_properties: { plan: plan })] }]
end
posthog.flush
stats = posthog.stats
posthog.shutdown

puts JSON.generate(captured: stats["accepted"], delivered: stats["delivered"], flags: answers)
