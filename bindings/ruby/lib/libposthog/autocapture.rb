# frozen_string_literal: true

module LibPostHog
  # Exceptions nobody rescues, for clients that asked for them: the one that ends the process, and those that end a
  # thread which would report them on stderr. An exception that was captured before is not captured again.
  module Autocapture
    # Of each class of exception a client captures this many at once, and one more in so many seconds.
    BURST = 10
    REFILL_SECONDS = 10.0

    UNHANDLED = { type: 'generic', handled: false }.freeze
    MARK = :@__libposthog_captured
    private_constant :UNHANDLED, :MARK

    # What one client still captures of each class.
    class Limit
      def initialize
        @buckets = {}
      end

      # @param now [Float] seconds that only grow
      # @return [Boolean] whether there is one left
      def take(kind, now)
        tokens, at = @buckets.fetch(kind, [BURST, now])
        tokens = [tokens + ((now - at) / REFILL_SECONDS), BURST].min
        @buckets[kind] = [tokens >= 1 ? tokens - 1 : tokens, now]
        tokens >= 1
      end
    end

    # Put before Thread's own methods by the first client that asks, and by nothing else.
    module Threads
      def self.watched(block)
        block && proc do |*arguments, **options|
          block.call(*arguments, **options)
        rescue Exception => e # rubocop:disable Lint/RescueException -- it is raised again
          Autocapture.report(e, 'ruby.thread') if Thread.current.report_on_exception
          raise
        end
      end

      def initialize(*arguments, **options, &block) = super(*arguments, **options, &Threads.watched(block))

      # Thread's ways around initialize.
      module Starters
        %i[start fork].each do |name|
          define_method(name) { |*given, **options, &block| super(*given, **options, &Threads.watched(block)) }
        end
      end
    end

    @limits = {}.compare_by_identity

    class << self
      def add(client)
        Thread.prepend(Threads)
        Thread.singleton_class.prepend(Threads::Starters)
        @limits[client] = Limit.new
      end

      def delete(client) = @limits.delete(client)

      def report(exception, source)
        return if exception.nil? || exception.is_a?(SystemExit) || exception.is_a?(SignalException)
        return if exception.instance_variable_defined?(MARK)

        now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        level = source == 'ruby.at_exit' ? 'fatal' : 'error'
        @limits.to_a.each do |client, limit|
          next unless limit.take(exception.class, now)

          client.capture_exception(exception, level: level, source: source, mechanism: UNHANDLED)
        end
      end

      # Remembers that an exception was captured.
      def mark(exception)
        exception.instance_variable_set(MARK, true) if Exception === exception && !exception.frozen?
      end
    end
  end
end
