# frozen_string_literal: true

require 'test_helper'

# Many threads, many clients, many calls, and fibers. Programs run on their own, so that memory is theirs alone.
class LoadTest < Minitest::Test
  PRELUDE = <<~'RUBY'
    FLAG = { active: true, filters: { groups: [{ properties: [], rollout_percentage: 100 }] } }
    def definitions(count)
      { flags: (0...count).map do |id|
        variants = [{ key: "variant-#{id}", rollout_percentage: 100 }]
        { id: id, key: "flag-#{id}", active: true,
          filters: { groups: [{ properties: [], rollout_percentage: 100 }], multivariate: { variants: variants } } }
      end }
    end
    def local(count, **options)
      posthog = LibPostHog::Client.new(api_key: 'phc', definitions: 'push', only_evaluate_locally: true, mode: 'off',
                                       **options)
      posthog.set_flag_definitions(definitions(count))
      posthog
    end
    def resident_mb
      GC.start
      File.read('/proc/self/status')[/^VmRSS:\s+(\d+)/, 1].to_i / 1024
    end
  RUBY

  def run_load(program, *arguments, seconds: 60)
    run_program(PRELUDE + program, *arguments.map(&:to_s), seconds: seconds)
  end

  UNIQUE = <<~'RUBY'
    posthog = local(64)
    threads = Array.new(64) do |id|
      Thread.new { Array.new(200) { posthog.get_feature_flag("flag-#{id}", "user-#{id}") }.uniq }
    end
    threads.each_with_index { |thread, id| thread.value == ["variant-#{id}"] or raise thread.value.inspect }
    threads = Array.new(64) do |id|
      Thread.new { Array.new(20) { posthog.get_feature_flag_result("flag-#{id}", id).variant }.uniq }
    end
    threads.each_with_index { |thread, id| thread.value == ["variant-#{id}"] or raise thread.value.inspect }
  RUBY

  def test_64_threads_get_their_own_flags
    assert_empty run_load(UNIQUE)
  end

  SHUTDOWN = <<~'RUBY'
    token, url, rounds = ARGV
    rounds.to_i.times do |round|
      posthog = LibPostHog::Client.new(api_key: token, host: url)
      capturing = Array.new(16) do |thread|
        Thread.new do
          kept = []
          loop do
            kept << (posthog.capture(distinct_id: thread, event: 'e') or break)
            sleep 0.0005
          end
          kept.size
        end
      end
      sleep 0.005
      stopping = Array.new(4) { Thread.new { posthog.shutdown(timeout: 10) } }
      stopping.map(&:value).all? or raise 'a shutdown left something'
      accepted = capturing.sum(&:value)
      stats = posthog.stats
      lost = stats['dropped'].values_at('closed').first.to_i
      stats['delivered'] == accepted && stats['accepted'] == accepted + lost or raise [accepted, stats].inspect
    end
  RUBY

  # 20 rounds here, 200 in `make soak`.
  def test_16_threads_capture_while_4_shut_down
    assert_empty run_load(SHUTDOWN, standin.token, standin.url, full_or(200, 20), seconds: full_or(600, 60))
  end

  CLIENTS = <<~'RUBY'
    rounds = ARGV.first.to_i
    open_and_close = lambda do |times|
      times.times do
        posthog = LibPostHog::Client.new(api_key: 'phc', host: 'http://127.0.0.1:1')
        posthog.shutdown(timeout: 0)
      end
      resident_mb
    end
    first = open_and_close.call(rounds / 4)
    last = open_and_close.call(rounds - rounds / 4)
    last <= first + 16 or raise "#{first} MB, then #{last} MB"
  RUBY

  # 2,000 clients here, 100,000 in `make soak`.
  def test_clients_leave_nothing_behind
    assert_empty run_load(CLIENTS, full_or(100_000, 2_000), seconds: full_or(600, 60))
  end

  CALLS = <<~'RUBY'
    token, url, calls = ARGV
    posthog = LibPostHog::Client.new(api_key: token, host: url, secret_key: 'phs_standin', max_queue_size: 2_000,
                                     max_cache_size: 1_000)
    posthog.wait_for_local_evaluation_ready or raise 'no definitions'
    run = lambda do |range|
      range.each do |number|
        posthog.capture(distinct_id: "user-#{number % 200_000}", event: 'e', properties: { number: number, plan: 'pro' })
        posthog.get_feature_flag('new-checkout', "user-#{number % 200_000}", send_feature_flag_events: number.even?)
        posthog.flush if (number % 1_000).zero?
      end
      posthog.flush
      resident_mb
    end
    calls = calls.to_i
    first = run.call(0...calls / 10)
    last = run.call(calls / 10...calls)
    last <= first + 16 or raise "#{first} MB, then #{last} MB"
    posthog.shutdown
    stats = posthog.stats
    stats['dropped'].empty? or raise stats.inspect
  RUBY

  # 20,000 of each here, 1,000,000 in `make soak`.
  def test_calls_leave_nothing_behind
    server = StandIn.new("phc_ruby_#{name}", StandIn.start)
    assert_empty run_load(CALLS, server.token, server.url, full_or(1_000_000, 20_000), seconds: full_or(900, 60))
  end

  ENDING = <<~'RUBY'
    posthog = LibPostHog::Client.new(api_key: ARGV[0], host: ARGV[1])
    4.times { Thread.new { loop { posthog.capture(distinct_id: 'u', event: 'e', properties: { a: [1] * 50 }) } } }
    sleep 0.05
  RUBY

  def test_the_process_ends_while_threads_capture
    assert_empty run_load(ENDING, standin.token, standin.url)
  end

  # Without the library's cure a call from a fiber of the main thread costs a hundred times as much. Ten times is the
  # guard; what it costs is a row of the bench.
  FIBERS = <<~'RUBY'
    posthog = local(1)
    took = lambda do
      start = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID)
      2_000.times { posthog.get_feature_flag('flag-0', 'u') }
      Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) - start
    end
    took.call
    thread = Thread.new { Array.new(5) { took.call }.min }.value
    fiber = Array.new(5) { Fiber.new { took.call }.resume }.min
    fiber <= thread * 10 or raise "#{fiber} s in a fiber, #{thread} s in a thread"
  RUBY

  def test_fibers_cost_what_threads_cost
    assert_empty run_load(FIBERS)
  end

  # The smallest scheduler that can block a fiber and wake it from another thread.
  SCHEDULER = <<~'RUBY'
    class Scheduler
      def initialize
        @ready = Thread::Queue.new
        @waiting = 0
      end

      def fiber(&block) = Fiber.new(blocking: false, &block).tap(&:resume)
      def block(_blocker, _timeout = nil) = wait
      def unblock(_blocker, fiber) = @ready << fiber
      def io_wait(*) = raise('no I/O')

      def kernel_sleep(seconds)
        fiber = Fiber.current
        Thread.new { [Kernel.sleep(seconds), @ready << fiber] }
        wait
      end

      def close
        @ready.pop.resume while @waiting.positive?
      end

      private

      def wait
        @waiting += 1
        Fiber.yield
        @waiting -= 1
        true
      end
    end

    posthog = LibPostHog::Client.new(api_key: ARGV[0], host: ARGV[1])
    posthog.capture(distinct_id: 'u', event: 'e')
    ticks = 0
    Thread.new do
      Fiber.set_scheduler(Scheduler.new)
      done = false
      Fiber.schedule do
        posthog.flush(timeout: 0.5)
        done = true
      end
      Fiber.schedule do
        until done
          sleep 0.01
          ticks += 1
        end
      end
    end.join
    posthog.shutdown(timeout: 0)
    ticks >= 10 or raise "#{ticks} ticks"
  RUBY

  def test_a_fiber_scheduler_runs_other_fibers_while_one_waits
    standin.fault({ action: 'hang' }, repeat: true)
    assert_empty run_load(SCHEDULER, standin.token, standin.url)
  end
end
