// captureException: errors as PostHog takes them, from real stacks.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import vm from 'node:vm'
import libposthog from '../index.js'
import frames from '../src/frames.js'

const { PostHog } = libposthog
const { framesOf } = frames

function memory(t, options = {}) {
  const posthog = new PostHog('phc_memory', { mode: 'memory', ...options })
  t.after(() => posthog.shutdown(0))
  return posthog
}

/** The $exception_list of what was thrown. */
function captured(t, thrown, ...more) {
  const posthog = memory(t)
  posthog.captureException(thrown, ...more)
  const events = posthog.captured()
  assert.equal(events.length, 1)
  assert.equal(events[0].event, '$exception')
  return events[0].properties.$exception_list
}

const framesIn = (entry) => entry.stacktrace.frames

function crash() {
  throw new TypeError('bad input') // the line that is looked for
}

test('an error has its type, message, and frames from the entry point to the crash, with the source', (t) => {
  let thrown
  try {
    crash()
  } catch (error) {
    thrown = error
  }
  const [entry, ...rest] = captured(t, thrown, 'u')
  assert.deepEqual(rest, [])
  assert.deepEqual([entry.type, entry.value], ['TypeError', 'bad input'])
  assert.deepEqual(entry.mechanism, { type: 'generic', handled: true, synthetic: false, exception_id: 0 })
  assert.equal(entry.stacktrace.type, 'raw')
  const last = framesIn(entry).at(-1)
  assert.equal(last.platform, 'node:javascript')
  assert.equal(last.function, 'crash')
  assert.equal(last.filename, path.relative(process.cwd(), new URL(import.meta.url).pathname))
  assert.equal(last.module, 'exceptions.test')
  assert.match(last.context_line, /the line that is looked for/)
  assert.equal(last.pre_context.length, 7)
  assert.equal(last.post_context.length, 7)
  assert.equal(last.post_context[0], '}')
  assert.equal(last.in_app, true)
  assert.ok(last.lineno > 1 && last.colno > 1)
  const node = framesIn(entry).filter(({ filename }) => filename.startsWith('node:'))
  assert.ok(node.length > 0)
  assert.ok(node.every(({ in_app, context_line }) => in_app === false && context_line === undefined))
})

test('the arguments besides the error', (t) => {
  const posthog = memory(t)
  const uuid = '019e7044-8800-7cdb-9ab3-3bf48d0efedd'
  posthog.captureException(new Error('e'), 'u', { tier: 'gold', $exception_level: 'mine', $exception_list: [] }, uuid, { beta: true })
  const [{ distinct_id, uuid: id, properties }] = posthog.captured({ clear: true })
  assert.deepEqual([distinct_id, id, properties.tier, properties['$feature/beta']], ['u', uuid, 'gold', true])
  assert.equal(properties.$exception_level, 'error')
  assert.equal(properties.$exception_list[0].value, 'e')
  // Without a user the event is personless.
  posthog.captureException(new Error('e'))
  const [{ distinct_id: random, properties: more }] = posthog.captured()
  assert.match(random, /^[0-9a-f-]{36}$/)
  assert.equal(more.$process_person_profile, false)
})

test('an error that is captured again is the same error', (t) => {
  const posthog = memory(t)
  const error = new Error('once')
  posthog.captureException(error)
  posthog.captureException(error)
  posthog.captureException(new Error('twice'))
  assert.deepEqual(posthog.captured().map(({ properties }) => properties.$exception_list[0].value), ['once', 'twice'])
})

test('causes are chained, however deep, and what goes in circles ends', (t) => {
  let error = new RangeError('level 0')
  for (let i = 1; i <= 6; i++) error = new Error(`level ${i}`, { cause: error })
  const chain = captured(t, error)
  assert.deepEqual(chain.map(({ value }) => value), [6, 5, 4, 3, 2, 1, 0].map((i) => `level ${i}`))
  assert.deepEqual(chain[3].mechanism, {
    type: 'chained', handled: true, synthetic: false, exception_id: 3, parent_id: 2, source: 'cause',
  })
  assert.ok(chain.every((entry) => framesIn(entry).length > 0))

  const circle = new Error('a')
  circle.cause = new Error('b', { cause: circle })
  assert.deepEqual(captured(t, circle).map(({ value }) => value), ['a', 'b'])

  let endless = new Error('end')
  for (let i = 0; i < 200; i++) endless = new Error('e', { cause: endless })
  assert.equal(captured(t, endless).length, 50)
})

test('the errors of an AggregateError are its members', (t) => {
  const error = new AggregateError([new Error('one'), new Error('two', { cause: new Error('why') }), 'three'], 'all')
  const list = captured(t, error)
  assert.deepEqual(list.map(({ value, mechanism: { source, parent_id } }) => [value, source, parent_id]), [
    ['all', undefined, undefined], ['one', 'member', 0], ['two', 'member', 0], ['why', 'cause', 2], ['three', 'member', 0],
  ])
})

test('whatever else can be thrown', (t) => {
  class Refused extends Error {}
  class Plain { constructor() { this.a = 1; this.b = 2 } }
  const hostile = new Proxy({}, { get() { throw new Error('no') }, ownKeys() { throw new Error('no') } })
  const secretive = new Error('x')
  Object.defineProperty(secretive, 'message', { get() { throw new Error('no') } })
  for (const [thrown, type, value, synthetic] of [
    [new Refused('r'), 'Error', 'r', false],
    [Object.assign(new Error('m'), { name: 'Custom' }), 'Custom', 'm', false],
    ['text', 'Error', 'text', true],
    [5, 'Error', '5', true],
    [undefined, 'Error', 'undefined', true],
    [null, 'Error', 'null', true],
    [Symbol('s'), 'Error', 'Symbol(s)', true],
    [10n, 'Error', '10', true],
    [new Plain(), 'Plain', 'an object with the keys a, b', true],
    [{ name: 'ApiError', message: 'not found' }, 'ApiError', 'not found', true],
    [Object.create(null), 'Error', 'an object with the keys ', true],
    [hostile, 'Error', 'an object with the keys ', true],
    [secretive, 'Error', '', false],
    [new Error(''), 'Error', '', false],
    [vm.runInNewContext('new RangeError("elsewhere")'), 'RangeError', 'elsewhere', false],
  ]) {
    const [entry] = captured(t, thrown)
    assert.deepEqual([entry.type, entry.value, entry.mechanism.synthetic], [type, value, synthetic])
    if (synthetic) assert.ok(framesIn(entry).length > 0, 'where it was captured is known at least')
  }
})

test('lines of a stack in every form V8 has', () => {
  const stack = `Error: with a message
      that says at once (and at place:1:2)
    at Object.<anonymous> (/srv/app/index.js:10:5)
    at async Server.handle (/srv/app/lib/server.js:20:9)
    at new Client (/srv/app/node_modules/@scope/pkg/lib/client.js:3:1)
    at Client.get [as fetch] (/srv/app/node_modules/pkg/index.js:4:2)
    at /srv/app/anonymous.js:5:6
    at file:///srv/app/mod%20ule.mjs:6:7
    at Promise.all (index 0)
    at Array.map (<anonymous>)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at eval (eval at run (/srv/app/eval.js:7:8), <anonymous>:1:1)
    at native`
  const read = framesOf(stack).reverse().map(({ function: name, filename, lineno, in_app, module }) => {
    return [name, path.isAbsolute(filename) ? filename : path.resolve(filename), lineno, in_app, module]
  })
  const at = (file) => path.resolve(file)
  const paths = read.map(([name, file, ...rest]) => [name, file, ...rest.slice(0, 2)])
  assert.deepEqual(paths.slice(0, 6), [
    ['Object.<anonymous>', '/srv/app/index.js', 10, true],
    ['Server.handle', '/srv/app/lib/server.js', 20, true],
    ['new Client', '/srv/app/node_modules/@scope/pkg/lib/client.js', 3, false],
    ['Client.get', '/srv/app/node_modules/pkg/index.js', 4, false],
    ['?', '/srv/app/anonymous.js', 5, true],
    ['?', '/srv/app/mod ule.mjs', 6, true],
  ])
  assert.equal(read[2][4], '@scope.pkg.lib:client')
  assert.deepEqual(paths.slice(7), [
    ['Array.map', at('<anonymous>'), undefined, false],
    ['process.processTicksAndRejections', at('node:internal/process/task_queues'), 95, false],
    ['eval', '/srv/app/eval.js', 1, true],
    ['?', at('native'), undefined, false],
  ])
})

test('what is no stack has no frames', () => {
  for (const stack of [undefined, null, 5, {}, '', 'Error: only a message']) assert.deepEqual(framesOf(stack), [])
})

test('sources that cannot be read, are too large or have long lines cost only their context', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'libposthog-'))
  const write = (name, text) => {
    const file = path.join(folder, name)
    fs.writeFileSync(file, text)
    return file
  }
  const line = (file, row) => framesOf(`Error\n    at f (${file}:${row}:1)`)[0]
  const long = write('long.js', `${'x'.repeat(5000)}\nsecond`)
  assert.equal(line(long, 1).context_line.length, 1025)
  assert.equal(line(long, 2).context_line, 'second')
  assert.equal(line(long, 3).context_line, undefined)
  assert.equal(line(write('large.js', 'x\n'.repeat(600_000)), 1).context_line, undefined)
  assert.equal(line(path.join(folder, 'missing.js'), 1).context_line, undefined)
  assert.equal(line(pathToFileURL(write('ü.js', 'umlaut')).href, 1).context_line, 'umlaut')
  fs.rmSync(folder, { recursive: true })
})

test('a stack keeps its last fifty calls', () => {
  const stack = `Error\n${Array.from({ length: 200 }, (_, i) => `    at f${i} (/x.js:1:1)`).join('\n')}`
  const kept = framesOf(stack)
  assert.equal(kept.length, 50)
  assert.equal(kept.at(-1).function, 'f0')
})
