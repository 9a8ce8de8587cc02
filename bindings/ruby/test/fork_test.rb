# frozen_string_literal: true

require 'test_helper'
require 'tmpdir'

# Pre-fork servers and job runners: a client made before the fork goes on working after it.
class ForkTest < Minitest::Test
  # What programs that fork need: flags are edited by the parent, in the middle of a round.
  PRELUDE = <<~'RUBY'
    require 'net/http'
    TOKEN, URL, ROUNDS = ARGV[0], ARGV[1], ARGV[2].to_i
    def edit(key, active)
      Net::HTTP.post(URI("#{URL}/_control/flags/#{key}"), %({"active":#{active}}),
                     'Content-Type' => 'application/json').is_a?(Net::HTTPOK) or raise 'edit'
    end
    def limited(seconds = 2)
      start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      value = yield
      took = Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
      raise "a call took #{took} s" if took > seconds
      value
    end
    def children(count, &work)
      pids = Array.new(count) { |number| fork { work.call(number) } }
      pids.each { |pid| Process.wait2(pid).last.success? or raise "child #{pid} failed" }
    end
    def descriptors = Dir.children('/proc/self/fd').size
    def resident_mb = File.read('/proc/self/status')[/^VmRSS:\s+(\d+)/, 1].to_i / 1024
    posthog = LibPostHog::Client.new(api_key: TOKEN, host: URL, secret_key: 'phs_standin', debug: true)
    posthog.wait_for_local_evaluation_ready or raise 'no definitions'
  RUBY

  def forked(program, rounds: 1, seconds: 60, &check)
    server = StandIn.new("phc_ruby_#{name}", StandIn.start)
    run_program(PRELUDE + program, server.token, server.url, rounds.to_s, seconds: seconds)
    check.call(server.events)
  end

  # Every event once, every child sees what changed after the fork, and the parent does not grow. The issue's figure is
  # 200 ms for a call; ten times that is a hang.
  ROUNDS = <<~'RUBY'
    before = nil
    ROUNDS.times do |round|
      value = round.odd?
      edit('new-checkout', !value)
      limited { posthog.reload_feature_flags }
      posthog.get_feature_flag('new-checkout', 'u', send_feature_flag_events: false) == !value or raise 'old value'
      posthog.capture(distinct_id: 'u', event: 'parent', properties: { round: round })
      ready, go = IO.pipe
      pids = Array.new(8) do |child|
        fork do
          go.close
          ready.read # until the parent has changed the flag
          100.times do |number|
            limited do
              posthog.capture(distinct_id: 'u', event: 'child', properties: { round: round, child: child, number: number })
            end
          end
          found = limited { posthog.get_feature_flag('new-checkout', 'u', send_feature_flag_events: false) }
          found == value or raise "the flag is #{found.inspect}"
          posthog.flush or raise posthog.stats.inspect
          posthog.stats['accepted'] == 100 or raise posthog.stats.inspect
        end
      end
      ready.close
      edit('new-checkout', value)
      go.close
      pids.each { |pid| Process.wait2(pid).last.success? or raise "child #{pid} failed" }
      GC.start
      before ||= [descriptors, resident_mb] if round == ROUNDS / 2
    end
    after = [descriptors, resident_mb]
    after[0] <= before[0] or raise "descriptors: #{before} #{after}"
    after[1] <= before[1] + 8 or raise "memory: #{before} #{after}"
    posthog.shutdown
  RUBY

  # 3 rounds here, 50 in `make soak`.
  def test_rounds_of_eight_children
    rounds = full_or(50, 3)
    forked(ROUNDS, rounds: rounds, seconds: full_or(600, 60)) do |events|
      assert_equal rounds * 801, events.map { |event| event['uuid'] }.uniq.size
      assert_equal rounds * 801, events.size
      told = events.select { |event| event['event'] == 'child' }.map { |event| event['properties'] }
      assert_equal (0...rounds).to_a.product((0..7).to_a, (0..99).to_a),
                   told.map { |event| event.values_at('round', 'child', 'number') }.sort
    end
  end

  POLLER = <<~'RUBY'
    quick = LibPostHog::Client.new(
      api_key: TOKEN, host: URL, secret_key: 'phs_standin', feature_flags_polling_interval: 0.1
    )
    quick.get_feature_flag('new-checkout', 'u') == true or raise 'parent'
    ready, go = IO.pipe
    told, tell = IO.pipe
    pid = fork do
      go.close
      quick.get_feature_flag('new-checkout', 'u') == true or raise 'child'
      tell.puts 'used'
      ready.read
      limited(20) { sleep 0.02 until quick.get_feature_flag('new-checkout', 'u') == false }
    end
    ready.close
    told.gets
    edit('new-checkout', false)
    go.close
    Process.wait2(pid).last.success? or raise 'child'
  RUBY

  def test_a_childs_poller_is_alive
    forked(POLLER) { |events| assert_equal 3, events.size } # parent's and child's reads of true, and of false
  end

  DECISIONS = <<~'RUBY'
    posthog.register({ plan: 'pro', gone: 1 })
    posthog.unregister('gone')
    posthog.override_feature_flags({ 'forced' => 'red' })
    pushed = LibPostHog::Client.new(api_key: TOKEN, host: URL, definitions: 'push', only_evaluate_locally: true)
    pushed.set_flag_definitions({ flags: [{ id: 1, key: 'own', active: true,
                                            filters: { groups: [{ properties: [], rollout_percentage: 100 }] } }] })
    out = LibPostHog::Client.new(api_key: TOKEN, host: URL)
    out.opt_out
    look = lambda do
      posthog.get_feature_flag('forced', 'u', send_feature_flag_events: false) == 'red' or raise 'override'
      pushed.get_feature_flag('own', 'u', send_feature_flag_events: false) == true or raise 'definitions'
      out.capture(distinct_id: 'u', event: 'out').nil? or raise 'opted out'
      posthog.capture(distinct_id: 'u', event: 'e')
    end
    children(1) { look.call; children(1) { look.call } }
    posthog.override_feature_flags(nil)
    out.opt_in
    children(1) do
      posthog.get_feature_flag('forced', 'u', only_evaluate_locally: true).nil? or raise 'override'
      out.capture(distinct_id: 'u', event: 'in')
    end
  RUBY

  def test_what_a_process_decided_follows_into_its_children
    forked(DECISIONS) do |events|
      assert_equal %w[e e in], events.map { |event| event['event'] }.grep_v(/\A\$/).sort
      plain = events.select { |event| event['event'] == 'e' }.map { |event| event['properties'] }
      assert_equal [['pro', false]] * 2, (plain.map { |properties| [properties['plan'], properties.key?('gone')] })
    end
  end

  # Resque forks for every job and ends the child with exit!, which runs no at_exit.
  JOBS = <<~'RUBY'
    20.times do |job|
      pid = fork do
        posthog.capture(distinct_id: 'u', event: 'job', properties: { job: job })
        posthog.flush(timeout: 10) or raise 'flush'
        exit!(0)
      end
      Process.wait2(pid).last.success? or raise 'job'
    end
  RUBY

  def test_a_child_for_every_job
    forked(JOBS) { |events| assert_equal (0..19).to_a, events.map { |event| event['properties']['job'] }.sort }
  end

  # A thread of the parent waits in the library while another forks; and forks come from several threads.
  BUSY = <<~'RUBY'
    stop = false
    busy = Array.new(4) { Thread.new { posthog.capture(distinct_id: 'u', event: 'busy') && sleep(0.001) until stop } }
    busy << Thread.new { posthog.flush until stop }
    forks = Array.new(2) do
      Thread.new { 5.times { children(1) { limited { posthog.capture(distinct_id: 'u', event: 'child') } } } }
    end
    forks.each(&:join)
    stop = true
    busy.each(&:join)
    posthog.shutdown
    print posthog.stats['delivered']
  RUBY

  def test_forks_from_a_busy_process
    forked(BUSY) do |events|
      assert_equal 10, events.count { |event| event['event'] == 'child' }
      assert_equal events.size, events.map { |event| event['uuid'] }.uniq.size
    end
  end

  PUMA = <<~'RUBY'
    require 'libposthog'
    POSTHOG = LibPostHog::Client.new(api_key: ENV.fetch('TOKEN'), host: ENV.fetch('STANDIN'),
                                     secret_key: 'phs_standin')
    POSTHOG.capture(distinct_id: 'master', event: 'booted')
    port ENV.fetch('PORT'), '127.0.0.1'
    workers 2
    threads 2, 2
    preload_app!
    app do |env|
      value = POSTHOG.is_feature_enabled('new-checkout', env['PATH_INFO'], send_feature_flag_events: false)
      POSTHOG.capture(distinct_id: env['PATH_INFO'], event: 'request', properties: { worker: Process.pid })
      [200, {}, ["#{Process.pid} #{value}"]]
    end
  RUBY

  # The client is made in the master, by the configuration that preload_app! loads.
  def test_puma_in_cluster_mode
    port = TCPServer.open('127.0.0.1', 0) { |socket| socket.addr[1] }
    Dir.mktmpdir do |folder|
      config = File.join(folder, 'puma.rb')
      File.write(config, PUMA)
      log = File.join(folder, 'log')
      server = spawn({ 'TOKEN' => standin.token, 'STANDIN' => standin.url, 'PORT' => port.to_s,
                       'RUBYLIB' => File.join(ROOT, 'bindings/ruby/lib') }, 'puma', '-C', config, %i[out err] => log)
      begin
        answers = requests_to_both_workers(port, log)
        assert_equal ['true'], answers.map { |answer| answer.split.last }.uniq, File.read(log)
      ensure
        Process.kill('TERM', server)
        Process.wait(server)
      end
      assert_everything_arrived(answers)
    end
  end

  private

  def requests_to_both_workers(port, log)
    answers = []
    wait_until("answers of two workers, #{log}", seconds: 40) do
      4.times.map { Thread.new { get(port, answers.size) } }.each { |thread| answers.concat([thread.value].compact) }
      answers.map(&:to_i).uniq.size == 2
    end
    answers
  end

  def get(port, number)
    Net::HTTP.get(URI("http://127.0.0.1:#{port}/user-#{number}"))
  rescue SystemCallError, EOFError
    nil # not up yet
  end

  def assert_everything_arrived(answers)
    events = standin.events
    assert_equal 1, events.count { |event| event['event'] == 'booted' }
    workers = events.select { |event| event['event'] == 'request' }.map { |event| event['properties']['worker'] }
    assert_equal answers.map(&:to_i).tally, workers.tally
  end
end
