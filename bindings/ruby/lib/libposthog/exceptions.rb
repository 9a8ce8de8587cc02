# frozen_string_literal: true

module LibPostHog
  # Ruby exceptions as the library takes them.
  module Exceptions
    # The library keeps this many of each; more is not worth its way there.
    MAX_EXCEPTIONS = 50
    MAX_FRAMES = 64

    CONTEXT_LINES = 5

    LINE = /\A(?<path>.+?):(?<number>\d+)(?::in [`'](?<method>.*)')?\z/

    module_function

    # An exception and what it came from, the caught one first. A message alone makes an entry without frames.
    # @param exception [Exception, String]
    # @param mechanism [Hash] how it was caught
    # @return [Array<Hash>, nil] nil for what is neither
    def describe(exception, mechanism)
      return [{ type: 'Error', value: exception, mechanism: mechanism }] if exception.is_a?(String)
      return unless exception.is_a?(Exception)

      chain = {}.compare_by_identity
      while exception && !chain.key?(exception) && chain.size < MAX_EXCEPTIONS
        chain[exception] = entry(exception, mechanism)
        exception = exception.cause
      end
      chain.values
    end

    def entry(exception, mechanism)
      {
        type: exception.class.to_s,
        value: message_of(exception),
        mechanism: mechanism,
        frames: frames(exception.backtrace || [])
      }
    end

    def message_of(exception)
      exception.message.to_s
    rescue StandardError # an exception's message is foreign code
      ''
    end

    # From the entry point to the crash; of a long way the end.
    def frames(backtrace)
      backtrace.first(MAX_FRAMES).reverse.filter_map { |line| frame(LINE.match(line)) }
    end

    def frame(line)
      return unless line

      path = line[:path]
      {
        platform: 'ruby',
        filename: filename(path),
        abs_path: path,
        function: line[:method],
        lineno: line[:number].to_i,
        in_app: in_app?(path),
        **context(path, line[:number].to_i)
      }.compact
    end

    # The path below the load path that has it, as it is the same on every machine.
    def filename(path)
      root = $LOAD_PATH.map(&:to_s).select { |folder| path.start_with?("#{folder}/") }.max_by(&:size)
      root ? path.delete_prefix("#{root}/") : File.basename(path)
    end

    def in_app?(path)
      !path.start_with?(RbConfig::CONFIG['rubylibprefix'], '<internal') && !path.match?(%r{/gems/|/vendor_ruby/})
    end

    def context(path, number)
      first = [number - CONTEXT_LINES, 1].max
      lines = File.foreach(path, chomp: true).lazy.drop(first - 1).first(number - first + 1 + CONTEXT_LINES)
      at = number - first
      { pre_context: lines.first(at), context_line: lines[at], post_context: lines.drop(at + 1) }
    rescue SystemCallError, ArgumentError # no file: eval, irb, a file that is gone
      {}
    end

    private_class_method :entry, :message_of, :frames, :frame, :filename, :in_app?, :context
  end
end
