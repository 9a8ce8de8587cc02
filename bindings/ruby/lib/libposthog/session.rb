# frozen_string_literal: true

module LibPostHog
  # A client by its handle, carried across fork.
  #
  # A forked child finds its inherited library answering FORKED. The session then opens the same client in the child's
  # own copy: the queue is empty, since the parent still owns what it captured, and what the process had decided (super
  # properties, opt-out, overrides, pushed definitions) is told to the copy again. Without fork_copy every call in a
  # child stays at FORKED instead.
  class Session
    # Operations that wait for the network or for time, as far as their timeout lets them.
    WAITING = %i[flush shutdown load_flags wait_ready].to_h { |operation| [operation, true] }.freeze

    # Operations that decide something for good.
    LASTING = %i[register unregister set_enabled override_flags set_flag_definitions].freeze

    NOTHING = '{"delivered":0,"dropped":0,"pending":0}'
    CLOSED_REPLY = '{"error":{"code":"CLOSED","message":"the client was shut down"}}'

    # A handle and the copy of the library it belongs to.
    Seat = Struct.new(:library, :handle)

    # @param options [String] the input of the library's open
    # @yield after the move into a forked child
    def initialize(options, fork_copy: true, &moved)
      @options = options
      @fork_copy = fork_copy
      @moved = moved
      @closed = false
      @decisions = Decisions.new
      @deciding = Mutex.new
      @moving = Mutex.new
      @seat = take_seat(Library.current)
    end

    # Performs an operation. With waits the interpreter lock is given up for the call; left out, the operation's name
    # decides.
    # @return [Array(Integer, String)] status and reply
    def call(operation, body, waits: WAITING.key?(operation))
      return seated { |library, handle| library.wait(handle, operation, body) } if waits
      return seated { |library, handle| library.call(handle, operation, body) } unless LASTING.include?(operation)

      # Under a lock, so that a child is told what was decided last.
      @deciding.synchronize do
        answer = seated { |library, handle| library.call(handle, operation, body) }
        @decisions.remember(operation, body) if answer.first == Library::OK
        answer
      end
    end

    # Queues an event.
    # @return [String, nil, Array(Integer, String)] its id; status and reply where there is no event
    def event(operation, body)
      seat = @seat # without a block, which costs as much as the rest
      answer = seat.library.event(seat.handle, operation, body)
      return answer unless Array === answer && answer.first == Library::FORKED

      seated { |library, handle| library.event(handle, operation, body) }
    end

    # The value of one flag, where it can be had at once.
    # @return [true, false, String, nil, Integer] the value, or a status: the caller then asks by get_flag
    def flag_value(key, distinct_id, more)
      seat = @seat
      seat.library.flag_value(seat.handle, key, distinct_id, more)
    end

    # Ends the client. In a child that never used it there is nothing to send, and no copy is loaded for that.
    # @return [Array(Integer, String)] status and reply
    def shutdown(body)
      @closed = true
      status, reply = @seat.library.wait(@seat.handle, :shutdown, body)
      status == Library::FORKED ? [Library::OK, NOTHING] : [status, reply]
    end

    def error(status, reply) = @seat.library.error(status, reply)

    # Without the options: keys are among them.
    def inspect = "#<#{self.class}>"

    private

    # Calls the library; once more, in the child's own copy, where it says that this is one.
    def seated
      seat = @seat
      answer = yield seat.library, seat.handle
      return answer unless Array === answer && answer.first == Library::FORKED
      return [Library::CLOSED, CLOSED_REPLY] if @closed
      return answer unless @fork_copy

      seat = move(seat)
      yield seat.library, seat.handle
    rescue Error => e
      [Library::FORKED, JSON.generate(error: { code: e.code, message: e.reason })]
    end

    # Opens the client in the child's own copy, once for all its threads.
    def move(left)
      @moving.synchronize do
        return @seat unless @seat.equal?(left)

        seat = take_seat(Library.replacement(left.library))
        @decisions.each { |operation, body| seat.library.call(seat.handle, operation, body) }
        @seat = seat
      end
      @moved&.call
      @seat
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
      def initialize
        @latest = {}
        @registered = {}
        @unregistered = {}
      end

      def remember(operation, body)
        case operation
        when :register then @registered.merge!(JSON.parse(body)['properties'] || {})
        when :unregister then forget(JSON.parse(body)['keys'] || [])
        else @latest[operation] = body
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
    private_constant :Decisions, :Seat
  end
end
