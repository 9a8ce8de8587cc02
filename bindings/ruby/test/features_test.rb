# frozen_string_literal: true

require 'logger'
require 'stringio'
require 'test_helper'

# What a client offers besides single events: person properties, contexts, immediate events, hooks in a row.
class EventsTest < Minitest::Test
  def memory(**options)
    @memory ||= LibPostHog::Client.new(api_key: 'phc', test_mode: true, **options)
  end

  def properties(posthog = memory)
    posthog.captured.last['properties']
  end

  def test_person_properties_are_set_and_unset
    memory.set(distinct_id: 'u', properties: { plan: 'pro' })
    memory.set_once(distinct_id: 'u', properties: { first: 1 })
    memory.unset(distinct_id: 'u', properties: %w[old])
    memory.identify('distinct_id' => 'u', 'properties' => { a: 1 }, 'set_once' => { b: 2 })
    events = memory.captured
    assert_equal %w[$set $set $set $identify], events.map { |event| event['event'] }
    told = events.map { |event| event['properties'].slice('$set', '$set_once', '$unset') }
    assert_equal [{ 'plan' => 'pro' }, { 'first' => 1 }, %w[old], [{ 'a' => 1 }, { 'b' => 2 }]],
                 [told[0]['$set'], told[1]['$set_once'], told[2]['$unset'], told[3].values_at('$set', '$set_once')]
  end

  def test_ai_events_have_their_own_endpoint
    posthog = client
    posthog.capture_ai(distinct_id: 'u', event: '$ai_generation', properties: { '$ai_model' => 'm' })
    posthog.shutdown
    assert_equal ['/i/v0/ai/batch/'], standin.requests.map { |request| request['path'] }
  end

  def test_an_immediate_event_has_arrived_when_the_call_returns
    posthog = client(flush_interval_seconds: 600)
    sent = [
      posthog.capture_immediate(distinct_id: 'u', event: 'e'),
      posthog.capture_ai_immediate(distinct_id: 'u', event: '$ai_trace'),
      posthog.identify_immediate(distinct_id: 'u', properties: { a: 1 }),
      posthog.alias_immediate(distinct_id: 'u', alias: 7),
      posthog.group_identify_immediate(group_type: 'company', group_key: 5),
      posthog.capture_exception_immediate(RuntimeError.new('x'), 'u', level: 'warning')
    ]
    assert_equal sent, standin.events.map { |event| event['uuid'] }
    posthog.shutdown
  end

  def test_an_immediate_event_that_is_lost_has_no_uuid
    standin.fault({ status: 400 })
    posthog = client
    assert_nil posthog.capture_immediate(distinct_id: 'u', event: 'e')
    assert_equal({ 'rejected_400' => 1 }, posthog.stats['dropped'])
    standin.fault({ action: 'hang' })
    assert_nil posthog.capture_immediate(distinct_id: 'u', event: 'e', timeout: 0.1)
    assert_equal %w[NOT_SENT TIMEOUT], (posthog.drain.map { |record| record['code'] } & %w[NOT_SENT TIMEOUT])
    posthog.shutdown(timeout: 0)
  end

  def test_sync_mode_sends_before_the_call_returns
    posthog = client(sync_mode: true, flush_interval_seconds: 600)
    sent = posthog.capture(distinct_id: 'u', event: 'e')
    assert_equal [sent], standin.events.map { |event| event['uuid'] }
    posthog.shutdown
  end

  def test_sync_mode_with_a_hook_does_too
    posthog = client(sync_mode: true, flush_interval_seconds: 600, before_send: ->(event) { event })
    sent = posthog.capture(distinct_id: 'u', event: 'e')
    assert_equal [sent], standin.events.map { |event| event['uuid'] }
    posthog.shutdown
  end

  def test_a_context_is_on_the_events_of_its_block
    memory.register({ a: 'super', b: 'super' })
    memory.with_context(distinct_id: 'u', session_id: 's', properties: { a: 1, b: 1, c: 1 }) do
      memory.capture(event: 'e', properties: { 'c' => 'own' })
      assert_equal [1, 1, 'own', 's'], properties.values_at('a', 'b', 'c', '$session_id')
      memory.with_context(properties: nil) { memory.capture(event: 'e') }
      assert_equal 1, properties['a']
      memory.with_context(properties: { d: 1 }) { memory.capture(event: 'e') }
      assert_equal [1, 1, 's'], properties.values_at('a', 'd', '$session_id')
      memory.with_context(fresh: true, distinct_id: 'v') { memory.capture(event: 'e') }
      assert_equal ['super', nil, nil], properties.values_at('a', 'd', '$session_id')
      memory.set(properties: { plan: 'pro' })
      memory.capture(event: 'e', distinct_id: 'own')
    end
    memory.capture(event: 'e', distinct_id: 'w')
    assert_equal %w[u u u v u own w], memory.captured.map { |event| event['distinct_id'] }
    refute properties.key?('c')
  end

  def test_a_context_ends_with_its_block_and_belongs_to_its_fiber
    assert_equal(:result, memory.with_context(distinct_id: 'u') { :result })
    assert_raises(ArgumentError) { memory.with_context(distinct_id: 'u') { Integer('x') } }
    assert_nil LibPostHog::Context.current
    memory.with_context(distinct_id: 'u') do
      assert_nil Fiber.new { LibPostHog::Context.current }.resume
      assert_nil Thread.new { LibPostHog::Context.current }.value
    end
  end

  def test_a_context_names_the_user_of_a_snapshot
    memory.override_feature_flags(%w[beta])
    memory.with_context(distinct_id: 'u') { assert_equal 'u', memory.evaluate_flags.distinct_id }
    snapshot = memory.evaluate_flags
    assert_equal [nil, [], false, true],
                 [snapshot.distinct_id, snapshot.keys, snapshot.enabled?('beta'), snapshot.is_enabled(:beta, true)]
    assert_equal [true, false], [true, nil].map { |value| snapshot.enabled?('beta', default_value: value) }
  end

  def test_hooks_run_in_their_order_until_one_drops
    seen = []
    hooks = %w[a b c].map do |name|
      lambda do |event|
        seen << name
        event['properties'][name] = seen.size
        name == 'b' && event['event'] == 'drop' ? nil : event
      end
    end
    posthog = memory(before_send: hooks)
    posthog.capture(distinct_id: 'u', event: 'e')
    assert_equal [1, 2, 3], properties.values_at('a', 'b', 'c')
    assert_nil posthog.capture(distinct_id: 'u', event: 'drop')
    assert_equal %w[a b c a b], seen
  end

  # As the Hash of Rails does, whatever a name is it becomes a String.
  class Indifferent < Hash
    def []=(name, value)
      super(name.to_s, value)
    end
    alias store []=

    def transform_keys = each_with_object(Indifferent.new) { |(name, value), copy| copy[yield(name)] = value }
  end

  def test_attributes_may_come_in_a_hash_of_rails
    attrs = Indifferent.new
    attrs[:distinct_id] = 'u'
    attrs[:event] = 'e'
    attrs[:properties] = Indifferent.new.tap { |own| own[:a] = 1 }
    assert memory.capture(attrs)
    assert_equal 1, properties['a']
    assert_empty memory.drain
  end

  def test_what_is_no_hash_is_refused
    assert_nil memory.capture('purchase')
    assert_nil memory.set(nil)
    assert_equal ['capture: attributes must be a Hash', 'set: attributes must be a Hash'],
                 (memory.drain.map { |record| record['message'] })
  end

  AWKWARD = [
    nil, 1, Float::NAN, Float::INFINITY, :symbol, '', "\xFF", "\xFF".b, "a\0b", Object.new, BasicObject.new, [], {}, [nil],
    { nil => nil }, true, Class, proc {}, 10**400, Time.now, $stdout
  ].freeze

  # Whatever is given in place of whatever: it is taken, or refused by the return value, and never raises.
  def test_no_event_method_raises
    fields = { distinct_id: 'u', event: 'e', alias: 'a', group_type: 'g', group_key: 'k', properties: {} }
    names = fields.keys + %i[groups timestamp uuid flags send_feature_flags set set_once unset disable_geoip timeout]
    given = AWKWARD.flat_map { |value| [value, *names.map { |name| { **fields, name => value } }] }
    methods = LibPostHog::Events.public_instance_methods.grep_v(/exception/)
    answers = methods.product(given).map { |method, attrs| memory.public_send(method, attrs) }
    AWKWARD.each do |value|
      answers << memory.capture_exception(value) << memory.capture_exception('x', value, value)
      answers << memory.capture(distinct_id: value, event: 'e')
    end
    assert_empty answers.compact.map(&:class).uniq - [String]
    stats = memory.stats
    assert_equal stats['accepted'], memory.captured.size + stats['dropped'].values.sum
    assert_operator stats['invalid'], :>, 0
  end

  def test_no_flag_method_raises
    names = LibPostHog::FeatureFlags.const_get(:USER).keys
    %i[get_feature_flag is_feature_enabled get_feature_flag_result get_feature_flag_payload].each do |method|
      AWKWARD.each do |value|
        assert_nil memory.public_send(method, value, 'u')
        assert_nil memory.public_send(method, 'k', value)
        names.each { |name| assert_nil memory.public_send(method, 'k', 'u', name => value) }
      end
    end
    AWKWARD.each do |value|
      assert_empty memory.get_all_flags(value)
      assert_empty memory.evaluate_flags(value).keys
      assert_nil memory.get_remote_config_payload(value)
      memory.set_flag_definitions(value)
      memory.override_feature_flags(value)
      memory.override_feature_flags(nil)
    end
  end

  def test_test_mode_gives_its_events_out_in_their_order
    memory.capture(distinct_id: 'u', event: 'e')
    memory.capture(distinct_id: 'u', event: 'f')
    assert_equal 'e', memory.dequeue_last_message['event']
    assert_equal %w[f], memory.captured.map { |event| event['event'] }
    assert_equal 1, memory.queued_messages
    memory.clear
    assert_nil memory.dequeue_last_message
  end

  def test_a_mechanism_may_have_names_of_either_kind_or_be_nothing
    memory.capture_exception('told', 'u', {}, mechanism: { 'type' => 'rails', handled: false, 'more' => 1 })
    memory.capture_exception(IOError.new('shown'), 'u', {}, mechanism: nil)
    told, shown = memory.captured.map { |event| event['properties']['$exception_list'].first['mechanism'] }
    assert_equal({ 'type' => 'rails', 'handled' => false, 'more' => 1, 'exception_id' => 0, 'synthetic' => true }, told)
    assert_equal({ 'type' => 'generic', 'handled' => true, 'exception_id' => 0, 'synthetic' => false }, shown)
  end

  def test_a_message_id_is_the_older_name_of_a_uuid
    ids = Array.new(2) { |number| "0190f5a4-0000-7000-8000-00000000000#{number}" }
    assert_equal ids[0], memory.capture(distinct_id: 'u', event: 'e', message_id: ids[0])
    assert_equal ids[1], memory.alias(distinct_id: 'u', alias: 'v', 'message_id' => ids[0], uuid: ids[1])
    assert_empty memory.drain
  end

  def test_events_name_the_release_the_environment_names
    ENV['POSTHOG_RELEASE_ID'] = ' 2026-11 '
    posthog = client(test_mode: true, super_properties: { team: 'growth' })
    ENV.delete('POSTHOG_RELEASE_ID')
    posthog.capture(distinct_id: 'u', event: 'e')
    posthog.capture(distinct_id: 'u', event: 'e', properties: { '$release_id' => 'own' })
    named = posthog.captured.map { |event| event['properties'].values_at('$release_id', 'team') }
    assert_equal [%w[2026-11 growth], %w[own growth]], named
  ensure
    ENV.delete('POSTHOG_RELEASE_ID')
  end

  def test_a_client_says_whether_it_takes_events
    assert_predicate memory, :enabled?
    memory.opt_out
    refute_predicate memory, :enabled?
    memory.opt_in
    assert_predicate memory, :enabled?
    memory.shutdown
    refute_predicate memory, :enabled?
    refute_predicate LibPostHog::Client.new(api_key: ' '), :enabled?
    refute_predicate LibPostHog::Client.new(api_key: 'phc', disabled: true), :enabled?
  end
end

# Everything there is to say: drain, the log, on_error.
class JournalTest < Minitest::Test
  def teardown
    LibPostHog.logger = nil
  end

  def test_losses_are_told_to_on_error
    standin.fault({ status: 401 })
    told = []
    posthog = client(on_error: ->(status, message) { told << [status, message] }, max_queue_size: 2)
    3.times { posthog.capture(distinct_id: 'u', event: 'e') }
    posthog.flush
    assert_equal [[-1, 'queue_full'], [401, 'rejected_401']],
                 (told.map { |status, message| [status, message[/\A(queue_full|rejected_401): .+/, 1]] } & [
                   [-1, 'queue_full'], [401, 'rejected_401']
                 ])
    drops = posthog.drain.select { |record| record['kind'] == 'drop' }
    assert_equal %w[queue_full rejected_401], drops.map { |record| record['reason'] }.sort
    posthog.shutdown
  end

  def test_on_error_is_called_while_nobody_calls_the_client
    standin.fault({ status: 400 })
    told = Thread::Queue.new
    posthog = client(on_error: ->(*given) { told << given }, flush_interval_seconds: 0)
    posthog.capture(distinct_id: 'u', event: 'e')
    wait_until('call of on_error') { !told.empty? }
    assert_equal 400, told.pop.first
    posthog.shutdown
  end

  def test_an_on_error_that_raises_or_calls_back_does_no_harm
    standin.fault({ status: 400 }, { status: 400 })
    posthog = nil
    posthog = client(on_error: lambda { |*|
      posthog.flush
      raise 'no'
    })
    2.times do
      posthog.capture(distinct_id: 'u', event: 'e')
      assert posthog.flush
    end
    posthog.shutdown
    assert(posthog.drain.any? { |record| record['message'] == 'on_error: RuntimeError' })
  end

  def test_the_log_tells_what_the_library_records
    standin.fault({ status: 400 })
    log = StringIO.new
    LibPostHog.logger = Logger.new(log, level: :warn, formatter: ->(severity, _, _, text) { "#{severity} #{text}\n" })
    posthog = client
    posthog.capture(distinct_id: 'u', event: 'e')
    posthog.shutdown
    assert_match(/libposthog: rejected_400: /, log.string)
  end

  def test_a_flood_of_notes_is_bounded_and_counted
    journal = LibPostHog::Journal.new
    3.times { journal.note(:capture, 'VALUE', 'the same') }
    2000.times { |number| journal.note(:capture, 'VALUE', "note #{number}") }
    records = journal.take
    assert_equal [LibPostHog::Journal::SIZE, 'capture: note 1999'], [records.size, records.last['message']]
    assert_empty journal.take
    2.times { journal.note(:capture, 'VALUE', 'the same') }
    assert_equal([2], journal.take.map { |record| record['count'] })
  end
end

# Flag definitions shared through a provider.
class DefinitionsTest < Minitest::Test
  DOCUMENT = { 'flags' => [{ 'id' => 1, 'key' => 'shared', 'active' => true, 'filters' => {
    'groups' => [{ 'properties' => [], 'rollout_percentage' => 100 }]
  } }] }.freeze

  # Records what it is asked.
  class Provider
    attr_reader :received, :closed
    attr_accessor :fetches, :stored

    def initialize(fetches:, stored: nil)
      @fetches = fetches
      @stored = stored
      @received = []
      @closed = 0
    end

    def should_fetch_flag_definitions? = @fetches.respond_to?(:call) ? @fetches.call : @fetches
    def flag_definitions = @stored.respond_to?(:call) ? @stored.call : @stored
    def on_flag_definitions_received(data) = @received << data
    def shutdown = @closed += 1
  end

  # The other words for the same.
  class OldNames
    def should_fetch_flag_definitions = false
    def get_flag_definitions = DOCUMENT # rubocop:disable Naming/AccessorMethodName
    def on_flag_definitions_received(_data) = nil
    def shutdown = nil
  end

  def with(provider, **options)
    client(flag_definition_cache_provider: provider, only_evaluate_locally: true, feature_flags_polling_interval: 0.05,
           **options)
  end

  def requests
    standin.requests.map { |request| request['path'] }.grep(%r{/flags/definitions})
  end

  def test_the_one_that_fetches_stores_what_changed
    provider = Provider.new(fetches: true)
    posthog = with(provider, secret_key: SECRET_KEY)
    assert posthog.wait_for_local_evaluation_ready
    assert_equal true, posthog.get_feature_flag('new-checkout', 'u')
    wait_until('second request') { requests.size >= 2 }
    posthog.shutdown
    assert_equal [1, true, 1], [provider.received.size, provider.received.first[:flags].is_a?(Array), provider.closed]
  end

  def test_the_others_read_and_follow_without_a_request
    provider = Provider.new(fetches: false, stored: DOCUMENT)
    posthog = with(provider)
    assert posthog.wait_for_local_evaluation_ready
    assert_equal true, posthog.get_feature_flag('shared', 'u')
    provider.stored = { 'flags' => [] }
    wait_until('new definitions') { posthog.get_feature_flag('shared', 'u').nil? }
    provider.stored = nil # what is at hand stays
    posthog.shutdown
    assert_empty requests
  end

  def test_the_other_names_are_understood
    posthog = with(OldNames.new)
    assert posthog.wait_for_local_evaluation_ready
    assert_equal true, posthog.get_feature_flag('shared', 'u')
    posthog.shutdown
  end

  def test_a_provider_that_has_nothing_leaves_it_to_the_service
    posthog = with(Provider.new(fetches: false), secret_key: SECRET_KEY)
    assert posthog.wait_for_local_evaluation_ready
    posthog.shutdown
    refute_empty requests
  end

  def test_a_provider_that_raises_costs_a_note
    raising = -> { raise IOError, 'secret' }
    posthog = with(Provider.new(fetches: raising, stored: raising), secret_key: SECRET_KEY)
    assert posthog.wait_for_local_evaluation_ready
    posthog.shutdown
    told = posthog.drain.map { |record| record['message'] }
    assert_includes told, 'flag_definition_cache_provider: IOError'
  end

  def test_definitions_go_from_client_to_client
    source = client(definitions: 'push', only_evaluate_locally: true)
    assert_nil source.get_flag_definitions
    source.set_flag_definitions(JSON.generate(DOCUMENT))
    target = client(definitions: 'push', only_evaluate_locally: true)
    target.set_flag_definitions(source.get_flag_definitions)
    assert_equal true, target.get_feature_flag(:shared, :u)
    [source, target].each(&:shutdown)
  end
end

# Exceptions nobody rescues. Each program is a process of its own: the patch of Thread stays there.
class AutocaptureTest < Minitest::Test
  START = <<~'RUBY'
    $stderr = StringIO.new if ARGV[2] == 'quiet'
    posthog = LibPostHog::Client.new(api_key: ARGV[0], host: ARGV[1], enable_exception_autocapture: true)
  RUBY

  def crashed(program)
    Open3.capture3('timeout', '30', RbConfig.ruby, "-I#{File.join(ROOT, 'bindings/ruby/lib')}", '-rlibposthog',
                   '-rstringio', '-e', START + program, standin.token, standin.url)
  end

  def listed
    standin.events.map do |event|
      first = event['properties']['$exception_list'].first
      [first['type'], event['properties']['$exception_level'], event['properties']['$exception_source'],
       first['mechanism']['handled']]
    end
  end

  def test_what_ends_the_process
    _, errors, status = crashed("begin; Integer('x'); rescue ArgumentError; raise 'the end'; end")
    assert_equal 1, status.exitstatus
    assert_includes errors, 'the end (RuntimeError)'
    assert_equal [['RuntimeError', 'fatal', 'ruby.at_exit', false]], listed
    chain = standin.events.first['properties']['$exception_list']
    assert_equal [%w[RuntimeError ArgumentError], [nil, 0]],
                 [chain.map { |entry| entry['type'] }, chain.map { |entry| entry['mechanism']['parent_id'] }]
  end

  def test_what_ends_a_thread
    _, errors, status = crashed(<<~'RUBY')
      Thread.new(1, key: 2) { |one, key:| raise KeyError, "#{one} #{key}" }.join rescue nil
      Thread.start { raise IOError, 'started' }.join rescue nil
      Thread.new { Thread.current.report_on_exception = false; raise 'told to join' }.join rescue nil
      Thread.new { Thread.exit }.join
      p Thread.new([1, 2]) { |a, b| [b, a] }.value
    RUBY
    assert_predicate status, :success?
    assert_includes errors, '1 2 (KeyError)'
    assert_equal [['KeyError', 'error', 'ruby.thread', false], ['IOError', 'error', 'ruby.thread', false]], listed
  end

  def test_what_was_captured_before_or_is_no_failure_is_not_captured
    crashed("begin; raise 'seen'; rescue RuntimeError; posthog.capture_exception; raise; end")
    crashed('exit 3')
    crashed("Process.kill('TERM', Process.pid); sleep")
    assert_equal [['RuntimeError', 'error', nil, true]], listed
  end

  def test_a_flood_is_bounded_by_class
    crashed(<<~'RUBY')
      $stderr = StringIO.new
      20.times { Thread.new { raise IOError }.join rescue nil }
      3.times { Thread.new { raise KeyError }.join rescue nil }
    RUBY
    assert_equal({ 'IOError' => 10, 'KeyError' => 3 }, listed.map(&:first).tally)
  end

  def test_a_class_gets_one_more_every_ten_seconds
    limit = LibPostHog::Autocapture::Limit.new
    assert_equal 10, (Array.new(20) { limit.take(IOError, 100.0) }.count(true))
    assert_equal [false, true, false], [109.9, 110.1, 110.2].map { |now| limit.take(IOError, now) }
    assert_equal 10, (Array.new(20) { limit.take(IOError, 1000.0) }.count(true))
    assert limit.take(KeyError, 1000.0)
  end

  def test_without_the_option_nothing_is_patched
    program = "LibPostHog::Client.new(api_key: 'phc', mode: 'off'); print Thread.ancestors.first, " \
              'Thread.singleton_class.ancestors.first'
    assert_equal 'Thread#<Class:Thread>', run_program(program)
  end
end
