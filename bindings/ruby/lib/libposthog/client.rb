# frozen_string_literal: true

module LibPostHog
  # A PostHog client: posthog-ruby's methods, each one operation of the library. Usable from any thread, fiber, trap
  # handler and forked child.
  #
  # Raises Error where no client can be made: no library, an option of the wrong type, one that is not supported.
  # Afterwards nothing raises for bad values or failed delivery; with debug: true such failures raise Error, otherwise
  # they go to #drain, to LibPostHog.logger, if there is one, and are counted in #stats. A blank key makes a client that
  # does nothing.
  class Client
    include Events
    include FeatureFlags

    # flush without a timeout waits this long: the longest the library's arithmetic is asked to carry, 24 days.
    FOREVER_MS = (2**31) - 1

    # How often the log and on_error hear of what the library recorded.
    TELL_SECONDS = 0.5
    private_constant :FOREVER_MS, :TELL_SECONDS

    # @param options [Hash] see the README: posthog-ruby's names and the library's own
    def initialize(options = {})
      chosen = Options.symbolize(options)
      opened = Options.translate(chosen)
      @debug = chosen.fetch(:debug, false)
      @hooks = Options.hooks(chosen[:before_send])
      @immediate = chosen.fetch(:sync_mode, false) || nil
      @memory = opened[:mode] == 'memory'
      @kept = []
      @journal = Journal.new(chosen[:on_error])
      @tickers = []
      @session = Session.new(encode(:open, opened), fork_copy: chosen.fetch(:fork_copy, true)) do
        @tickers.each(&:start)
      end
      @enabled = !opened[:api_key].to_s.strip.empty? && !opened[:disabled] && opened[:mode] != 'off'
      attend(chosen)
      Exit.add(self, (chosen[:exit_timeout_ms] || 2000).to_f / 1000)
    end

    # Adds super properties: they go on every later event, whose own properties win.
    # @param properties [Hash]
    # @return [void]
    def register(properties) = ask(:register, { properties: properties })

    # Removes super properties.
    # @return [void]
    def unregister(*keys) = ask(:unregister, { keys: keys })

    # Opts out of capturing, or in again. Events of a client that is opted out are counted, and dropped.
    # @param enabled [Boolean]
    # @return [void]
    def set_enabled(enabled) # rubocop:disable Naming/AccessorMethodName
      @opted_out = !enabled if ask(:set_enabled, { enabled: enabled })
      nil
    end

    # @return [void]
    def opt_out = set_enabled(false)

    # @return [void]
    def opt_in = set_enabled(true)

    # @return [Boolean] whether events are taken: there is a key, and nobody opted out
    def enabled? = @enabled && !@opted_out && !@closed

    # Runs a block with what its events have in common: see Context.
    # @param data [Hash] :distinct_id, :session_id, :device_id, :properties; fresh: true leaves out what is around it
    # @return what the block returns
    def with_context(**data, &) = Context.with(**data, &)

    # Waits until what was captured before is delivered or dropped.
    # @param timeout [Numeric, nil] seconds; nil waits for as long as it takes
    # @return [Boolean] whether nothing is left; the counts are in #stats
    def flush(timeout: nil)
      finished?(ask(:flush, { timeout_ms: timeout ? milliseconds(timeout) : FOREVER_MS }))
    end

    # Flushes and ends the client. What is left at the end is dropped and counted.
    # @param timeout [Numeric, nil] seconds; nil is the option shutdown_timeout_ms
    # @return [Boolean] whether nothing was left
    def shutdown(timeout: nil)
      @closed = true
      Exit.delete(self)
      Autocapture.delete(self)
      @tickers.each(&:stop)
      body = timeout ? %({"timeout_ms":#{milliseconds(timeout)}}) : '{}'
      finished?(told(:shutdown, @session.shutdown(body)))
    ensure
      tell
      @definitions&.shutdown
    end

    # The ledger: accepted is the sum of delivered, queued, in_flight, spooled and of the counts under dropped, always.
    # Answers after shutdown, too.
    # @return [Hash]
    def stats = ask(:stats, {}) || {}

    # What there is to say since the last call: the library's log, drops and errors, and what the binding had to replace
    # or refuse.
    # @param timeout [Numeric] seconds to wait for the first record
    # @return [Array<Hash>]
    def drain(timeout: 0)
      noted = @journal.take
      noted + recorded(noted.empty? ? timeout : 0)
    end

    # @return [Integer] events in the queue, or kept in test mode
    def queued_messages = @memory ? captured.size : stats.fetch('queued', 0)

    # The events a client in test mode kept, as they would be sent.
    # @return [Array<Hash>]
    def captured = @kept.concat((ask(:captured, { clear: true }) || {}).fetch('events', [])).dup

    # Takes the next event of those a client in test mode kept, in spite of its name the oldest: as posthog-ruby does.
    # @return [Hash, nil]
    def dequeue_last_message = captured && @kept.shift

    # Forgets the events a client in test mode kept.
    # @return [void]
    def clear
      captured
      @kept.clear
      nil
    end

    private

    # Starts what a client does beside its callers.
    def attend(chosen)
      failed = ->(error) { @journal.note(:background, 'RAISED', error.class.to_s) }
      @tickers << Ticker.new(TELL_SECONDS, failed) { tell } if @journal.heard?
      if (provider = chosen[:flag_definition_cache_provider])
        may_fetch = !(chosen[:secret_key] || chosen[:personal_api_key]).nil?
        @definitions = Definitions.new(provider, self, @journal, may_fetch: may_fetch)
        pause = chosen.fetch(:feature_flags_polling_interval, 30)
        @tickers << Ticker.new(pause, failed) { @definitions.refresh }
      end
      Autocapture.add(self) if chosen[:enable_exception_autocapture]
    end

    # One operation: its reply, or nil where it failed.
    def ask(operation, fields) = told(operation, @session.call(operation, encode(operation, fields)))

    # One operation that may wait. It is tried without waiting first, since giving up the interpreter lock costs more
    # than a local decision.
    def decide(operation, fields)
      fields[:timeout_ms] = 0
      answer = @session.call(operation, encode(operation, fields))
      if answer.first == Library::WOULD_WAIT
        fields.delete(:timeout_ms)
        answer = @session.call(operation, encode(operation, fields), waits: true)
      end
      told(operation, answer)
    end

    def encode(operation, fields) = Values.encode(fields) { |loss| @journal.note(operation, 'VALUE', loss) }

    def told(operation, answer)
      status, reply = answer
      return JSON.parse(reply) if status == Library::OK

      failed(operation, status, reply)
    end

    def failed(operation, status, reply)
      error = @session.error(status, reply)
      raise error if @debug

      @journal.note(operation, error.code, error.reason)
    end

    def recorded(timeout)
      body = %({"timeout_ms":#{milliseconds(timeout)}})
      status, reply = @session.call(:drain, body, waits: timeout.positive?)
      status == Library::OK ? JSON.parse(reply)['records'] : []
    end

    # Tells the log and on_error what the library recorded.
    def tell
      @journal.tell(recorded(0)) if @journal.heard?
    end

    def finished?(counts)
      tell
      !counts.nil? && counts['pending'].zero?
    end

    def milliseconds(seconds) = ((seconds.positive? ? [seconds, FOREVER_MS / 1000].min : 0) * 1000).round # NaN is not
  end
end
