import assert from 'node:assert/strict'
import { test } from 'node:test'
import values from '../src/values.js'

const { encode, identifier, MAX_DEPTH } = values

class Money {
  #secret = 'kept'
  amount = 3
  get formatted() {
    return this.#secret
  }
}

const cycle = { name: 'a' }
cycle.self = cycle

const shared = { n: 1 }

const KEPT = [
  ['text', 'é "quoted"', '"é \\"quoted\\""'],
  ['a pair of surrogates', '\u{1f600}', '"\u{1f600}"'],
  ['the text of an escape', '\\ud800', '"\\\\ud800"'],
  ['an integer', 12, '12'],
  ['a fraction', 1.5, '1.5'],
  ['a large number', 1e300, '1e+300'],
  ['minus zero', -0, '0'],
  ['booleans and null', [true, false, null], '[true,false,null]'],
  ['a nested object in its order', { b: { a: 1 }, a: [2] }, '{"b":{"a":1},"a":[2]}'],
  ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ['a class instance', new Money(), '{"amount":3}'],
  ['undefined in an object', { a: undefined, b: 1 }, '{"b":1}'],
  ['undefined in an array', [undefined, 1], '[null,1]'],
  ['undefined alone', undefined, 'null'],
  ['a hole in an array', [, 1], '[null,1]'],
  ['a Date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ['a bigint', 2n ** 70n, '1180591620717411303424'],
  ['a negative bigint', { n: -5n }, '{"n":-5}'],
  ['a Map', new Map([['a', 1], [2, 'b'], [null, 'c']]), '{"a":1,"2":"b","null":"c"}'],
  ['a Set', new Set([1, 'a']), '[1,"a"]'],
  ['a Float32Array', new Float32Array([1.5, 2]), '[1.5,2]'],
  ['a BigInt64Array', new BigInt64Array([7n]), '[7]'],
  ['a Buffer', Buffer.from('héllo'), '"héllo"'],
  ['a Uint8Array', new TextEncoder().encode('x'), '"x"'],
  ['an ArrayBuffer', new TextEncoder().encode('x').buffer, '"x"'],
  ['a DataView', new DataView(new TextEncoder().encode('xyz').buffer, 1, 1), '"y"'],
  ['a URL', new URL('http://localhost/a'), '"http://localhost/a"'],
  ['an object with toJSON', { toJSON: () => ({ a: [new Date(0)] }) }, '{"a":["1970-01-01T00:00:00.000Z"]}'],
  ['boxed values', [new String('s'), new Number(1), new Boolean(false)], '["s",1,false]'],
  ['the same object twice', [shared, shared], '[{"n":1},{"n":1}]'],
  ['a member named __proto__', JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
]

for (const [what, value, want] of KEPT) {
  test(`encode keeps ${what}`, () => {
    assert.deepEqual(encode(value), { json: want, lost: [] })
  })
}

const LOST = [
  ['NaN', { a: { total: NaN } }, '{"a":{"total":null}}', 'a.total: not a finite number'],
  ['Infinity', [-Infinity], '[null]', '0: not a finite number'],
  ['a bigint beyond a double', 10n ** 308n, 'null', 'value: beyond the range of a double'],
  ['an invalid Date', { at: new Date(NaN) }, '{"at":null}', 'at: an invalid Date'],
  ['bytes that are not UTF-8', Buffer.from([0xff]), 'null', 'value: bytes that are not UTF-8'],
  ['a lone surrogate', { s: 'a\ud800b' }, '{"s":"a\ufffdb"}', 's: a lone surrogate'],
  ['a lone surrogate in a name', { '\udc00': 1 }, '{"\ufffd":1}', 'value: a lone surrogate'],
  ['a function', { f() {}, a: 1 }, '{"a":1}', 'f: a function, left out'],
  ['a symbol', [Symbol('s')], '[null]', '0: a symbol, left out'],
  ['an Error', new TypeError('no'), '"TypeError: no"', 'value: a TypeError, kept as text'],
  ['a RegExp', /a+/g, '"/a+/g"', 'value: a RegExp, kept as text'],
  ['a cycle', cycle, '{"name":"a","self":null}', 'self: contains itself'],
  ['a cycle through a Map', new Map([['m', cycle]]), '{"m":{"name":"a","self":null}}', 'm.self: contains itself'],
  ['a getter that throws', { get a() { throw new Error('no') }, b: 1 }, '{"a":null,"b":1}', 'a: threw when it was read'],
  ['a toJSON that throws', { a: { toJSON() { throw new Error('no') } } }, '{"a":null}', 'a: threw when it was read'],
  ['a Proxy that throws', new Proxy({}, { ownKeys() { throw new Error('no') } }), 'null', 'value: threw when it was read'],
  ['a thrown undefined', { get a() { throw undefined } }, '{"a":null}', 'a: threw when it was read'],
]

for (const [what, value, want, why] of LOST) {
  test(`encode says where it lost ${what}`, () => {
    assert.deepEqual(encode(value), { json: want, lost: [why] })
  })
}

test('encode cuts what is nested too deeply, however deep it is', () => {
  let value = 'bottom'
  for (let i = 0; i < 100_000; i++) value = [value]
  const { json, lost } = encode(value)
  assert.equal(json, '['.repeat(MAX_DEPTH) + 'null' + ']'.repeat(MAX_DEPTH))
  assert.match(lost[0], /nested deeper than 100 levels$/)
})

test('encode keeps what is nested as deeply as it may be', () => {
  let value = 'bottom'
  for (let i = 0; i < MAX_DEPTH; i++) value = [value]
  assert.deepEqual(encode(value), { json: JSON.stringify(value), lost: [] })
})

const IDENTIFIERS = [
  ['user-1', 'user-1'],
  ['', ''],
  [42, '42'],
  [2n ** 64n, '18446744073709551616'],
  [true, 'true'],
  [new String('boxed'), 'boxed'],
  [null, undefined],
  [undefined, undefined],
  [NaN, undefined],
  [Symbol('s'), undefined],
  [{ id: 1 }, '{"id":1}'],
]

for (const [value, want] of IDENTIFIERS) {
  test(`identifier of ${typeof value} ${String(value)} is ${want}`, () => {
    assert.equal(identifier(value), want)
  })
}

/** A proxy whose every trap throws, over each kind of target. */
function hostile(target) {
  const refuse = () => {
    throw new Error('no')
  }
  const traps = Object.getOwnPropertyNames(Reflect).filter((name) => name !== 'constructor')
  return new Proxy(target, Object.fromEntries(traps.map((name) => [name, refuse])))
}

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

const subclassed = class extends Array {
  map() {
    throw new Error('no')
  }
}

const ODD = [
  ...[{}, [], () => {}, new Map(), new Date()].flatMap((target) => [hostile(target), revoked(target)]),
  { toJSON() { throw new Error('no') } },
  { toJSON: () => ({ toJSON: () => NaN }) },
  { toJSON() { return this } },
  { get toJSON() { throw new Error('no') } },
  { get a() { throw new Error('no') } },
  Object.defineProperty({}, 'hidden', { value: 1, enumerable: false }),
  { [Symbol('s')]: 1 },
  Object.create({ inherited: NaN }),
  new Map([[{}, 1], [NaN, 2], [Symbol('s'), 3], [undefined, 4]]),
  new Map([[hostile({}), 1]]),
  new Set([hostile({}), NaN]),
  { [Symbol.iterator]: () => { throw new Error('no') } },
  Object.assign([], { [Symbol.iterator]: () => { throw new Error('no') } }),
  subclassed.from([1, 2]),
  Object.assign(new Date(0), { toJSON: undefined }),
  new Date(8.64e15 + 1),
  Object(Symbol('s')), Object(1n), new Boolean(false), new String('\ud800'),
  new WeakMap(), new Promise(() => {}), new WeakRef({}), new (class { #a = 1 })(), globalThis,
  new SharedArrayBuffer(4), new Uint8Array(new SharedArrayBuffer(4)), new Float64Array([NaN, Infinity]),
  Array(3), [, 'x'], Object.assign(Object.create(null), { __proto__: null }),
  -0, 5e-324, Number.MAX_VALUE, 2n ** 4000n, -(2n ** 4000n), '\udc00\ud800', '\u0000\u2028',
  { '\ud800': 1, '': 2, 'a"b\\': 3 }, { length: 5 }, new Error('e', { cause: hostile({}) }), /x/u,
]

test('whatever a value is or does, the JSON is such as the library takes, and nothing is thrown', () => {
  const strict = new TextDecoder('utf-8', { fatal: true })
  const nest = [(v) => v, (v) => [v], (v) => ({ v }), (v) => new Map([['v', v]]), (v) => new Set([[v]]), (v) => ({ toJSON: () => v })]
  for (const value of ODD) {
    for (const wrap of nest) {
      const { json, lost } = encode(wrap(value))
      JSON.parse(json)
      assert.equal(strict.decode(new TextEncoder().encode(json)), json, 'no half of a pair is left')
      assert.doesNotMatch(json, /\\u[dD][89a-fA-F]/)
      assert.ok(lost.every((loss) => typeof loss === 'string'))
    }
    const text = identifier(value)
    assert.ok(text === undefined || typeof text === 'string')
  }
})

test('nesting stops where the library would refuse it, for every kind of container', () => {
  for (const wrap of [(v) => [v], (v) => ({ v }), (v) => new Map([['v', v]]), (v) => new Set([v]), (v) => ({ toJSON: () => v })]) {
    let value = 1
    for (let i = 0; i < 5000; i++) value = wrap(value)
    const { json, lost } = encode({ value })
    assert.equal(lost.length, 1)
    let depth = 0
    let deepest = 0
    for (const character of json) {
      if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth)
      if (character === ']' || character === '}') depth--
    }
    assert.ok(deepest <= MAX_DEPTH, `${deepest} levels`)
  }
})
