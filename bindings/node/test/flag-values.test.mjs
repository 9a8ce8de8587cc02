import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlagValues } from '../src/flag-values.js'

/** What a reader has to give, by JSON.parse. */
function expected(text) {
  const flags = JSON.parse(text).flags ?? {}
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== null))
}

const reply = (flags) => JSON.stringify({ flags, request_id: null, evaluated_at: 1, errors: [] })

test('what is read is what JSON.parse gives, without the undecided, whatever came before', () => {
  const plain = { a: true, b: false, c: 'red', 'flag-é😀': 'blå', d: '' }
  const shapes = [
    plain,
    { ...plain, a: false, c: 'blue' },
    { ...plain, b: null },
    { ...plain, a: null, b: null, c: null },
    { ...plain, c: 'a "quoted" \\ one' },
    { ...plain, 'ke"y': true },
    { 1: true, b: false, 0: 'x' },
    { a: true, b: false },
    JSON.parse('{"a":true,"__proto__":false}'),
    {},
  ]
  const reader = new FlagValues()
  // Each twice and three times in a row, since a reader learns from two alike, and then after each other.
  for (const first of shapes) {
    for (const second of shapes) {
      for (const flags of [first, first, first, second, first, second, second, second, first]) {
        const text = reply(flags)
        assert.deepEqual(reader.read(text), expected(text))
      }
    }
  }
})

test('every answer is an object of its own', () => {
  const reader = new FlagValues()
  const answers = Array.from({ length: 4 }, () => reader.read('{"flags":{"a":true,"b":"x"}}'))
  for (const answer of answers) {
    assert.deepEqual(answer, { a: true, b: 'x' })
    answer.a = 'changed'
    delete answer.b
  }
})

test('values of other kinds, spaces, other orders and nothing at all are read too', () => {
  const reader = new FlagValues()
  for (const text of ['{"flags":{"a":true}}', '{"flags":{"a":true}}', '{"flags":{"a":1}}', '{"flags":{"a":{"value":true}}}',
    '{"flags":{"a":true,"b":true}}', '{ "flags": {"a":true} }', '{"errors":[],"flags":{"a":false}}', '{}', '{"flags":{"a":"true"}}']) {
    assert.deepEqual(reader.read(text), expected(text), text)
  }
  assert.throws(() => reader.read('{"flags":{"a":tr'), SyntaxError)
})

test('a thousand flags, and more than are followed', () => {
  for (const count of [1000, 1001, 3000]) {
    const reader = new FlagValues()
    const values = [true, false, 'a', 'b']
    for (let round = 0; round < 4; round++) {
      const text = reply(Object.fromEntries(Array.from({ length: count }, (_, i) => [`flag-${i}`, values[(i * (round + 1)) % 4]])))
      assert.deepEqual(reader.read(text), expected(text))
    }
  }
})
