import assert from 'node:assert/strict'
import { test } from 'node:test'
import wasmEngine from '../src/wasm-engine.js'

const { WasmEngine } = wasmEngine

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const PAGE = 65536

/**
 * Stands in for an instance: memory that can grow in every call, blocks that are counted, and one operation, echo, that
 * replies what `answer` makes of its input.
 */
function fakeExports(answer) {
  const memory = new WebAssembly.Memory({ initial: 4 })
  const blocks = new Map()
  let top = 1024
  function alloc(length) {
    const address = top
    top += Math.max(length, 1)
    const missing = top - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
    blocks.set(address, length)
    return address
  }
  return {
    memory,
    blocks,
    posthog_abi_version: () => 1,
    posthog_alloc: alloc,
    posthog_free: (address) => assert.ok(blocks.delete(address), `${address} was freed without being allocated`),
    posthog_echo(client, address, length, nowMs) {
      const input = decoder.decode(new Uint8Array(memory.buffer, address, length))
      const { json, body = '', at = 0 } = answer(input, client, nowMs)
      memory.grow(1) // every view made before this call is dead now
      const reply = alloc(at + body.length || json.length)
      new Uint8Array(memory.buffer).set(encoder.encode(json), reply)
      new Uint8Array(memory.buffer).set(encoder.encode(body), reply + at)
      return (BigInt(reply) << 32n) | BigInt(encoder.encode(json).length)
    },
    get posthog_poll() {
      return this.posthog_echo
    },
  }
}

test('call passes client, input and time, and takes the status off the reply', () => {
  const seen = []
  const engine = new WasmEngine(
    fakeExports((...call) => {
      seen.push(call)
      return { json: '{"status":-7,"error":{"code":"é"}}' }
    }),
  )
  const reply = engine.call('echo', 7, '{"ä":1}', 1780000000000.6)
  assert.deepEqual(seen, [['{"ä":1}', 7, 1780000000000n]])
  assert.deepEqual(reply, { status: -7, reply: '{"error":{"code":"é"}}', body: undefined })
})

test('a reply that is only a status is an empty object', () => {
  const engine = new WasmEngine(fakeExports(() => ({ json: '{"status":0}' })))
  assert.deepEqual(engine.call('echo', 1, '', 0), { status: 0, reply: '{}', body: undefined })
})

for (const [what, length] of [['nothing', 0], ['a little', 100], ['a megabyte', 1 << 20]]) {
  test(`call takes ${what} as text or bytes and frees what it allocated`, () => {
    let received
    const exports = fakeExports((input) => {
      received = input
      return { json: '{"status":0}' }
    })
    const engine = new WasmEngine(exports)
    const text = 'é'.repeat(length / 2)
    engine.call('echo', 1, text, 0)
    assert.equal(received, text)
    const held = exports.blocks.size
    for (let i = 0; i < 3; i++) {
      engine.call('echo', 1, text, 0)
      engine.call('echo', 1, encoder.encode(text), 0)
      assert.equal(received, text)
    }
    assert.equal(exports.blocks.size, held)
  })
}

/** Exports whose posthog_flag_value answers in the block what `answer` makes of the texts there. */
function fakeFlags(answer) {
  const exports = fakeExports(() => ({ json: '{"status":0}' }))
  exports.posthog_flag_value = (client, address, ...rest) => {
    const nowMs = rest.pop()
    const texts = rest.map((length, i) => {
      const from = address + rest.slice(0, i).reduce((sum, n) => sum + n, 0)
      return decoder.decode(new Uint8Array(exports.memory.buffer, from, length))
    })
    const { value = '', status = 0, grow = 0 } = answer(...texts, client, nowMs)
    exports.memory.grow(grow)
    new Uint8Array(exports.memory.buffer).set(encoder.encode(`${value}\0`), address)
    return (1n << 32n) | BigInt.asUintN(32, BigInt(status))
  }
  return exports
}

test('a flag\'s value comes as what it is, and not at all where get_flag has to be asked', () => {
  const seen = []
  let next
  const exports = fakeFlags((...call) => (seen.push(call), next))
  const engine = new WasmEngine(exports)
  const value = (answer, key = 'k', id = 'u', json = '{}') => {
    next = answer
    return engine.flagValue(7, key, id, json, 1780000000000)
  }
  for (const [text, want] of [['true', true], ['false', false], ['null', null], ['""', ''], ['"é"', 'é'], ['"a\\"b"', 'a"b']]) {
    assert.equal(value({ value: text }), want)
    assert.equal(value({ value: text, grow: 1 }), want)
  }
  assert.deepEqual(seen[0], ['k', 'u', '{}', 7, 1780000000000n])
  for (const status of [2, -1, -2, -15]) assert.equal(value({ status }), undefined)
  const asked = seen.length
  for (const texts of [['é'], ['k', 'ü'], ['k', 'u', '{"a":"😀"}'], ['\ud800'], ['k', 'u'.repeat(65536)]]) {
    assert.equal(value({ value: 'true' }, ...texts), undefined)
  }
  assert.equal(seen.length, asked)
  assert.equal(value({ value: 'true' }, '', 'u'.repeat(65534)), true)
  assert.equal(exports.blocks.size, 1)
})

test('the body of a polled request is copied out of memory', () => {
  const json = '{"status":0,"request":{"id":1,"body":{"at":128,"len":4}}}'
  const exports = fakeExports(() => ({ json, at: 128, body: 'body' }))
  const engine = new WasmEngine(exports)
  const { body } = engine.call('poll', 1, '', 0)
  new Uint8Array(exports.memory.buffer).fill(0)
  assert.equal(decoder.decode(body), 'body')
})

test('an address in the upper half of memory is not negative', () => {
  // 2 GiB and two pages, of which only those that are written to take memory.
  const memory = new WebAssembly.Memory({ initial: 2 ** 31 / PAGE + 2 })
  const address = 2 ** 31 + 8
  const json = encoder.encode('{"status":0,"high":true}')
  const engine = new WasmEngine({
    memory,
    posthog_free: (freed) => assert.equal(freed, address),
    posthog_echo() {
      new Uint8Array(memory.buffer).set(json, address)
      return BigInt.asIntN(64, (BigInt(address) << 32n) | BigInt(json.length))
    },
  })
  assert.equal(engine.call('echo', 1, '', 0).reply, '{"high":true}')
})

test('an input that no block can hold is refused, and the engine lives', () => {
  const exports = fakeExports(() => ({ json: '{"status":0}' }))
  const engine = new WasmEngine({ ...exports, posthog_alloc: () => 0 })
  const { status, reply } = engine.call('echo', 1, new Uint8Array(100), 0)
  assert.equal(status, -3)
  assert.equal(JSON.parse(reply).error.code, 'TOO_LARGE')
  assert.equal(engine.lost, false)
})

test('after a trap the engine is lost: it enters the module no more', () => {
  let entered = 0
  const exports = fakeExports(() => {
    entered++
    throw new WebAssembly.RuntimeError('unreachable')
  })
  const engine = new WasmEngine(exports)
  assert.equal(engine.lost, false)
  const trap = { name: 'PostHogError', code: 'ENGINE_LOST', message: /unreachable/ }
  assert.throws(() => engine.call('echo', 1, '{}', 0), trap)
  assert.equal(engine.lost, true)
  assert.throws(() => engine.call('echo', 1, '{}', 0), trap)
  assert.throws(() => engine.abiVersion(), trap)
  assert.equal(entered, 1)
})
