# frozen_string_literal: true

# Measures one client in one scenario and prints one line of JSON: bench.rb CLIENT SCENARIO name=value ...
#
# CLIENT is libposthog, or official, which is posthog-ruby from the checkout on the load path. The scenarios and their
# parameters are those of tests/bench/README.md.

require 'json'

USERS = 100
# Not frozen, since posthog-ruby turns its keys into Symbols in place.
PERSON = { plan: 'pro', country: 'DE', age: 30, email: 'a@x.com' } # rubocop:disable Style/MutableConstant
LOCAL = { person_properties: PERSON, only_evaluate_locally: true }.freeze
# What is told of a user who is asked about: a simple flag needs nothing.
TOLD = { 'simple' => {}.freeze, 'five' => LOCAL }.freeze

# libposthog.
class Libposthog
  def initialize(host, queue, flags)
    require 'libposthog'
    options = { api_key: 'phc_bench', host: host }
    options[:max_queue_size] = queue if queue.positive?
    options[:secret_key] = 'phs_bench' if flags
    @client = LibPostHog::Client.new(options)
  end

  def capture(message) = @client.capture(message)
  def settle = @client.flush(timeout: 120)
  def close = @client.shutdown(timeout: 120)
  def flag(key, user) = @client.get_feature_flag(key, user, **TOLD.fetch(key))
  def all_flags(user) = @client.get_all_flags(user, **LOCAL)
end

# posthog-ruby. Its flush and shutdown take no timeout.
class Official < Libposthog
  def initialize(host, queue, flags)
    require 'posthog'
    PostHog::Logging.logger = Logger.new(File::NULL)
    options = { api_key: 'phc_bench', host: host }
    options[:max_queue_size] = queue if queue.positive?
    options[:personal_api_key] = 'phs_bench' if flags
    @client = PostHog::Client.new(options)
  end

  def settle = @client.flush
  def close = @client.shutdown
end

# An event of ten properties, about 390 bytes.
def event(number)
  {
    distinct_id: "user-#{number % 1000}",
    event: 'order completed',
    properties: {
      amount: 129.99 + number,
      currency: 'EUR',
      items: 3,
      plan: 'pro',
      country: 'DE',
      first: true,
      coupon: nil,
      path: '/checkout/done',
      referrer: 'https://www.example.com/shop/shoes?page=3&sort=price',
      note: 'hello world, this is an ordinary text of an ordinary length, and no more'
    }
  }
end

def nanoseconds = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
def cpu_us = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond) / 1000.0
def memory_mb(field) = File.read('/proc/self/status')[/^#{field}:\s+(\d+)/, 1].to_i / 1024.0

def percentiles(taken)
  ordered = taken.sort
  at = ->(share) { ordered[[(ordered.size * share).to_i, ordered.size - 1].min] / 1000.0 }
  { p50_us: at.(0.5), p99_us: at.(0.99), p999_us: at.(0.999) }
end

def warm_up(client, events)
  events.times { |number| client.capture(event(number)) }
  client.settle
end

def timed(client, number)
  message = event(number)
  before = nanoseconds
  client.capture(message)
  nanoseconds - before
end

def capture(client, n:, warm:, **)
  warm_up(client, warm)
  taken = Array.new(n) { |number| timed(client, number) }
  { wall_us: taken.sum / n / 1000.0, **percentiles(taken) }
end

def fiber(client, **options) = Fiber.new { capture(client, **options) }.resume

def deliver(client, n:, warm:, **)
  warm_up(client, warm)
  started = Time.now.to_f * 1000
  before = cpu_us
  n.times { |number| client.capture(event(number)) }
  client.close
  { started_ms: started, cpu_us: cpu_us - before, peak_rss_mb: memory_mb('VmHWM') }
end

# Yields n times, rate times a second.
def pace(n, rate)
  start = nanoseconds
  Array.new(n) do |number|
    ahead = (start - nanoseconds) / 1e9 + number.to_f / rate
    sleep(ahead) if ahead.positive?
    yield number
  end
end

def steady(client, n:, rate:, warm:, **)
  warm_up(client, warm)
  before = cpu_us
  taken = pace(n, rate) { |number| timed(client, number) }
  client.settle
  { cpu_us: cpu_us - before, events: n, **percentiles(taken) }
end

def nothing(_client, n:, rate:, **)
  before = cpu_us
  pace(n, rate) { |number| event(number) }
  { cpu_us: cpu_us - before, events: n }
end

def ask(users, warm, budget_ms)
  users.first(warm).each { |user| yield user }
  taken = []
  finish = nanoseconds + budget_ms * 1_000_000
  while nanoseconds < finish
    user = users[taken.size % USERS]
    before = nanoseconds
    yield user
    taken << nanoseconds - before
  end
  percentiles(taken)
end

def flags(client, budget_ms:, single:, **)
  users = Array.new(USERS) { |number| "user-#{number}" }
  result = { all_us: ask(users, 20, budget_ms) { |user| client.all_flags(user) }[:p50_us] }
  return result unless single == 1

  %w[simple five].each do |key|
    asked = ask(users, USERS, budget_ms) { |user| client.flag(key, user) }
    result[:"#{key}_us"] = asked[:p50_us]
    result[:"#{key}_p99_us"] = asked[:p99_us]
  end
  result
end

def idle(client, ms:, warm:, before_mb:, **)
  client.flag('simple', 'user-1')
  warm_up(client, warm)
  GC.start
  before = cpu_us
  sleep(ms / 1000.0)
  used = (cpu_us - before) / ms
  resident = memory_mb('VmRSS')
  { idle_cpu_ms: used, rss_mb: resident, rss_added_mb: resident - before_mb }
end

def startup(client, since:, **)
  value = client.flag('simple', 'user-1')
  taken = (nanoseconds - since) / 1e6
  abort 'the first flag was not decided' if value.nil?
  { startup_ms: taken }
end

name, scenario, *pairs = ARGV
parameters = pairs.to_h { |pair| pair.split('=', 2) }.transform_keys(&:to_sym)
host = parameters.delete(:host)
parameters.transform_values!(&:to_i)
before_mb = memory_mb('VmRSS')
since = nanoseconds
needs_flags = %w[flags idle startup].include?(scenario)
client = (name == 'official' ? Official : Libposthog).new(host, parameters.fetch(:queue, 0), needs_flags)
puts JSON.generate(send(scenario, client, before_mb: before_mb, since: since, **parameters))
$stdout.flush
exit!(0) # what is still queued is of no interest
