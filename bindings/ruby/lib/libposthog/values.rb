# frozen_string_literal: true

require 'bigdecimal'
require 'date'
require 'json'
require 'set'
require 'time'

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
  #   Struct, whatever has to_hash              object
  #   a key that is no String                   its text
  #   an object with a to_s of its own (*)      that text
  #   NaN, Infinity, beyond a double (*)        null
  #   binary that is not UTF-8 (*)              null
  #   a cycle, more than 100 levels (*)         null
  #   anything else, or whatever raises (*)     null
  #   invalid bytes in text (*)                 U+FFFD
  #
  # Rows with (*) lose something; .encode says where that happened.
  module Values
    MAX_DEPTH = 100
    BEYOND_DOUBLE = 10**308

    module_function

    # @return [Array(String, Array<String>)] JSON, and where something was lost: "properties.total: not a finite number"
    def encode(value)
      return [generate(value), []] if plain?(value, 0)

      walk = Walk.new
      [generate(walk.convert(value)), walk.lost]
    end

    # A distinct_id or a key as text: the wire knows no other kind.
    # @return [String, nil]
    def identifier(value)
      converted = Walk.new.convert(value)
      converted.nil? || converted.is_a?(String) ? converted : generate(converted)
    end

    # Whether a value can go to the generator as it is, as most do: looking costs a fifth of rebuilding it. Subclasses
    # of containers may be anything inside, so they cannot.
    def plain?(value, depth)
      case value
      when String then value.encoding == Encoding::UTF_8 && value.valid_encoding?
      when Integer then value.bit_length < 64
      when true, false, nil then true
      when Float then value.finite?
      when Hash
        value.instance_of?(Hash) && depth < MAX_DEPTH &&
          value.all? { |key, item| plain_key?(key) && plain?(item, depth + 1) }
      when Array
        value.instance_of?(Array) && depth < MAX_DEPTH && value.all? { |item| plain?(item, depth + 1) }
      else false
      end
    end

    def plain_key?(key)
      case key
      when Symbol then key.encoding == Encoding::US_ASCII
      when String then key.encoding == Encoding::UTF_8 && key.valid_encoding?
      else false
      end
    end

    # The walk bounds nesting itself, so the generator's own bound is off.
    def generate(plain)
      JSON.generate(plain, max_nesting: 0)
    end

    private_class_method :plain?, :plain_key?

    # Why a value becomes null.
    class Loss < StandardError; end

    # Rebuilds a value from plain JSON types.
    class Walk
      # @return [Array<String>]
      attr_reader :lost

      def initialize
        @lost = []
        @path = []
        @open = {}.compare_by_identity
      end

      def convert(value)
        case value
        when nil, true, false then value
        when String then text(value)
        when Symbol then text(value.name)
        when Integer then integer(value)
        when Float, BigDecimal, Rational then finite(value.to_f)
        when Time, DateTime then instant(value)
        when Date then value.iso8601
        else container(value)
        end
      rescue Loss => e
        lose(e.message)
      rescue StandardError, SystemStackError # to_s, each, to_hash: foreign code may raise anything
        lose('raised while it was read')
      end

      private

      def lose(why)
        @lost << "#{@path.empty? ? 'value' : @path.join('.')}: #{why}"
        nil
      end

      def text(value)
        return binary(value) if value.encoding == Encoding::BINARY
        return value if value.encoding == Encoding::UTF_8 && value.valid_encoding?

        whole = value.encode(Encoding::UTF_8, invalid: :replace, undef: :replace, replace: "\uFFFD").scrub("\uFFFD")
        lose('text with invalid bytes') unless value.valid_encoding?
        whole
      end

      def binary(value)
        copy = value.dup.force_encoding(Encoding::UTF_8)
        raise Loss, 'bytes that are not UTF-8' unless copy.valid_encoding?

        copy
      end

      def integer(value)
        raise Loss, 'beyond the range of a double' if value.abs >= BEYOND_DOUBLE

        value
      end

      def finite(value)
        raise Loss, 'not a finite number' unless value.finite?

        value
      end

      def instant(value)
        fraction = value.is_a?(DateTime) ? value.sec_fraction : value.subsec
        value.iso8601(fraction.zero? ? 0 : 6)
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
        when Array, Set then array(value)
        when Struct then object(value.to_h)
        else
          return object(value.to_hash) if value.respond_to?(:to_hash)
          return array(value.to_ary) if value.respond_to?(:to_ary)

          foreign(value)
        end
      end

      def object(pairs)
        pairs.each_with_object({}) do |(key, item), result|
          name = key.is_a?(String) ? text(key) : key(key)
          @path.push(name)
          result[name] = convert(item)
          @path.pop
        end
      end

      def key(key)
        converted = convert(key)
        converted.is_a?(String) ? converted : Values.generate(converted)
      end

      def array(items)
        items.each_with_index.map do |item, index|
          @path.push(index)
          converted = convert(item)
          @path.pop
          converted
        end
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
