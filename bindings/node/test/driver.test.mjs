import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import vm from 'node:vm'
import driverModule from '../src/driver.js'
import errors from '../src/errors.js'

const { Driver } = driverModule
const { PostHogError } = errors

const IDLE = { wake_ms: null }

/**
 * An engine that answers from a script: `polls` is what poll gives, in order, then it is idle; `answers` has a reply, or
 * a function that gives one, for other operations. It keeps every call.
 */
class ScriptedEngine {
  kind = 'scripted'
  lost = false
  calls = []
  polls = []
  answers = { open: { client: 7 }, stats: { queued: 0, in_flight: 0 }, complete: {} }
  #waiting = []

  abiVersion() {
    return 1
  }

  call(op, client, json, nowMs) {
    const input = json === '' ? {} : JSON.parse(json)
    this.calls.push({ op, client, input, nowMs })
    for (const waiting of this.#waiting.splice(0)) waiting()
    if (op === 'poll') return this.#poll()
    const answer = typeof this.answers[op] === 'function' ? this.answers[op](input) : this.answers[op]
    const { status = 0, ...reply } = answer ?? {}
    return { status, reply: JSON.stringify(reply), body: undefined }
  }

  #poll() {
    const { body, status = 0, ...reply } = this.polls.shift() ?? IDLE
    return { status, reply: JSON.stringify(reply), body: body && new TextEncoder().encode(body) }
  }

  /** Waits for the nth call of an operation and returns its input. */
  async seen(op, n = 1) {
    for (;;) {
      const calls = this.calls.filter((call) => call.op === op)
      if (calls.length >= n) return calls[n - 1].input
      await new Promise((resolve) => this.#waiting.push(resolve))
    }
  }

  count(op) {
    return this.calls.filter((call) => call.op === op).length
  }
}

function request(id, more = {}) {
  const head = { id, method: 'POST', url: 'http://127.0.0.1:1/batch/', headers: { a: 'b' }, encoding: 'identity' }
  return { request: { ...head, timeout_ms: 10_000, ...more }, body: 'hello' }
}

const answer200 = { status: 200, headers: { etag: 'x' }, body: 'ok' }

function start(engine, transport = async () => answer200, more = {}) {
  return new Driver(engine, { api_key: 'phc_key' }, { transport, ...more })
}

/** Ends when everything that was due at this moment has run. */
function nextTurn() {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

test('open passes the options, and every later call the handle and the time', async () => {
  const engine = new ScriptedEngine()
  const driver = start(engine, undefined, { now: () => 1780000000000 })
  driver.call('register', '{"properties":{}}')
  await engine.seen('poll')
  assert.deepEqual(engine.calls, [
    { op: 'open', client: 0, input: { api_key: 'phc_key' }, nowMs: 1780000000000 },
    { op: 'register', client: 7, input: { properties: {} }, nowMs: 1780000000000 },
    { op: 'poll', client: 7, input: {}, nowMs: 1780000000000 },
  ])
})

test('a refused open is thrown with its code', () => {
  const engine = new ScriptedEngine()
  engine.answers.open = { status: -2, error: { code: 'INVALID_ARGUMENT', message: 'flush_at must be an integer' } }
  assert.throws(() => start(engine), { name: 'PostHogError', code: 'INVALID_ARGUMENT', message: /flush_at/ })
})

test('many operations shortly after one another make one poll', async () => {
  const engine = new ScriptedEngine()
  const driver = start(engine)
  await engine.seen('poll')
  const hold = setInterval(() => {}, 1000)
  for (let i = 0; i < 100; i++) driver.call('capture', '{}')
  await engine.seen('poll', 2)
  assert.equal(engine.count('poll'), 2)
  clearInterval(hold)
})

test('posted events are handed over in order, with their own times, before any other operation', async () => {
  const engine = new ScriptedEngine()
  let now = 1000
  const driver = start(engine, undefined, { now: () => now++ })
  driver.post('capture', '{"n":1}')
  driver.post('identify', '{"n":2}')
  assert.equal(engine.count('capture'), 0)
  driver.look('stats', '')
  const seen = engine.calls.map(({ op, input, nowMs }) => [op, input.n, nowMs])
  assert.deepEqual(seen, [['open', undefined, 1000], ['capture', 1, 1001], ['identify', 2, 1002], ['stats', undefined, 1003]])
})

test('posted events are handed over soon by themselves, many or long ones in the next turns, a share in each', async () => {
  const engine = new ScriptedEngine()
  const driver = start(engine)
  const hold = setInterval(() => {}, 1000)
  driver.post('capture', '{}')
  await engine.seen('capture')
  for (let i = 0; i < 2500; i++) driver.post('capture', '{}')
  assert.equal(engine.count('capture'), 1)
  const shares = []
  for (let before = 1; before < 2501; before = engine.count('capture')) {
    await new Promise((resolve) => setImmediate(resolve))
    shares.push(engine.count('capture') - before)
  }
  assert.deepEqual(shares, [1000, 1000, 500])
  for (let i = 0; i < 3; i++) driver.post('capture', JSON.stringify({ long: 'x'.repeat(1 << 20) }))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(engine.count('capture'), 2502)
  clearInterval(hold)
})

test('posted events are handed over at once when too many wait for a turn that does not come', () => {
  const engine = new ScriptedEngine()
  const driver = start(engine)
  for (let i = 0; i < 15_999; i++) driver.post('capture', '{}')
  assert.equal(engine.count('capture'), 0)
  driver.post('capture', '{}')
  assert.equal(engine.count('capture'), 16_000)
  driver.post('capture', JSON.stringify({ long: 'x'.repeat(16 << 20) }))
  assert.equal(engine.count('capture'), 16_001)
})

test('why a posted event was not taken is told, after shutdown too', async () => {
  const engine = new ScriptedEngine()
  const refused = []
  const driver = start(engine, undefined, { onRefused: (op, { code }) => refused.push([op, code]) })
  engine.answers.capture = { status: -7, error: { code: 'QUEUE_FULL', message: 'm' } }
  driver.post('capture', '{}')
  driver.look('stats', '')
  engine.answers.capture = { status: -5, error: { code: 'CLOSED', message: 'm' } }
  await driver.shutdown('{}')
  driver.post('capture', '{}')
  assert.deepEqual(refused, [['capture', 'QUEUE_FULL'], ['capture', 'CLOSED']])
})

test('a request goes to the transport as it is and its answer back', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [request(3)]
  const sent = []
  start(engine, async (outgoing, signal) => {
    sent.push(outgoing)
    assert.equal(signal.aborted, false)
    return answer200
  })
  assert.deepEqual(await engine.seen('complete'), { id: 3, ...answer200 })
  const [{ body, ...head }] = sent
  assert.deepEqual(head, { method: 'POST', url: 'http://127.0.0.1:1/batch/', headers: { a: 'b' } })
  assert.equal(new TextDecoder().decode(body), 'hello')
})

test('a request without a body is sent without one', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [{ ...request(1), body: '' }]
  let sent
  start(engine, async (outgoing) => {
    sent = outgoing
    return answer200
  })
  await engine.seen('complete')
  assert.equal(sent.body, undefined)
})

test('a body is encoded on the way', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [request(1, { encoding: 'gzip' })]
  let sent
  const compress = { gzip: async (body) => new Uint8Array(body).reverse() }
  const transport = async (outgoing) => {
    sent = outgoing
    return answer200
  }
  start(engine, transport, { compress })
  await engine.seen('complete')
  assert.equal(new TextDecoder().decode(sent.body), 'olleh')
})

test('an encoding that cannot be applied is told, and nothing is sent', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [request(1, { encoding: 'zstd' })]
  start(engine, () => assert.fail('it was sent'))
  assert.deepEqual(await engine.seen('complete'), { id: 1, error: 'encoding', message: 'zstd failed' })
})

test('a request that fails is told by kind, without its URL', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [request(1)]
  start(engine, async () => {
    throw Object.assign(new Error('ECONNREFUSED'), { kind: 'connect' })
  })
  assert.deepEqual(await engine.seen('complete'), { id: 1, error: 'connect', message: 'ECONNREFUSED' })
})

test('what a transport throws without a name for it is not told on', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [request(1)]
  start(engine, () => {
    throw new Error('at https://secret.example')
  })
  assert.deepEqual(await engine.seen('complete'), { id: 1, error: 'other', message: 'the request failed' })
})

/** A transport that never answers until its signal says so. */
function silence(_, signal) {
  return new Promise((_, reject) => (signal.onabort = () => reject(signal.reason)))
}

test('a request that takes longer than its timeout is aborted', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [request(1, { timeout_ms: 20 })]
  // The driver's timers do not hold the process, and so not this test either.
  const hold = setInterval(() => {}, 1000)
  start(engine, silence)
  assert.deepEqual(await engine.seen('complete'), { id: 1, error: 'timeout', message: 'timeout' })
  clearInterval(hold)
})

test('an answer the library cannot take counts as a failed request', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [request(1)]
  engine.answers.complete = ({ error }) =>
    error ? {} : { status: -3, error: { code: 'TOO_LARGE', message: 'the input is too large' } }
  start(engine)
  assert.deepEqual(await engine.seen('complete', 2), { id: 1, error: 'other', message: 'unusable response' })
})

test('an operation that waits resolves with the outcome of its ticket', async () => {
  const engine = new ScriptedEngine()
  engine.answers.flush = { status: 1, ticket: 9 }
  engine.polls = [
    { done: { ticket: 8, status: 0, reply: { someone: 'else' } } },
    { done: { ticket: 9, status: -8, reply: { error: { code: 'TIMEOUT', message: 'm' } } } },
  ]
  const answer = await start(engine).wait('flush', '{}')
  assert.deepEqual(answer, { status: -8, reply: { error: { code: 'TIMEOUT', message: 'm' } } })
})

test('an operation that need not wait resolves with its reply', async () => {
  const engine = new ScriptedEngine()
  engine.answers.get_flag = { value: true }
  assert.deepEqual(await start(engine).wait('get_flag', '{}'), { status: 0, reply: { value: true } })
})

test('the driver needs nothing of Node', () => {
  // No timer that can be released, no setImmediate: what a page has.
  const run = (file, modules) => {
    const source = fs.readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8')
    const page = { module: {}, setTimeout: (f) => (f(), 1), clearTimeout() {}, AbortController, TextDecoder, ArrayBuffer, DataView,
      Uint8Array, Date, Error, RegExp, Map, Set, Object, Array, String, Number, Boolean, JSON, BigInt }
    page.globalThis = page
    page.require = (name) => modules[name] ?? assert.fail(`${file} needs ${name}`)
    vm.runInNewContext(source, page)
    return page.module.exports
  }
  const values = run('values.js', {})
  const { Driver: PageDriver } = run('driver.js', { './errors.js': errors, './values.js': values })
  const engine = new ScriptedEngine()
  new PageDriver(engine, { api_key: 'k' }, { transport: async () => answer200, now: () => 5 })
  assert.deepEqual(engine.calls.map(({ op }) => op), ['open', 'poll'])
})

test('the library is woken when it asks to be', async () => {
  const engine = new ScriptedEngine()
  const wakeMs = Date.now() + 30
  engine.polls = [{ wake_ms: wakeMs }, { wake_ms: wakeMs }]
  engine.answers.flush = { status: 1, ticket: 1 }
  // Nothing else keeps this test alive: while somebody waits for a ticket, the timer does.
  const waiting = start(engine).wait('flush', '{}')
  await nextTurn()
  assert.equal(engine.count('poll'), 2)
  engine.polls = [{ done: { ticket: 1, status: 0, reply: {} } }]
  await waiting
  assert.ok(Date.now() >= wakeMs, 'it was woken early')
})

test('requests are handed out one a turn, so that other work comes between them', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [request(1), request(2), request(3)]
  const order = []
  start(engine, async () => {
    order.push('request')
    setImmediate(() => order.push('other work'))
    return new Promise(() => {})
  })
  while (order.length < 6) await nextTurn()
  assert.notDeepEqual(order.slice(0, 3), ['request', 'request', 'request'])
})

test('after shutdown requests are cancelled, waiters told, and the library left alone', async () => {
  const engine = new ScriptedEngine()
  engine.polls = [request(1)]
  engine.answers.shutdown = { delivered: 1 }
  engine.answers.get_flag = { status: 1, ticket: 1 }
  let closed = 0
  let signal
  const driver = start(engine, (_, given) => silence(_, (signal = given)), { onClose: () => closed++ })
  const flag = driver.wait('get_flag', '{}')
  await driver.shutdown('{}')
  await assert.rejects(flag, { code: 'CLOSED' })
  assert.equal(signal.reason, 'cancelled')
  assert.equal(closed, 1)
  const calls = engine.calls.length
  await nextTurn()
  assert.equal(engine.calls.length, calls)
  await driver.shutdown('{}')
  assert.equal(closed, 1)
})

test('a lost engine fails what waits, says what was lost, and is entered no more', async () => {
  const engine = new ScriptedEngine()
  engine.answers.stats = { queued: 3, in_flight: 2 }
  engine.answers.capture = { uuid: 'u' }
  engine.answers.get_flag = { status: 1, ticket: 1 }
  engine.polls = [request(1)]
  let closed = 0
  const driver = start(engine, undefined, { onClose: () => closed++ })
  await engine.seen('stats') // the ledger after the request: five events are undelivered
  driver.capture('capture', '{}')
  const flag = driver.wait('get_flag', '{}')
  engine.call = () => {
    throw new PostHogError('ENGINE_LOST', 'the engine stopped (unreachable) and was discarded')
  }
  const lost = { code: 'ENGINE_LOST', message: /unreachable.* 7 accepted events/ }
  assert.throws(() => driver.capture('capture', '{}'), lost)
  await assert.rejects(flag, lost)
  engine.call = () => assert.fail('it was entered')
  assert.throws(() => driver.capture('capture', '{}'), lost)
  assert.equal(driver.lostEvents, 8)
  assert.equal(closed, 1)
  await nextTurn()
})

test('events that a client took only to drop them are not counted as lost', async () => {
  const engine = new ScriptedEngine()
  engine.answers.capture = { uuid: null }
  const driver = start(engine)
  driver.capture('capture', '{}')
  engine.call = () => {
    throw new PostHogError('ENGINE_LOST', 'stopped')
  }
  assert.throws(() => driver.call('stats', '{}'), { message: / 0 accepted events/ })
})

test('leave flushes what is undelivered and then rests until the next operation', async () => {
  const engine = new ScriptedEngine()
  engine.answers.stats = { queued: 1, in_flight: 0 }
  engine.answers.flush = { status: 1, ticket: 1 }
  engine.polls = [request(1)]
  let signal
  const driver = start(engine, (_, given) => silence(_, (signal = given)))
  await engine.seen('poll')
  engine.polls = [{ done: { ticket: 1, status: 0, reply: {} } }]
  await driver.leave(1500)
  assert.deepEqual(await engine.seen('flush'), { timeout_ms: 1500 })
  assert.equal(signal.reason, 'cancelled')
  assert.deepEqual(await engine.seen('complete'), { id: 1, error: 'cancelled', message: 'cancelled' })
  const polls = engine.count('poll')
  await driver.leave(1500)
  await nextTurn()
  assert.equal(engine.count('flush'), 1)
  assert.equal(engine.count('poll'), polls)
  driver.call('capture', '{}')
  const hold = setInterval(() => {}, 1000)
  await engine.seen('poll', polls + 1)
  clearInterval(hold)
})

test('leave flushes nothing when nothing is undelivered', async () => {
  const engine = new ScriptedEngine()
  await start(engine).leave(1500)
  assert.equal(engine.count('flush'), 0)
})
