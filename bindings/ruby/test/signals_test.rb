# frozen_string_literal: true

require 'test_helper'

# What loading the library changes about signals: the handlers the header names, and nothing else.
class SignalsTest < Minitest::Test
  LOOK = <<~'RUBY'
    module C
      extend FFI::Library
      ffi_lib FFI::Library::LIBC
      attach_function :sigaction, %i[int pointer pointer], :int
    end
    # Each signal's handler: the first word of struct sigaction.
    def handlers
      (1..64).to_h do |number|
        now = FFI::MemoryPointer.new(256)
        C.sigaction(number, nil, now)
        [Signal.signame(number) || number, now.read_pointer.address]
      end
    end
    def mask = File.read("/proc/thread-self/status")[/^SigBlk:\s+(\h+)/, 1]
    %w[USR1 TERM HUP INT PIPE].each { |name| trap(name) { } }
  RUBY

  LOADED = <<~'RUBY'
    before, masked = handlers, mask
    posthog = LibPostHog::Client.new(api_key: 'phc', host: 'http://127.0.0.1:1', max_retries: 0)
    posthog.capture(distinct_id: 'u', event: 'e')
    posthog.flush
    puts handlers.reject { |signal, handler| before[signal] == handler }.keys.sort.join(' ')
    puts mask == masked
    posthog.shutdown(timeout: 0)
  RUBY

  # A handler is foreign to what it interrupts, and may capture.
  TRAPPED = <<~'RUBY'
    seen = []
    posthog = LibPostHog::Client.new(api_key: 'phc', test_mode: true)
    trap('USR1') { seen << posthog.capture(distinct_id: 'u', event: 'trapped', properties: { at: Time.now }) }
    Process.kill('USR1', Process.pid)
    sleep 0.01 until seen.any?
    print seen.first.class, posthog.captured.size
  RUBY

  def test_only_the_handlers_the_header_names_change
    changed, mask = run_program("require 'ffi'\n#{LOOK}#{LOADED}").lines(chomp: true)
    assert_empty changed.split - %w[SEGV BUS FPE PIPE URG]
    assert_equal 'true', mask
  end

  def test_a_trap_handler_may_capture
    assert_equal 'String1', run_program(TRAPPED)
  end

  INTERRUPTED = <<~'RUBY'
    require 'timeout'
    posthog = LibPostHog::Client.new(api_key: ARGV[0], host: ARGV[1], exit_timeout_ms: 300)
    posthog.capture(distinct_id: 'u', event: 'e')
    begin
      Timeout.timeout(0.2) { posthog.flush }
    rescue Timeout::Error
      print 'timeout '
    end
    Thread.new { sleep 0.2; Process.kill('INT', Process.pid) }
    begin
      posthog.flush
    rescue Interrupt
      print 'interrupt'
    end
  RUBY

  def test_a_call_that_waits_can_be_interrupted
    standin.fault({ action: 'hang' }, repeat: true)
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    assert_equal 'timeout interrupt', run_program(INTERRUPTED, standin.token, standin.url)
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - start, :<, 10
  end
end
