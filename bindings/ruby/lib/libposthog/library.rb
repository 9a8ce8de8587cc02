# frozen_string_literal: true

module LibPostHog
  # One loaded copy of the shared library.
  #
  # Operations keep the interpreter lock, because taking it back costs far more than the call. Those that may wait exist
  # a second time, attached as blocking, which gives the lock up.
  class Library
    ABI_VERSION = 1

    OK = 0
    WOULD_WAIT = 2
    CLOSED = -5
    FORKED = -6

    EVENTS = %i[capture identify alias group_identify set capture_exception capture_ai].freeze

    OPERATIONS = [
      *EVENTS, *%i[
        build enqueue register unregister evaluate_flags get_flag get_remote_config flag_called load_flags wait_ready
        set_flag_definitions get_flag_definitions override_flags captured flush stats drain set_enabled shutdown poll
        complete
      ]
    ].freeze

    # Events wait when they are to be sent at once.
    WAITING = [
      *EVENTS, *%i[enqueue evaluate_flags get_flag get_remote_config load_flags wait_ready flush drain shutdown]
    ].freeze

    FUNCTIONS = OPERATIONS.to_h { |op| [op, :"posthog_#{op}"] }.freeze
    WAITING_FUNCTIONS = WAITING.to_h { |op| [op, :"posthog_#{op}_waiting"] }.freeze

    FILE_NAME = FFI::Platform.mac? ? 'libposthog.dylib' : 'libposthog.so'

    # Where the id stands in the reply to an event, {"uuid":"..."}, and how long it is: capture is worth not parsing it.
    UUID_AT = 9
    UUID_SIZE = 36

    # Room for a flag's value; one that is longer comes with its record. Of most values the first byte says it all.
    VALUE_SIZE = 128
    VALUES = { 't' => true, 'f' => false, 'n' => nil }.transform_keys(&:ord).freeze
    private_constant :UUID_AT, :UUID_SIZE, :VALUE_SIZE, :VALUES

    @mutex = Mutex.new
    @current = nil

    class << self
      # The library of this process, loaded on the first call.
      def current
        @current || @mutex.synchronize { @current ||= load }
      end

      # The library of a forked child, whose inherited copy answers FORKED for good.
      def replacement(dead)
        @mutex.synchronize do
          @current = private_copy(dead) if @current.nil? || @current.equal?(dead)
          @current
        end
      end

      # Loads a library's file once more, under an identity of its own. The dynamic loader recognises a file by its
      # inode, so the copy is an anonymous file in memory. Its path names this process, because the loader also compares
      # names and a child's child inherits the list.
      def private_copy(library)
        file = IO.for_fd(create_memory_file, 'wb')
        begin
          IO.copy_stream(file_of(library), file)
          file.flush
          new("/proc/#{Process.pid}/fd/#{file.fileno}", library.path)
        ensure
          file.close
        end
      rescue SystemCallError, LoadError => e
        raise Error.new('FORKED', "no private copy of the library could be loaded: #{e.message}")
      end

      # What to try, in order. LIBPOSTHOG_PATH stands alone: a wrong override must not load something else.
      def candidates
        # A forked child reads the file once more, from wherever it is by then. A bare name is the system's to find.
        override = ENV['LIBPOSTHOG_PATH'].to_s.sub(%r{.*/.*}) { |path| File.expand_path(path) }
        override.empty? ? [File.expand_path(FILE_NAME, __dir__), FILE_NAME] : [override]
      end

      # The file a library came from, also when the system's search path found it.
      def file_of(library)
        return library.path if library.path.include?(File::SEPARATOR)

        File.foreach('/proc/self/maps') do |line|
          path = line.chomp[%r{/.*}]
          return path if path && File.basename(path).start_with?(library.path)
        end
        raise LoadError, "the file of #{library.path} was not found"
      end

      private

      def load
        failures = candidates.map do |path|
          next "#{path}: no such file" if path.include?(File::SEPARATOR) && !File.exist?(path)

          return new(path)
        rescue LoadError => e # FFI::NotFoundError for a missing function is one, too
          "#{path}: #{e.message}"
        end
        raise Error.new('NOT_LOADED', "no usable libposthog was found. Tried: #{failures.join('; ')}. " \
                                      "Set LIBPOSTHOG_PATH to the library's file.")
      end

      def create_memory_file
        libc = Module.new do
          extend FFI::Library
          ffi_lib FFI::Library::LIBC
          # int memfd_create(const char *name, unsigned int flags);
          attach_function :memfd_create, %i[string uint], :int
        end
        descriptor = libc.memfd_create('libposthog', 0)
        raise SystemCallError.new('memfd_create', FFI.errno) if descriptor.negative?

        descriptor
      end
    end

    # @return [String] the file, or the name the system found it by
    attr_reader :path

    # @param path [String] what to load
    # @param origin [String] the file it is a copy of
    def initialize(path, origin = path)
      @path = origin
      @slot = @room = nil
      @functions = bind(path)
      found = @functions.posthog_abi_version
      return if found == ABI_VERSION

      raise LoadError, "it speaks ABI version #{found}, this gem needs #{ABI_VERSION}"
    end

    # Makes a client.
    # @return [Array(Integer, Integer, String)] status, handle (0 on failure), reply
    def open(options)
      handle = FFI::MemoryPointer.new(:uint32)
      reply = FFI::MemoryPointer.new(:pointer)
      status = @functions.posthog_open(options, options.bytesize, handle, reply)
      [status, handle.read_uint32, take(:open, reply)]
    end

    # Performs one operation, without giving up the interpreter lock if the function is not another.
    # @return [Array(Integer, String)] status and reply
    def call(handle, operation, body, functions = FUNCTIONS)
      reply = FFI::MemoryPointer.new(:pointer)
      status = @functions.__send__(functions.fetch(operation), handle, body, body.bytesize, reply)
      [status, take(operation, reply)]
    end

    # Performs one operation that may wait. The interpreter lock is given up, and the call has a thread of its own: so
    # the caller can be interrupted, and a fiber scheduler runs other fibers meanwhile.
    # @return [Array(Integer, String)] status and reply
    def wait(handle, operation, body)
      waiting = Thread.new do
        Thread.current.report_on_exception = false
        call(handle, operation, body, WAITING_FUNCTIONS)
      end
      waiting.value
    end

    # Queues one event.
    # @return [String, nil, Array(Integer, String)] the event's id, if it has one; status and reply where there is no event
    def event(handle, operation, body)
      # Threads are switched at branches and calls, so that one alone gets it. Whoever comes in between makes one of its own.
      slot, @slot = @slot, nil
      slot ||= FFI::MemoryPointer.new(:pointer)
      status = @functions.__send__(FUNCTIONS.fetch(operation), handle, body, body.bytesize, slot)
      return [status, take(operation, slot)] unless status == OK

      reply, = slot.get_array_of_string(0, 1) # which makes no Pointer
      @functions.posthog_free(slot.get_ulong(0))
      @slot = slot
      id = reply.byteslice(UUID_AT, UUID_SIZE)
      id.force_encoding(Encoding::UTF_8) if id.bytesize == UUID_SIZE
    end

    # The value of one flag, where it can be had at once.
    # @param more [String, nil] the members of get_flag's input but key and distinct_id
    # @return [true, false, String, nil, Integer] the value, or the status that says why there is none
    def flag_value(handle, key, distinct_id, more)
      room, @room = @room, nil # as with @slot
      room ||= "\0" * VALUE_SIZE
      status = @functions.posthog_flag_value(handle, key, key.bytesize, distinct_id, distinct_id.bytesize,
                                             more, more ? more.bytesize : 0, room, VALUE_SIZE)
      return status unless status == OK

      value = VALUES.fetch(room.getbyte(0)) { JSON.parse(room.unpack1('Z*').force_encoding(Encoding::UTF_8)) }
      @room = room
      value
    end

    # The exception for a failed call.
    def error(status, reply)
      told = reply.empty? ? {} : JSON.parse(reply).fetch('error', {})
      Error.new(told.fetch('code') { @functions.posthog_status_name(status) },
                told.fetch('message', 'the library gave no reason'))
    end

    private

    # Copies a reply and frees it.
    def take(operation, reply)
      address = reply.read_pointer
      return '' if address.null?

      begin
        text = address.read_string.force_encoding(Encoding::UTF_8)
        # The body of a request lies behind the JSON, in the same allocation.
        body = JSON.parse(text).dig('request', 'body') if operation == :poll
        body ? address.read_string(body['at'] + body['len']) : text
      ensure
        @functions.posthog_free(address.address)
      end
    end

    def bind(path)
      Module.new do
        extend FFI::Library
        ffi_lib path

        # void posthog_free(char *reply); as a number, for which no object has to be made
        attach_function :posthog_free, %i[ulong], :void
        # uint32_t posthog_abi_version(void);
        attach_function :posthog_abi_version, [], :uint32
        # const char *posthog_status_name(int32_t status);
        attach_function :posthog_status_name, %i[int32], :string
        # int32_t posthog_open(const char *json, size_t len, uint32_t *client, char **reply);
        attach_function :posthog_open, %i[buffer_in size_t pointer pointer], :int32
        # int32_t posthog_flag_value(uint32_t client, const char *key, size_t key_len, const char *distinct_id,
        #                            size_t distinct_id_len, const char *json, size_t len, char *value,
        #                            size_t capacity);
        attach_function :posthog_flag_value,
                        %i[uint32 buffer_in size_t buffer_in size_t buffer_in size_t buffer_out size_t], :int32
        # int32_t posthog_<operation>(uint32_t client, const char *json, size_t len, char **reply);
        FUNCTIONS.each_value { |name| attach_function name, %i[uint32 buffer_in size_t pointer], :int32 }
        WAITING_FUNCTIONS.each do |op, name|
          attach_function name, FUNCTIONS[op], %i[uint32 buffer_in size_t pointer], :int32, blocking: true
        end
      end
    end
  end
end
