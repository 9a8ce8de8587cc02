# frozen_string_literal: true

require 'json'
require_relative 'library'

module LibPostHog
  # A client by its handle, carried across fork and to the end of the process.
  #
  # A forked child finds its inherited library answering FORKED. The session then opens the same client in the child's
  # own copy: the queue is empty, since the parent still owns what it captured, and what the process had decided (super
  # properties, opt-out, overrides, pushed definitions) is told to the copy again. Without fork_copy every call in a
  # child stays at FORKED instead.
  class Session
    # Operations that wait for the network or for time, as far as their timeout lets them.
    WAITING = %i[flush shutdown load_flags wait_ready].freeze

    NOTHING = '{"delivered":0,"dropped":0,"pending":0}'
    CLOSED_REPLY = '{"error":{"code":"CLOSED","message":"the client was shut down"}}'

    # A handle and the copy of the library it belongs to.
    Seat = Struct.new(:library, :handle)

    # @return [Integer] the budget for a flush at the end of the process
    attr_reader :exit_timeout_ms

    # @param options [String] the input of the library's open
    def initialize(options, fork_copy: true, exit_timeout_ms: 2000)
      @options = options
      @fork_copy = fork_copy
      @exit_timeout_ms = exit_timeout_ms
      @closed = false
      @decisions = Decisions.new
      @mutex = Mutex.new
      @seat = take_seat(Library.current)
      Exit.add(self)
    end

    # Performs an operation. With waits the interpreter lock is given up for the call; left out, the operation's name
    # decides.
    # @return [Array(Integer, String)] status and reply
    def call(operation, body, waits: WAITING.include?(operation))
      seat = @seat
      status, reply = seat.library.call(operation, seat.handle, body, waits: waits)
      if status == Library::FORKED
        return [Library::CLOSED, CLOSED_REPLY] if @closed

        status, reply = call_in_child(seat, operation, body, waits) if @fork_copy
      end
      @decisions.remember(operation, body) if status == Library::OK
      [status, reply]
    end

    # Ends the client. In a child that never used it there is nothing to send, and no copy is loaded for that.
    # @return [Array(Integer, String)] status and reply
    def shutdown(body)
      @closed = true
      Exit.delete(self)
      status, reply = @seat.library.call(:shutdown, @seat.handle, body, waits: true)
      status == Library::FORKED ? [Library::OK, NOTHING] : [status, reply]
    end

    def error(status, reply)
      @seat.library.error(status, reply)
    end

    private

    def call_in_child(left, operation, body, waits)
      seat = move(left)
      seat.library.call(operation, seat.handle, body, waits: waits)
    rescue Error => e
      [Library::FORKED, JSON.generate(error: { code: e.code, message: e.reason })]
    end

    # Opens the client in the child's own copy, once for all its threads.
    def move(left)
      @mutex.synchronize do
        if @seat.equal?(left)
          seat = take_seat(Library.replacement(left.library))
          @decisions.each { |operation, body| seat.library.call(operation, seat.handle, body) }
          @seat = seat
        end
        @seat
      end
    end

    def take_seat(library)
      status, handle, reply = library.open(@options)
      if status == Library::FORKED && @fork_copy
        library = Library.replacement(library)
        status, handle, reply = library.open(@options)
      end
      raise library.error(status, reply) unless status == Library::OK

      Seat.new(library, handle)
    end

    # What a process told a client for good, as a child has to tell its own copy.
    class Decisions
      LATEST = %i[set_enabled override_flags set_flag_definitions].freeze

      def initialize
        @latest = {}
        @registered = {}
        @unregistered = {}
      end

      def remember(operation, body)
        case operation
        when :register then @registered.merge!(JSON.parse(body)['properties'] || {})
        when :unregister then forget(JSON.parse(body)['keys'] || [])
        when *LATEST then @latest[operation] = body
        end
      end

      # The calls that repeat every decision; unregister comes first, because what was registered later stands.
      def each(&)
        yield :unregister, JSON.generate(keys: @unregistered.keys) unless @unregistered.empty?
        yield :register, JSON.generate(properties: @registered) unless @registered.empty?
        @latest.each(&)
      end

      private

      def forget(keys)
        keys.each do |key|
          @registered.delete(key)
          @unregistered[key] = true
        end
      end
    end

    # Shuts down what is still open when the process ends, within one deadline for all of it.
    module Exit
      # A dropped client still owes its events, so its session is kept alive here.
      @sessions = {}.compare_by_identity
      @armed = false

      class << self
        def add(session)
          @sessions[session] = true
          return if @armed

          @armed = true
          at_exit { run }
        end

        def delete(session)
          @sessions.delete(session)
        end

        private

        def run
          start = Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond)
          @sessions.keys.each do |session|
            passed = Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond) - start
            session.shutdown(%({"timeout_ms":#{[session.exit_timeout_ms - passed, 0].max}}))
          end
        end
      end
    end
    private_constant :Decisions, :Exit, :Seat
  end
end
