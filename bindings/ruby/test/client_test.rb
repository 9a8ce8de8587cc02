# frozen_string_literal: true

require 'logger'
require 'stringio'
require 'test_helper'

# The client against the stand-in server.
class ClientTest < Minitest::Test
  def test_an_event_arrives_as_it_was_captured
    posthog = client
    sent = posthog.capture(
      distinct_id: 'user-1', event: 'bought', properties: { price: 323.0 }, groups: { company: 'acme' }
    )
    assert posthog.shutdown
    event, = standin.events
    assert_equal [sent, 'bought', 'user-1'], event.values_at('uuid', 'event', 'distinct_id')
    assert_equal [323.0, { 'company' => 'acme' }, 'libposthog-ruby', LibPostHog::VERSION],
                 event['properties'].values_at('price', '$groups', '$lib', '$lib_version')
    assert_includes standin.requests.first['body'], '"price":323.0'
  end

  def test_two_captures_and_a_shutdown_make_one_request
    posthog = client
    2.times { posthog.capture('distinct_id' => 'u', 'event' => 'e') }
    posthog.shutdown
    assert_equal 1, standin.requests.size
    assert_equal 2, posthog.stats['delivered']
  end

  def test_every_kind_of_event_arrives
    posthog = client
    posthog.identify(distinct_id: 'u', properties: { plan: 'pro' })
    posthog.alias(distinct_id: 'u', alias: 'v')
    posthog.group_identify(group_type: 'company', group_key: 5, properties: { size: 9 })
    posthog.shutdown
    events = standin.events.to_h { |event| [event['event'], event] }
    assert_equal({ 'plan' => 'pro' }, events['$identify']['properties']['$set'])
    assert_equal %w[u v], events['$create_alias']['properties'].values_at('distinct_id', 'alias')
    assert_equal ['company', '5', { 'size' => 9 }],
                 events['$groupidentify']['properties'].values_at('$group_type', '$group_key', '$group_set')
    assert_equal '$company_5', events['$groupidentify']['distinct_id']
  end

  def test_the_callers_uuid_and_time_are_kept
    own = '0190f5a4-0000-7000-8000-000000000001'
    posthog = client
    sent = posthog.capture(distinct_id: 42, event: 'e', uuid: own, timestamp: Time.new(2026, 8, 1, 12, 0, 0, '+02:00'))
    posthog.shutdown
    assert_equal own, sent
    assert_includes standin.requests.first['body'], '"timestamp":"2026-08-01T10:00:00.000Z"'
    assert_equal '42', standin.events.first['distinct_id']
  end

  def test_super_properties_come_and_go
    posthog = client(super_properties: { a: 1, b: 1 })
    posthog.register({ c: 3 })
    posthog.unregister('b')
    posthog.capture(distinct_id: 'u', event: 'e', properties: { a: 'own' })
    posthog.shutdown
    assert_equal ['own', nil, 3], standin.events.first['properties'].values_at('a', 'b', 'c')
  end

  def test_bad_values_neither_raise_nor_stop_the_event
    log = StringIO.new
    LibPostHog.logger = Logger.new(log, formatter: ->(_, _, _, message) { "#{message}\n" }, level: :warn)
    posthog = client
    properties = { good: 1, bad: Object.new, nan: Float::NAN }
    assert posthog.capture(distinct_id: 'u', event: 'e', properties: properties, extra: 1)
    assert_nil posthog.capture(distinct_id: 'u', event: '')
    assert_nil posthog.alias(distinct_id: 'u', alias: nil)
    assert_equal 2, posthog.stats['invalid']
    posthog.shutdown
    assert_equal [1, nil, nil], standin.events.first['properties'].values_at('good', 'bad', 'nan')
    assert_equal [
      'libposthog: capture: ARGUMENT: unknown attribute extra',
      'libposthog: capture: VALUE: properties.bad: a Object is no JSON value',
      'libposthog: capture: INVALID_ARGUMENT: event must be a non-empty string',
      'libposthog: alias: INVALID_ARGUMENT: alias must be a non-empty string'
    ], log.string.lines(chomp: true)
  ensure
    LibPostHog.logger = nil
  end

  def test_debug_raises
    posthog = client(debug: true)
    error = assert_raises(LibPostHog::Error) { posthog.capture(distinct_id: 'u', event: '') }
    assert_equal 'INVALID_ARGUMENT', error.code
    posthog.shutdown
  end

  def test_every_loss_is_in_the_ledger_and_in_drain
    standin.fault({ status: 400 }, repeat: true)
    posthog = client(max_queue_size: 2)
    kept = Array.new(3) { |number| posthog.capture(distinct_id: 'u', event: "e#{number}") }
    assert_equal [true, true, false], kept.map { |uuid| !uuid.nil? }
    posthog.shutdown
    stats = posthog.stats
    assert_equal [3, 0, { 'queue_full' => 1, 'rejected_400' => 2 }], stats.values_at('accepted', 'delivered', 'dropped')
    drops = posthog.drain.select { |record| record['kind'] == 'drop' }
    assert_equal stats['dropped'], drops.to_h { |record| record.values_at('reason', 'count') }
  end

  def test_after_shutdown_nothing_is_accepted
    posthog = client
    assert posthog.shutdown
    assert posthog.shutdown
    assert_nil posthog.capture(distinct_id: 'u', event: 'late')
    refute posthog.flush
    assert_empty standin.events
  end

  def test_flush_gives_up_at_its_timeout_and_keeps_the_events
    standin.fault({ status: 503, headers: { 'Retry-After' => '1' } }, {})
    posthog = client
    posthog.capture(distinct_id: 'u', event: 'e')
    refute posthog.flush(timeout: 0.1)
    assert posthog.flush
    assert_equal 1, standin.events.size
    posthog.shutdown
  end

  def test_opting_out_is_counted
    posthog = client
    posthog.set_enabled(false)
    assert_nil posthog.capture(distinct_id: 'u', event: 'e')
    posthog.set_enabled(true)
    assert posthog.capture(distinct_id: 'u', event: 'f')
    assert_equal({ 'opted_out' => 1 }, posthog.stats['dropped'])
    posthog.shutdown
    assert_equal ['f'], standin.events.map { |event| event['event'] }
  end

  def test_a_client_shows_no_keys
    posthog = LibPostHog::Client.new(api_key: 'phc_shown', secret_key: 'phs_shown', test_mode: true)
    refute_match(/ph[cs]_shown/, posthog.inspect)
  end

  def test_without_a_key_every_call_is_safe
    [nil, '', '  '].each do |key|
      posthog = LibPostHog::Client.new(api_key: key, debug: true)
      assert_nil posthog.capture(distinct_id: 'u', event: 'e')
      assert_nil posthog.get_feature_flag('k', 'u')
      assert_equal({}, posthog.get_all_flags('u'))
      assert posthog.shutdown
    end
  end

  def test_test_mode_keeps_events
    posthog = LibPostHog::Client.new(api_key: 'phc', test_mode: true)
    posthog.capture(distinct_id: 'u', event: 'e', properties: { a: 1 })
    assert_equal 1, posthog.queued_messages
    assert_equal 1, posthog.captured.first['properties']['a']
    posthog.clear
    assert_equal 0, posthog.queued_messages
    posthog.shutdown
  end

  def test_many_threads_capture_and_one_shuts_down
    posthog = client
    threads = Array.new(8) { Thread.new { Array.new(100) { posthog.capture(distinct_id: 'u', event: 'e') } } }
    posthog.shutdown
    accepted = threads.flat_map(&:value).compact
    assert_equal accepted.sort, standin.events.map { |event| event['uuid'] }.sort
  end

  def test_a_call_from_a_fiber_works
    posthog = client
    uuid = Fiber.new { posthog.capture(distinct_id: 'u', event: 'e') }.resume
    posthog.shutdown
    assert_equal [uuid], standin.events.map { |event| event['uuid'] }
  end
end

# The hook sees every event, changes it, drops it, and fails closed.
class BeforeSendTest < Minitest::Test
  def test_it_changes_and_drops
    hook = lambda do |event|
      event['properties'].delete('secret')
      event['event'] == 'drop me' ? nil : event
    end
    posthog = client(before_send: hook)
    kept = posthog.capture(distinct_id: 'u', event: 'keep me', properties: { secret: 's', open: 1 })
    assert_nil posthog.capture(distinct_id: 'u', event: 'drop me')
    posthog.identify(distinct_id: 'u', properties: { a: 1 })
    assert_equal({ 'before_send' => 1 }, posthog.stats['dropped'])
    posthog.shutdown
    first, second = standin.events
    assert_equal [kept, 1, nil], [first['uuid'], *first['properties'].values_at('open', 'secret')]
    assert_equal '$identify', second['event']
  end

  def test_one_that_raises_or_returns_something_else_drops_the_event
    posthog = client(before_send: ->(event) { event['event'] == 'raise' ? raise('secret') : 'no event' })
    assert_nil posthog.capture(distinct_id: 'u', event: 'raise')
    assert_nil posthog.capture(distinct_id: 'u', event: 'return')
    assert_equal({ 'before_send' => 2 }, posthog.stats['dropped'])
    posthog.shutdown
    assert_empty standin.events
  end

  def test_it_sees_exposures
    seen = []
    posthog = client(secret_key: SECRET_KEY, before_send: lambda { |event|
      seen << event['properties']['$feature_flag']
      event
    })
    2.times { assert_equal true, posthog.get_feature_flag('new-checkout', 'u') }
    posthog.evaluate_flags('u', flag_keys: %w[button-color new-checkout]).enabled?('button-color')
    posthog.shutdown
    assert_equal %w[new-checkout button-color], seen
    assert_equal 2, standin.events.size
  end

  def test_it_must_respond_to_call
    error = assert_raises(LibPostHog::Error) { LibPostHog::Client.new(api_key: 'phc', before_send: 'hook') }
    assert_equal 'INVALID_ARGUMENT', error.code
  end
end

class ExceptionsTest < Minitest::Test
  class Hostile < StandardError
    def message = raise(NotImplementedError, 'no text for you')
  end

  def memory
    @memory ||= LibPostHog::Client.new(api_key: 'phc', test_mode: true)
  end

  def teardown
    memory.shutdown
  end

  def failure
    {}.fetch('missing')
  rescue KeyError
    raise ArgumentError, 'no such thing'
  end

  def test_a_chain_arrives_with_its_frames
    posthog = client
    begin
      failure
    rescue ArgumentError => e
      sent = posthog.capture_exception(e, 'u', { a: 1 })
    end
    posthog.shutdown
    event, = standin.events
    assert_equal ['$exception', sent, 1], [event['event'], event['uuid'], event['properties']['a']]
    caught, cause = event['properties']['$exception_list']
    assert_equal ['ArgumentError', 'no such thing', 'KeyError'], [caught['type'], caught['value'], cause['type']]
    last = caught['stacktrace']['frames'].last
    assert_includes last['function'], 'failure'
    assert_equal ['client_test.rb', true], last.values_at('filename', 'in_app')
    assert_equal "raise ArgumentError, 'no such thing'", last['context_line'].strip
    assert_equal [5, 5], last.values_at('pre_context', 'post_context').map(&:size)
  end

  def test_a_message_alone_is_an_exception_too
    memory.capture_exception('out of paper')
    properties = memory.captured.first['properties']
    assert_equal %w[Error], properties['$exception_list'].map { |entry| entry['type'] }
    assert_equal false, properties['$process_person_profile']
    assert_nil memory.capture_exception(42)
  end

  def test_an_exception_that_cannot_be_shown_is_captured_all_the_same
    memory.capture_exception(Hostile.new, 'u')
    assert_equal '', memory.captured.first['properties']['$exception_list'].first['value']
  end

  def test_endless_recursion_is_cut
    recurse = ->(again) { again.call(again) }
    begin
      recurse.call(recurse)
    rescue SystemStackError => e
      memory.capture_exception(e, 'u')
    end
    assert_equal 64, memory.captured.first['properties']['$exception_list'].first['stacktrace']['frames'].size
  end
end

# The flags of the stand-in's demo document.
class FlagsTest < Minitest::Test
  def posthog
    @posthog ||= client(secret_key: SECRET_KEY, debug: true)
  end

  def teardown
    posthog.shutdown
  end

  def test_values_are_local_and_reported_once
    assert_equal true, posthog.get_feature_flag('new-checkout', 'u')
    assert_equal true, posthog.is_feature_enabled('new-checkout', 'u')
    assert_includes %w[red green blue], posthog.get_feature_flag('button-color', 'u')
    assert_equal true, posthog.is_feature_enabled('pro-plan', 'u', person_properties: { plan: 'pro' })
    assert_equal false, posthog.is_feature_enabled('pro-plan', 'u', person_properties: { plan: 'free' })
    posthog.shutdown
    called = standin.events.select { |event| event['event'] == '$feature_flag_called' }
    assert_equal %w[new-checkout button-color pro-plan pro-plan],
                 (called.map { |event| event['properties']['$feature_flag'] })
  end

  def test_an_undecided_flag_is_nil
    assert_nil posthog.get_feature_flag('pro-plan', 'u', only_evaluate_locally: true)
    assert_nil posthog.is_feature_enabled('pro-plan', 'u', only_evaluate_locally: true)
    assert_nil posthog.get_feature_flag_result('pro-plan', 'u', only_evaluate_locally: true)
  end

  def test_payloads_are_decoded
    assert_equal({ 'steps' => 1 }, posthog.get_feature_flag_payload('new-checkout', 'u'))
    assert_equal({ 'hex' => '#d1242f' }, posthog.get_feature_flag_payload('button-color', 'u', match_value: 'red'))
    assert_nil posthog.get_feature_flag_payload('beta-dashboard', 'u')
  end

  def test_a_result_has_everything
    result = posthog.get_feature_flag_result('button-color', 'u')
    assert_equal ['button-color', true, result.value], [result.key, result.enabled?, result.variant]
    assert result.payload['hex'].start_with?('#')
  end

  def test_all_flags
    options = { person_properties: { plan: 'pro' }, only_evaluate_locally: true }
    flags = posthog.get_all_flags('u', **options)
    assert_equal true, flags['new-checkout']
    refute_includes flags.values, nil
    both = posthog.get_all_flags_and_payloads('u', **options)
    assert_equal flags, both[:featureFlags]
    assert_equal({ 'steps' => 1 }, both[:featureFlagPayloads]['new-checkout'])
  end

  def test_group_flags
    assert_equal true, posthog.is_feature_enabled(
      'big-company', 'u', groups: { company: 'acme' }, group_properties: { company: { employees: 1500 } }
    )
  end

  def test_a_snapshot_is_read_without_requests_and_goes_on_events
    snapshot = posthog.evaluate_flags('u', flag_keys: %w[new-checkout button-color], only_evaluate_locally: true)
    assert_equal %w[button-color new-checkout], snapshot.keys.sort
    assert_equal({ 'steps' => 1 }, snapshot.get_flag_payload('new-checkout'))
    assert_equal ['new-checkout'], snapshot.only(%w[new-checkout unknown]).keys
    assert_equal ['new-checkout'], snapshot.only('new-checkout').keys
    assert_equal [{}, true], [snapshot.groups, snapshot.flag_definitions_loaded_at > 1_700_000_000_000]
    assert_empty snapshot.only_accessed.keys
    undecided = posthog.evaluate_flags('u', flag_keys: %w[new-checkout pro-plan], only_evaluate_locally: true)
    assert_equal ['new-checkout'], undecided.keys
    posthog.capture(distinct_id: 'u', event: 'e', flags: snapshot.only(['new-checkout']))
    posthog.capture(distinct_id: 'u', event: 'f', send_feature_flags: { only_evaluate_locally: true })
    posthog.shutdown
    first, second = standin.events.map { |event| event['properties'] }
    assert_equal true, first['$feature/new-checkout']
    refute first.key?('$feature/button-color')
    assert_includes %w[red green blue], second['$feature/button-color']
  end

  def test_the_first_read_of_a_snapshots_flag_is_reported
    snapshot = posthog.evaluate_flags('u', flag_keys: %w[new-checkout button-color], only_evaluate_locally: true)
    2.times { assert snapshot.enabled?('new-checkout') }
    assert_nil snapshot.get_flag('unknown')
    assert_equal ['new-checkout'], snapshot.only_accessed.keys
    assert_equal true, posthog.get_feature_flag('new-checkout', 'u')
    posthog.shutdown
    called = standin.events.map { |event| event['properties'] }
    names = ['$feature_flag', '$feature_flag_response', '$feature_flag_error']
    assert_equal [['new-checkout', true, nil], ['unknown', nil, 'flag_missing']],
                 (called.map { |event| event.values_at(*names) })
  end

  def test_remote_config_is_decoded
    standin.remote_config('settings', { limit: 5 })
    assert_equal({ 'limit' => 5 }, posthog.get_remote_config_payload('settings'))
  end

  def test_overrides_precede_everything
    memory = LibPostHog::Client.new(api_key: 'phc', test_mode: true, debug: true)
    memory.override_feature_flags({ 'new-checkout' => 'red' }, { 'new-checkout' => { a: 1 } })
    assert_equal 'red', memory.get_feature_flag('new-checkout', 'u')
    assert_equal({ 'a' => 1 }, memory.get_feature_flag_payload('new-checkout', 'u'))
    memory.override_feature_flags(nil)
    assert_nil memory.get_feature_flag('new-checkout', 'u')
    memory.shutdown
  end

  def test_definitions_are_fetched_on_demand
    posthog.reload_feature_flags
    assert_predicate posthog, :feature_flags_loaded?
  end

  def test_without_a_secret_key_loading_fails
    without = client(debug: true)
    error = assert_raises(LibPostHog::Error) { without.reload_feature_flags }
    assert_equal 'NO_SECRET_KEY', error.code
    without.shutdown
  end
end
