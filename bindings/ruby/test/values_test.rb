# frozen_string_literal: true

require 'bigdecimal'
require 'date'
require 'set'
require 'time'
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

  class HostileHashLike
    def to_hash = raise('no pairs for you')
    def to_json(*) = raise('no JSON for you')
    def to_h = raise('no pairs for you')
  end

  class Abstract
    def to_s = raise(NotImplementedError, 'not here')
  end

  class Furious
    def to_s = raise(Exception, 'not even an error')
  end

  class Untext
    def to_s = 42
  end

  class Liar
    def class = String
    def to_s = 'a liar'
  end

  # Rebuilt, not asked: what a String's or an Array's own class does to JSON is not the wire's business.
  class Loud < String
    def to_json(*) = 'no JSON'
  end

  class List < Array
    def to_json(*) = 'no JSON'
  end

  class HostilePoint < Struct.new(:x) # rubocop:disable Style/StructInheritance
    def to_h = raise('no pairs for you')
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
    [Loud.new('loud'), 'loud'],
    [List.new([1]), [1]],
    [Hash.new { |_, key| key }.merge(a: 1), { 'a' => 1 }],
    [-0.0, -0.0],
    [2**64, 2**64],
    [-(2**63), -(2**63)],
    [BigDecimal('1e30'), 1e30],
    [[], []],
    [{}, {}],
    ['', ''],
    ["\u0000\u2028\u{1F600}\"\\\n", "\u0000\u2028\u{1F600}\"\\\n"],
    [:"symbol é", 'symbol é'],
    [Set[Set[:a]], [['a']]],
    [HashLike.new, { 'a' => [1] }],
    [ArrayLike.new, [1, 2]],
    [{ 1 => 'a', nil => 'b', [1, 2] => 'c' }, { '1' => 'a', '' => 'b', '[1, 2]' => 'c' }]
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
    [-Float::INFINITY, nil, 'not a finite number'],
    [-(10**400), nil, 'beyond the range of a double'],
    ["\xD8\x00".dup.force_encoding('UTF-16BE'), "\uFFFD", 'text with invalid bytes'],
    [1i, '0+1i', 'a Complex, kept as text'],
    [1..2, '1..2', 'a Range, kept as text'],
    [HostileHashLike.new, nil, 'raised while it was read'],
    [HostilePoint.new(1), nil, 'raised while it was read'],
    [Abstract.new, nil, 'raised while it was read'],
    [Furious.new, nil, 'raised while it was read'],
    [Untext.new, nil, 'raised while it was read'],
    [Hostile.new, nil, 'raised while it was read'],
    [HostileHash.new, nil, 'raised while it was read'],
    [BasicObject.new, nil, 'raised while it was read']
  ].freeze

  # JSON, and what was lost.
  def encode(value)
    lost = []
    [LibPostHog::Values.encode(value) { |loss| lost << loss }, lost]
  end

  KEPT.each_with_index do |(value, expected), index|
    define_method("test_a_value_is_kept_#{index}") do
      text, lost = encode({ value: value })
      decoded = JSON.parse(text)['value']
      expected.nil? ? assert_nil(decoded) : assert_equal(expected, decoded)
      assert_instance_of expected.class, decoded
      assert_empty lost
    end
  end

  LOST.each_with_index do |(value, expected, why), index|
    define_method("test_a_loss_is_replaced_and_named_#{index}") do
      text, lost = encode({ properties: { list: [0, value], good: 1 } })
      assert_equal({ 'properties' => { 'list' => [0, expected], 'good' => 1 } }, JSON.parse(text))
      assert_equal ["properties.list.1: #{why}"], lost
    end
  end

  # Symbols go the quick way as long as nobody taught them another JSON.
  def test_symbols_are_their_text_whatever_json_makes_of_them
    program = "print LibPostHog::Values.encode({ a: :b, 'c' => [:'d e'] })"
    ['', "require 'json/add/symbol';"].each do |taught|
      assert_equal '{"a":"b","c":["d e"]}', run_program(taught + program)
    end
  end

  def test_an_object_that_lies_about_its_class_is_text
    assert_equal '["a liar"]', encode([Liar.new]).first
  end

  def test_a_name_that_raises_costs_itself_alone
    text, lost = encode({ Hostile.new => 1, good: Object.new })
    assert_equal({ '' => 1, 'good' => nil }, JSON.parse(text))
    assert_equal ['value: raised while it was read', 'good: a Object is no JSON value'], lost
    [Abstract, Furious].each { |kind| assert_equal '{"":1}', encode({ kind.new => 1 }).first }
  end

  # Both ways from a value to JSON, the quick one and the one that rebuilds, say the same.
  def test_names_do_not_depend_on_their_neighbours
    names = { 1 => 1, nil => 2, 1.5 => 3, [1] => 4, Date.new(2026, 8, 1) => 5, 'é'.b => 6, 'é'.encode('UTF-16LE') => 7 }
    quick = JSON.parse(encode(names).first)
    rebuilt = JSON.parse(encode({ **names, symbol: :a }).first)
    assert_equal quick, rebuilt.except('symbol')
  end

  if LibPostHog::Values::DATA.any?
    def test_data_is_an_object
      assert_equal '{"x":1}', encode(Data.define(:x).new(x: 1)).first
    end
  end

  # What ends a process or a block must pass through.
  def test_an_interrupt_in_a_values_code_is_no_loss
    interrupted = Class.new { def to_s = raise(Interrupt) }.new
    assert_raises(Interrupt) { encode([interrupted]) }
  end

  # All of it at once, through a client: the event goes out, its body is JSON, and each loss can be read.
  def test_nothing_stops_an_event
    posthog = client
    everything = { kept: KEPT.map(&:first), lost: LOST.map(&:first) }
    assert posthog.capture(distinct_id: 'u', event: 'e', properties: everything)
    posthog.shutdown
    properties = standin.events.first['properties']
    assert_equal [KEPT.size, LOST.map { |row| row[1] }], [properties['kept'].size, properties['lost']]
    told = posthog.drain.select { |record| record['code'] == 'VALUE' }
    assert_equal LOST.each_with_index.map { |row, index| "capture: properties.lost.#{index}: #{row[2]}" },
                 (told.map { |record| record['message'] })
    assert_equal ['warning'], told.map { |record| record['level'] }.uniq
  end

  def test_numbers_keep_their_token
    assert_equal '{"a":323.0,"b":323,"c":0.1}', encode({ a: 323.0, b: 323, c: 0.1 }).first
  end

  def test_text_is_not_escaped
    assert_equal '{"é":"日本"}', encode({ 'é' => '日本' }).first
  end

  def test_a_cycle_ends
    loop = { 'name' => 'loop' }
    loop['self'] = [loop, loop]
    text, lost = encode({ properties: loop })
    assert_equal({ 'properties' => { 'name' => 'loop', 'self' => [nil, nil] } }, JSON.parse(text))
    assert_equal ['properties.self.0: contains itself', 'properties.self.1: contains itself'], lost
  end

  def test_the_same_value_twice_is_no_cycle
    shared = { a: :b }
    text, lost = encode([shared, shared])
    assert_equal [{ 'a' => 'b' }] * 2, JSON.parse(text)
    assert_empty lost
  end

  def test_nesting_stays_below_what_the_library_takes
    [101, 150, 5000].each do |levels|
      nested = levels.times.reduce([]) { |inner, _| [inner] }
      text, lost = encode(nested)
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
