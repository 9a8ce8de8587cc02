# frozen_string_literal: true

module LibPostHog
  # Ruby exceptions as the library takes them.
  module Exceptions
    # The library keeps this many of each; more is not worth its way there.
    MAX_EXCEPTIONS = 50
    MAX_FRAMES = 64

    CONTEXT_LINES = 5
    MAX_LINE = 1024

    # A line of a backtrace that was set by hand, for which there are no locations.
    LINE = /\A(?<path>.+?):(?<lineno>\d+)(?::in [`'](?<label>.*)')?\z/

    # Where code lives that is not the program's own.
    FOREIGN = %r{/gems/|/vendor_ruby/|/vendor/bundle/}

    module_function

    # An exception and what it came from, the caught one first. A message alone makes an entry without frames.
    # @param exception [Exception, String]
    # @param mechanism [Hash] how it was caught
    # @return [Array<Hash>, nil] nil for what is neither
    def describe(exception, mechanism)
      return [{ type: 'Error', value: exception, mechanism: place(mechanism, 0, true) }] if String === exception
      return unless Exception === exception

      chain = {}.compare_by_identity
      while exception && !chain.key?(exception) && chain.size < MAX_EXCEPTIONS
        caught = chain.empty? ? mechanism : { type: 'chained', parent_id: chain.size - 1, source: 'cause' }
        chain[exception] = entry(exception, place(caught, chain.size, false))
        exception = exception.cause
      end
      chain.values
    end

    # A mechanism with the exception's place in its chain, and whether there is an exception at all.
    def place(mechanism, number, synthetic) = { **mechanism, exception_id: number, synthetic: synthetic }

    def entry(exception, mechanism)
      {
        type: exception.class.to_s,
        value: message_of(exception),
        mechanism: mechanism,
        frames: frames(exception)
      }
    end

    def message_of(exception)
      exception.message.to_s
    rescue StandardError, ScriptError, SystemStackError # an exception's message is foreign code
      ''
    end

    # From the entry point to the crash; of a long way the end.
    def frames(exception)
      locations = exception.backtrace_locations&.first(MAX_FRAMES)&.map do |location|
        frame(location.path, location.absolute_path, location.lineno, location.label)
      end
      locations ||= (exception.backtrace || []).first(MAX_FRAMES).filter_map do |text|
        line = LINE.match(text) or next
        frame(line[:path], nil, line[:lineno].to_i, line[:label])
      end
      locations.reverse
    end

    def frame(path, absolute, lineno, label)
      full = absolute || path
      own = in_app?(full)
      {
        platform: 'ruby', filename: filename(full), abs_path: full, function: label, lineno: lineno, in_app: own,
        **(own ? context(full, lineno) : {})
      }.compact
    end

    # The path below the load path that has it, as it is the same on every machine.
    def filename(path)
      root = $LOAD_PATH.map(&:to_s).select { |folder| path.start_with?("#{folder}/") }.max_by(&:size)
      root ? path.delete_prefix("#{root}/") : File.basename(path)
    end

    def in_app?(path) = !path.start_with?(RbConfig::CONFIG['rubylibprefix'], '<internal') && !path.match?(FOREIGN)

    def context(path, number)
      first = [number - CONTEXT_LINES, 1].max
      lines = File.foreach(path, chomp: true, encoding: 'UTF-8').lazy.drop(first - 1)
                  .first(number - first + 1 + CONTEXT_LINES).map { |line| line.scrub[0, MAX_LINE] }
      at = number - first
      { pre_context: lines.first(at), context_line: lines[at], post_context: lines.drop(at + 1) }
    rescue SystemCallError, ArgumentError # no file: eval, irb, a file that is gone
      {}
    end

    private_class_method :place, :entry, :message_of, :frames, :frame, :filename, :in_app?, :context
  end
end
