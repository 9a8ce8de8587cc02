# frozen_string_literal: true

require 'test_helper'

# Host values to JSON: every rule, and that nothing a value does comes out as an exception or as invalid JSON.
class ValuesTest < Minitest::Test
  Point = Struct.new(:x, :y)

  class HashLike
    def to_hash = { 'a' => Set[1] }
  end

  class ArrayLike
    def to_ary = [1, 2]
  end

  class Lazy
    def to_s = 'shown'
  end

  class Hostile
    def to_s = raise('no text for you')
  end

  class HostileHash < Hash
    def each = raise('no pairs for you')
    alias each_with_object each
    alias all? each
  end

  KEPT = [
    ['text', 'text'],
    [7, 7],
    [2**70, 2**70],
    [1.5, 1.5],
    [true, true],
    [nil, nil],
    [[1, [2]], [1, [2]]],
    [{ b: 1, a: 2 }, { 'b' => 1, 'a' => 2 }],
    [:symbol, 'symbol'],
    [Time.utc(2026, 8, 1, 10), '2026-08-01T10:00:00Z'],
    [Time.new(2026, 8, 1, 10, 0, 0.5r, '+02:00'), '2026-08-01T10:00:00.500000+02:00'],
    [DateTime.new(2026, 8, 1, 10, 0, 0), '2026-08-01T10:00:00+00:00'],
    [Date.new(2026, 8, 1), '2026-08-01'],
    [BigDecimal('19.99'), 19.99],
    [3r / 2, 1.5],
    ['bytes é'.b, 'bytes é'],
    ['é'.encode('ISO-8859-1'), 'é'],
    ['é'.encode('UTF-16LE'), 'é'],
    [Set[1], [1]],
    [Point.new(1, 2), { 'x' => 1, 'y' => 2 }],
    [HashLike.new, { 'a' => [1] }],
    [ArrayLike.new, [1, 2]],
    [{ 1 => 'a', nil => 'b', [1, 2] => 'c' }, { '1' => 'a', 'null' => 'b', '[1,2]' => 'c' }]
  ].freeze

  LOST = [
    [Float::NAN, nil, 'not a finite number'],
    [Float::INFINITY, nil, 'not a finite number'],
    [BigDecimal('NaN'), nil, 'not a finite number'],
    [BigDecimal('1e400'), nil, 'not a finite number'],
    [10**400, nil, 'beyond the range of a double'],
    ["\xFF".b, nil, 'bytes that are not UTF-8'],
    ["a\xFFb", "a\uFFFDb", 'text with invalid bytes'],
    ["a\xED\xA0\x80b", "a\uFFFD\uFFFD\uFFFDb", 'text with invalid bytes'],
    [Object.new, nil, 'a Object is no JSON value'],
    [Lazy.new, 'shown', 'a ValuesTest::Lazy, kept as text'],
    [Hostile.new, nil, 'raised while it was read'],
    [HostileHash.new, nil, 'raised while it was read'],
    [BasicObject.new, nil, 'raised while it was read']
  ].freeze

  KEPT.each_with_index do |(value, expected), index|
    define_method("test_a_value_is_kept_#{index}") do
      text, lost = LibPostHog::Values.encode({ value: value })
      decoded = JSON.parse(text)['value']
      expected.nil? ? assert_nil(decoded) : assert_equal(expected, decoded)
      assert_instance_of expected.class, decoded
      assert_empty lost
    end
  end

  LOST.each_with_index do |(value, expected, why), index|
    define_method("test_a_loss_is_replaced_and_named_#{index}") do
      text, lost = LibPostHog::Values.encode({ properties: { list: [0, value], good: 1 } })
      assert_equal({ 'properties' => { 'list' => [0, expected], 'good' => 1 } }, JSON.parse(text))
      assert_equal ["properties.list.1: #{why}"], lost
    end
  end

  def test_numbers_keep_their_token
    assert_equal '{"a":323.0,"b":323,"c":0.1}', LibPostHog::Values.encode({ a: 323.0, b: 323, c: 0.1 }).first
  end

  def test_text_is_not_escaped
    assert_equal '{"é":"日本"}', LibPostHog::Values.encode({ 'é' => '日本' }).first
  end

  def test_a_cycle_ends
    loop = { 'name' => 'loop' }
    loop['self'] = [loop, loop]
    text, lost = LibPostHog::Values.encode({ properties: loop })
    assert_equal({ 'properties' => { 'name' => 'loop', 'self' => [nil, nil] } }, JSON.parse(text))
    assert_equal ['properties.self.0: contains itself', 'properties.self.1: contains itself'], lost
  end

  def test_the_same_value_twice_is_no_cycle
    shared = { a: :b }
    text, lost = LibPostHog::Values.encode([shared, shared])
    assert_equal [{ 'a' => 'b' }] * 2, JSON.parse(text)
    assert_empty lost
  end

  def test_nesting_stays_below_what_the_library_takes
    [101, 150, 5000].each do |levels|
      nested = levels.times.reduce([]) { |inner, _| [inner] }
      text, lost = LibPostHog::Values.encode(nested)
      assert_equal LibPostHog::Values::MAX_DEPTH, text.count('[')
      assert_equal 1, lost.size
      assert lost.first.end_with?('nested deeper than 100 levels')
    end
  end

  def test_an_identifier_is_text
    { 'user-1' => 'user-1', 42 => '42', 1.5 => '1.5', :user => 'user' }.each do |value, expected|
      assert_equal expected, LibPostHog::Values.identifier(value)
    end
    assert_nil LibPostHog::Values.identifier(nil)
    assert_nil LibPostHog::Values.identifier(Hostile.new)
  end
end
