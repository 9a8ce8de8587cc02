# frozen_string_literal: true

require 'test_helper'

# The end of a process and fork. Programs run on their own, with a limit: a hang is a failure.
class ProcessTest < Minitest::Test
  EXIT = <<~'RUBY'
    token, url, budget = ARGV
    posthog = LibPostHog::Client.new(api_key: token, host: url, exit_timeout_ms: (budget || 2000).to_i)
    200.times { |number| posthog.capture(distinct_id: "user-#{number}", event: 'e') }
  RUBY

  def test_a_program_that_just_ends_loses_nothing
    run_program(EXIT, standin.token, standin.url)
    assert_equal 200, standin.events.map { |event| event['uuid'] }.uniq.size
  end

  def test_a_client_nobody_holds_any_more_loses_nothing
    run_program("#{EXIT}posthog = nil\nGC.start", standin.token, standin.url)
    assert_equal 200, standin.events.size
  end

  def test_a_server_that_never_answers_does_not_hold_the_program_up
    standin.fault({ action: 'hang' }, repeat: true)
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    run_program(EXIT, standin.token, standin.url, '500')
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - start, :<, 3
  end

  # The library could not see what ENV is given after the start of the program; it is told.
  PROXY = <<~'RUBY'
    ENV['HTTP_PROXY'] = ARGV[1]
    posthog = LibPostHog::Client.new(api_key: ARGV[0], host: 'http://posthog.invalid/ingest')
    posthog.capture(distinct_id: 'u', event: 'e')
    posthog.flush(timeout: 10) or raise 'flush'
  RUBY

  def test_a_proxy_that_the_program_sets_is_used
    run_program(PROXY, standin.token, standin.url)
    assert_equal(['/ingest/batch/'], standin.requests.map { |request| request['path'] })
  end

  # Clients finish at the same time: one that cannot keeps no other from it.
  SEVERAL = <<~'RUBY'
    (ARGV.size / 2).times do |number|
      posthog = LibPostHog::Client.new(api_key: ARGV[2 * number], host: ARGV[2 * number + 1], exit_timeout_ms: 700)
      posthog.capture(distinct_id: 'u', event: 'e')
    end
  RUBY

  def test_several_clients_share_the_time_at_the_end
    stuck = Array.new(3) { |number| StandIn.new("phc_ruby_#{name}_#{number}") }
    stuck.each { |server| server.fault({ action: 'hang' }, repeat: true) }
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    run_program(SEVERAL, *[*stuck, standin].flat_map { |server| [server.token, server.url] })
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - start, :<, 7
    assert_equal 1, standin.events.size
  end

  DEBUG = <<~'RUBY'
    posthog = LibPostHog::Client.new(api_key: 'phc', host: 'http://127.0.0.1:1', debug: true, exit_timeout_ms: 50)
    posthog.capture(distinct_id: 'u', event: 'e')
    Process.daemon(true, true)
    posthog.capture(distinct_id: 'u', event: 'e')
  RUBY

  def test_nothing_is_raised_at_the_end_and_a_daemon_goes_on
    assert_empty run_program(DEBUG)
    daemon = DEBUG.sub("'phc'", 'ARGV[0]').sub("'http://127.0.0.1:1'", 'ARGV[1]').sub('50', '5000')
    run_program(daemon, standin.token, standin.url)
    wait_until("the daemon's event") { standin.events.size == 1 }
  end

  FORK = <<~'RUBY'
    token, url, secret_key = ARGV
    posthog = LibPostHog::Client.new(
      api_key: token, host: url, secret_key: secret_key, super_properties: { opened: 1 }
    )
    posthog.register({ registered: 1 })
    posthog.unregister('opened')
    check = lambda do
      posthog.get_feature_flag('new-checkout', 'u', send_feature_flag_events: false) == true or raise 'flag'
    end
    check.call
    posthog.capture(distinct_id: 'u', event: 'parent')
    children = Array.new(8) do |number|
      fork do
        5.times do |turn|
          posthog.capture(distinct_id: 'u', event: 'child', properties: { number: number, turn: turn })
        end
        check.call
        posthog.flush or raise 'flush'
        posthog.stats['delivered'] == 5 or raise posthog.stats.inspect
        exit!(0)
      end
    end
    children.each { |pid| Process.wait2(pid).last.success? or raise "child #{pid} failed" }
    posthog.shutdown
  RUBY

  def test_forked_children_deliver_and_evaluate
    run_program(FORK, standin.token, standin.url, SECRET_KEY)
    events = standin.events
    children = events.select { |event| event['event'] == 'child' }.map { |event| event['properties'] }
    assert_equal 41, events.map { |event| event['uuid'] }.uniq.size
    assert_equal 41, events.size
    assert_equal (0..7).to_a.product((0..4).to_a), children.map { |child| child.values_at('number', 'turn') }.sort
    assert(children.all? { |child| child['registered'] == 1 && !child.key?('opened') })
  end

  NESTED = <<~'RUBY'
    token, url = ARGV
    posthog = LibPostHog::Client.new(api_key: token, host: url)
    posthog.capture(distinct_id: 'u', event: 'parent')
    in_child = lambda do |&work|
      pid = fork(&work)
      Process.wait2(pid).last.success? or raise 'a child failed'
    end
    in_child.call do
      posthog.capture(distinct_id: 'u', event: 'child')
      in_child.call do
        posthog.capture(distinct_id: 'u', event: 'grandchild')
        LibPostHog::Client.new(api_key: token, host: url).capture(distinct_id: 'u', event: 'new client')
      end
    end
    posthog.set_enabled(false)
    in_child.call { posthog.capture(distinct_id: 'u', event: 'opted out') }
    in_child.call { posthog.shutdown }
    in_child.call {}
  RUBY

  def test_children_of_children_flush_at_exit_and_keep_what_the_parent_decided
    run_program(NESTED, standin.token, standin.url)
    assert_equal ['child', 'grandchild', 'new client', 'parent'], standin.events.map { |event| event['event'] }.sort
  end

  REFUSED = <<~'RUBY'
    token, url = ARGV
    posthog = LibPostHog::Client.new(api_key: token, host: url, fork_copy: false)
    pid = fork { exit!(posthog.capture(distinct_id: 'u', event: 'child').nil? ? 0 : 1) }
    Process.wait2(pid).last.success? or raise 'the child captured'
  RUBY

  def test_the_private_copy_can_be_declined
    run_program(REFUSED, standin.token, standin.url)
    assert_empty standin.events
  end

  QUIET = <<~'RUBY'
    posthog = LibPostHog::Client.new(
      api_key: 'phc_quiet', host: 'http://127.0.0.1:1', max_retries: 0, max_queue_size: 5
    )
    10.times { posthog.capture(distinct_id: 'u', event: 'e', properties: { bad: Object.new }) }
    posthog.flush
  RUBY

  def test_a_host_that_is_down_prints_nothing
    assert_empty run_program(QUIET)
  end

  def test_a_missing_library_is_told_when_a_client_is_made
    program = "begin; LibPostHog::Client.new(api_key: 'phc'); rescue LibPostHog::Error => e; puts e.code; end"
    assert_equal "NOT_LOADED\n", run_program(program, LIBPOSTHOG_PATH: '/nowhere/libposthog.so')
  end
end
