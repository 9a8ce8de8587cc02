# frozen_string_literal: true

# Performs the scenario through posthog-ruby, official or ours: driver.rb SCENARIO URL SIDE ANSWERS
#
# Both sides run the same code: switching is changing a require and a name. Where posthog-ruby has no word for what the
# scenario asks, its answer is the NoMethodError.

require 'bigdecimal'
require 'date'
require 'json'
require 'set'
require 'time'

# Everything a client needs to send at once and ask for nothing by itself.
QUIET = {
  flush_interval_seconds: 60, feature_flags_polling_interval: 3600, max_retries: 0, compress_request: false
}.freeze

Order = Struct.new(:total, :lines)

# An object without a text of its own.
class Plain; end

# One that raises when shown.
class Hostile
  def to_s = raise('no text for you')
  alias inspect to_s
end

def cycle
  loop = { 'name' => 'loop' }
  loop['self'] = loop
end

VALUES = {
  'time' => ->(text) { Time.parse(text.match?(/Z|[+-]\d\d:\d\d\z/) ? text : "#{text}Z") },
  'date' => ->(text) { Date.iso8601(text) },
  'duration' => ->(seconds) { seconds },
  'decimal' => ->(text) { BigDecimal(text) },
  'uuid' => ->(text) { text },
  'float' => ->(text) { { 'nan' => Float::NAN, 'inf' => Float::INFINITY }.fetch(text) { Float(text) } },
  'integer' => ->(text) { Integer(text) },
  'digits' => ->(count) { 10**(count - 1) },
  'bytes' => ->(hex) { [hex].pack('H*') },
  'set' => ->(items) { Set.new(items) },
  'record' => ->(_) { Order.new(12.5, [1, 2]) },
  'symbol' => ->(_) { :symbol },
  'cycle' => ->(_) { cycle },
  'object' => ->(_) { Plain.new },
  'hostile' => ->(_) { Hostile.new },
  'deep' => ->(levels) { levels.times.reduce([]) { |nested, _| [nested] } }
}.freeze

# A value of the scenario as Ruby has it.
def built(value)
  case value
  when Array then value.map { |item| built(item) }
  when Hash then value.key?('$') ? VALUES.fetch(value['$']).call(value['of']) : value.transform_values { |v| built(v) }
  else value
  end
end

# An official hook sees symbols where ours sees the event as it is sent.
def scrub(event)
  name = event['event'] || event[:event]
  raise 'of the hook' if name == 'raise'

  properties = event['properties'] || event[:properties]
  properties.delete('secret')
  properties.delete(:secret)
  name == 'drop me' ? nil : event
end

def raised
  Integer('none')
rescue ArgumentError
  begin
    raise IndexError, 'no such thing'
  rescue IndexError => e
    e
  end
end

# What a flag method returns, as JSON.
def told(answer)
  return answer unless answer.respond_to?(:variant)

  { key: answer.key, enabled: answer.enabled?, variant: answer.variant, payload: answer.payload }
end

# One case with one library.
class Run
  # The scenario's words, and Ruby's.
  RENAMED = {
    'feature_enabled' => :is_feature_enabled, 'load_feature_flags' => :reload_feature_flags,
    'feature_flags_loaded' => :feature_flags_loaded?, 'enabled' => :enabled?
  }.freeze
  ATTRIBUTES = %w[capture capture_ai identify set set_once alias group_identify].freeze
  SILENT = %w[load_feature_flags clear].freeze

  attr_reader :client

  def initialize(kind, url, token, options)
    options = { **QUIET, **options.transform_keys(&:to_sym) }
    options[:secret_key] = 'phs_standin' if options[:secret_key]
    options[:before_send] = method(:scrub).to_proc if options[:before_send]
    @client = kind.new(api_key: token, host: url, **options)
  end

  def answer(step)
    fields = step.except('do').to_h { |name, value| [name.to_sym, name == 'read' ? value : built(value)] }
    answer = told(perform(step['do'], fields))
    SILENT.include?(step['do']) ? nil : answer
  rescue StandardError => e
    { raised: e.class.name }
  end

  private

  def perform(name, fields)
    return client.public_send(name, fields) if ATTRIBUTES.include?(name)

    case name
    when 'capture_exception'
      exception = fields[:raise] == 'text' ? 'told in words' : raised
      how = fields.key?(:mechanism) ? { mechanism: fields[:mechanism] } : {}
      client.capture_exception(exception, fields[:distinct_id], fields.fetch(:properties, {}), **how)
    when 'evaluate_flags' then snapshot(**fields)
    else
      positional = fields.values_at(:key, :distinct_id).compact
      client.public_send(RENAMED.fetch(name, name), *positional, **fields.except(:key, :distinct_id))
    end
  end

  def snapshot(distinct_id:, read:, then_capture: nil, **options)
    flags = client.evaluate_flags(distinct_id, **options)
    values = read.map { |key| flags.get_flag(key) }
    payloads = read.map { |key| flags.get_flag_payload(key) }
    uuids = [[then_capture, flags.only_accessed], ["#{then_capture} all", flags]].map do |event, chosen|
      client.capture(distinct_id: distinct_id, event: event, flags: chosen) if then_capture
    end
    [flags.keys.sort, values, payloads, uuids.compact, members(flags, read)]
  end

  # What else a snapshot of posthog-ruby says.
  def members(flags, read)
    {
      enabled: read.map { |key| flags.enabled?(key) }, default: flags.enabled?('none', default_value: true),
      distinct_id: flags.distinct_id, groups: flags.groups, request_id: flags.request_id,
      evaluated: !flags.evaluated_at.nil?, loaded: !flags.flag_definitions_loaded_at.nil?,
      only: [flags.only(read).keys, flags.only(read.first.to_s).keys, flags.only_accessed.keys]
    }
  end
end

def library(side)
  if side == 'ours'
    require 'libposthog'
    return LibPostHog::Client
  end

  require 'posthog'
  PostHog::Logging.logger = Logger.new(File::NULL)
  PostHog::Client
end

scenario, url, side, answers = ARGV
kind = library(side)
cases = JSON.parse(File.read(scenario, encoding: 'UTF-8'))['cases']
cases.select! { |test| test.fetch('languages', %w[ruby]).include?('ruby') }
told_by_case = cases.to_h do |test|
  run = Run.new(kind, url, "phc_#{side}_#{test['id']}", test.fetch('options', {}))
  answers = test['steps'].map { |step| run.answer(step) }
  run.client.shutdown
  [test['id'], answers]
end
File.write(ARGV[3], JSON.generate(told_by_case, max_nesting: 0))
