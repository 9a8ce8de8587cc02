# frozen_string_literal: true

# The Ruby binding behind the adapter: a line of standard input is a thing to do, see child.go.

require 'json'
require 'libposthog'

CLIENTS = {} # rubocop:disable Style/MutableConstant
OUTPUT = Mutex.new

ACTIONS = {
  'init' => lambda do |client, given|
    CLIENTS[client] = LibPostHog::Client.new(
      **given.slice(:api_key, :host, :flush_at, :max_retries, :capture_mode, :compression, :disable_geoip,
                    :historical_migration, :headers),
      flush_interval_seconds: given[:flush_interval_ms] / 1000.0,
      debug: true
    )
    {}
  end,
  'capture' => ->(client, given) { { uuid: CLIENTS[client].capture(given) } },
  'capture_ai' => ->(client, given) { { uuid: CLIENTS[client].capture_ai(given) } },
  'flush' => ->(client, _) { { done: CLIENTS[client].flush } },
  'stats' => ->(client, _) { CLIENTS[client].stats },
  'get_feature_flag' => lambda do |client, given|
    key, user = given.values_at(:key, :distinct_id)
    { value: CLIENTS[client].get_feature_flag(key, user, **given.except(:key, :distinct_id)) }
  end,
  'reset' => ->(client, _) { { done: CLIENTS.delete(client).shutdown(timeout: 0) } }
}.freeze

def perform(line)
  number, client, action, text = line.split(' ', 4)
  told = begin
    "ok #{JSON.generate(ACTIONS.fetch(action).call(client, JSON.parse(text, symbolize_names: true)))}"
  rescue StandardError => e
    "error #{e.class}: #{e.message}"
  end
  OUTPUT.synchronize do
    puts "#{number} #{told}"
    $stdout.flush
  end
end

$stdin.each_line { |line| Thread.new { perform(line) } }
