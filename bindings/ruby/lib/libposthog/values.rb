# frozen_string_literal: true

module LibPostHog
  # Host values to JSON: the one place where Ruby's types meet the wire. Nothing raises here, whatever a value is or
  # does, and what comes out is always JSON the library accepts:
  #
  #   Ruby                                      JSON
  #   String, Integer, Float, true, nil,        as they are; integers keep their digits, floats their token; text in
  #   Hash, Array                               other encodings becomes UTF-8
  #   Symbol                                    its text
  #   Time, DateTime, Date                      ISO 8601 text
  #   BigDecimal, Rational                      a number
  #   binary String                             UTF-8 text
  #   Set, whatever has to_ary                  array
  #   Struct, Data, whatever has to_hash        object
  #   a key that is no String                   what its to_s says
  #   an object with a to_s of its own (*)      that text
  #   NaN, Infinity, beyond a double (*)        null
  #   binary that is not UTF-8 (*)              null
  #   a cycle, more than 100 levels (*)         null
  #   anything else, or whatever raises (*)     null
  #   invalid bytes in text (*)                 U+FFFD
  #
  # Rows with (*) lose something; .encode tells its block where that happened.
  module Values
    MAX_DEPTH = 100
    BEYOND_DOUBLE = 10**308

    # Data came with Ruby 3.2; an older Ruby may have another constant of that name.
    DATA = (RUBY_VERSION >= '3.2' ? [Data] : []).freeze

    # Classes of the standard library. A program that never required them has no such value, and need not wait for them.
    SET, DATE, DATE_TIME, DECIMAL = %i[Set Date DateTime BigDecimal].map do |name|
      ->(value) { Object.const_defined?(name) && Object.const_get(name) === value }
    end

    # Shared by all threads: it is used under the interpreter lock, on values that call nothing back. plain? bounds the
    # nesting.
    GENERATOR = JSON::State.new(max_nesting: 0)

    # What the generator knows and nothing can be inside of.
    LEAVES = [String, Float, TrueClass, FalseClass, NilClass].to_h { |kind| [kind, true] }.compare_by_identity
    private_constant :GENERATOR, :LEAVES

    module_function

    # @yieldparam loss [String] where something was lost: "properties.total: not a finite number"
    # @return [String] JSON
    def encode(value, &)
      direct(value) || generate(Walk.new(&).convert(value))
    end

    # A distinct_id or a key as text: the wire knows no other kind.
    # @return [String, nil]
    def identifier(value)
      return value if text?(value)

      converted = Walk.new.convert(value)
      converted.nil? || converted.is_a?(String) ? converted : generate(converted)
    end

    # JSON of a value that the generator knows all of, as most are: looking costs a fifth of rebuilding it. nil for
    # others, and for text or a number it refuses.
    def direct(value)
      GENERATOR.generate(value) if Hash === value && plain?(value, 0)
    rescue Exception => e # rubocop:disable Lint/RescueException -- a name's to_s is foreign code
      raise if passing.any? { |kind| kind === e }
    end

    # Whether the generator knows a value and all in it. Subclasses may be anything inside, so they are none of it. Text,
    # floats and names are the generator's to judge.
    def plain?(value, depth)
      case value
      when Integer then value.bit_length < 64
      when Symbol then !Symbol.method_defined?(:to_json, false) # as json/add/symbol does
      when Hash
        value.class == Hash && depth < MAX_DEPTH &&
          value.each_value { |item| return false unless LEAVES[item.class] || plain?(item, depth + 1) }
      when Array
        value.class == Array && depth < MAX_DEPTH &&
          value.each { |item| return false unless LEAVES[item.class] || plain?(item, depth + 1) }
      end
    end

    # Whether a value is text as the wire has it.
    def text?(value) = String === value && value.instance_of?(String) &&
                       (value.ascii_only? || (value.encoding == Encoding::UTF_8 && value.valid_encoding?))

    def generate(plain) = GENERATOR.generate(plain)

    # What ends a process or a block passes; whatever else a value's own code raises costs that value alone.
    def passing =
      [SystemExit, SignalException, NoMemoryError, *(Timeout::ExitException if defined?(Timeout::ExitException))]

    private_class_method :plain?

    # Why a value becomes null.
    class Loss < StandardError; end

    # Rebuilds a value from plain JSON types.
    class Walk
      def initialize(&lost)
        @lost = lost
        @path = []
        @open = {}.compare_by_identity
      end

      def convert(value)
        return value if leaf?(value)

        guarded do
          case value
          when String then text(value)
          when Symbol then text(value.name)
          when Hash, Array then container(value)
          when Integer then integer(value)
          when Float, DECIMAL, Rational then finite(value.to_f)
          when Time, DATE_TIME then instant(value)
          when DATE then value.iso8601
          else container(value)
          end
        end
      end

      private

      # Whether a value stays as it is.
      def leaf?(value)
        case value
        when String then Values.text?(value)
        when nil, true, false then true
        when Integer then value.bit_length < 64
        when Float then value.finite?
        end
      end

      def guarded
        yield
      rescue Loss => e
        lose(e.message)
      rescue *Values.passing
        raise
      rescue Exception # rubocop:disable Lint/RescueException -- to_s, each and to_hash are foreign code
        lose('raised while it was read')
      end

      def lose(why)
        @lost&.call("#{@path.empty? ? 'value' : @path.join('.')}: #{why}")
        nil
      end

      def text(value)
        value = String.new(value) unless value.instance_of?(String)
        return binary(value) if value.encoding == Encoding::BINARY
        return value if Values.text?(value)

        whole = value.encode(Encoding::UTF_8, invalid: :replace, undef: :replace, replace: "\uFFFD").scrub("\uFFFD")
        lose('text with invalid bytes') unless value.valid_encoding?
        whole
      end

      def binary(value)
        copy = value.dup.force_encoding(Encoding::UTF_8)
        raise Loss, 'bytes that are not UTF-8' unless copy.valid_encoding?

        copy
      end

      def integer(value) =
        value.abs < BEYOND_DOUBLE ? value : raise(Loss, 'beyond the range of a double')

      def finite(value) = value.finite? ? value : raise(Loss, 'not a finite number')

      # As iso8601 writes it, which Time has only where a program required it.
      def instant(value)
        utc, fraction = Time === value ? [value.utc?, value.subsec] : [false, value.sec_fraction]
        value.strftime("%FT%T#{'.%6N' unless fraction.zero?}#{utc ? 'Z' : '%:z'}")
      end

      def container(value)
        raise Loss, 'contains itself' if @open.key?(value)
        raise Loss, "nested deeper than #{MAX_DEPTH} levels" if @open.size >= MAX_DEPTH

        @open[value] = true
        begin
          members(value)
        ensure
          @open.delete(value)
        end
      end

      def members(value)
        case value
        when Hash then object(value)
        when Array, SET then array(value)
        when Struct, *DATA then object(value.to_h)
        else
          return object(value.to_hash) if value.respond_to?(:to_hash)
          return array(value.to_ary) if value.respond_to?(:to_ary)

          foreign(value)
        end
      end

      def object(pairs)
        pairs.each_with_object({}) do |(key, item), result|
          name = name(key)
          result[name] = leaf?(item) ? item : within(name, item)
        end
      end

      # As the generator does where it is asked directly.
      def name(key)
        key = key.name if Symbol === key
        Values.text?(key) ? key : guarded { text(key.to_s) }.to_s
      end

      def array(items) = items.each_with_index.map { |item, index| within(index, item) }

      def within(place, item)
        @path.push(place)
        convert(item).tap { @path.pop }
      end

      def foreign(value)
        kind = value.class
        raise Loss, "a #{kind} is no JSON value" if value.method(:to_s).owner == Kernel

        shown = text(value.to_s)
        lose("a #{kind}, kept as text")
        shown
      end
    end
  end
end
