// The addon, over a stand-in for the library; and what loading the library does to a process.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import engines from '../src/engine.js'
import native from '../src/native-engine.js'
import files from '../src/files.js'
import { PACKAGE, runModule } from './standin.mjs'

const ADDON = files.addonFiles().find(fs.existsSync)
const addon = createRequire(import.meta.url)(ADDON)

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'libposthog-'))
after(() => fs.rmSync(folder, { recursive: true }))
const standIn = path.join(folder, 'standin.so')
execFileSync('cc', ['-shared', '-fPIC', '-o', standIn, path.join(PACKAGE, 'test', 'native', 'library.c')])

const OPERATIONS = ['echo', 'poll', 'shutdown', 'stats']
const library = addon.load(standIn, OPERATIONS)

test('the time goes in front of whatever the input has', () => {
  for (const [input, want] of [
    ['', '{"now_ms":1780000000000}'],
    ['{}', '{"now_ms":1780000000000}'],
    ['{ }', '{"now_ms":1780000000000 }'],
    ['{"a":1}', '{"now_ms":1780000000000,"a":1}'],
    ['\n {"a":1}', '{"now_ms":1780000000000,"a":1}'],
    // What is no object stays as it is, for the library to refuse.
    ['nonsense', 'nonsense'],
    ['[1]', '[1]'],
  ]) {
    assert.equal(library.echo(3, input, 1780000000000), want)
    assert.equal(library.status[0], -3)
    assert.equal(library.echo(3, new TextEncoder().encode(input), 1780000000000), want)
    assert.equal(library.open(0, input, 1780000000000), want)
  }
  assert.equal(library.echo(1, '{}', 0), '{"now_ms":0}')
  assert.equal(library.echo(1, '{}', Number.MAX_SAFE_INTEGER), `{"now_ms":${Number.MAX_SAFE_INTEGER}}`)
})

test('inputs of every length arrive whole, as text and as bytes', () => {
  for (const character of ['a', 'é', '€', '😀']) {
    for (const length of [0, 1, 1000, ...Array.from({ length: 60 }, (_, i) => 4000 + i), 100_000]) {
      const text = `{"x":"${character.repeat(length)}"}`
      const want = text.replace('{', '{"now_ms":5,')
      assert.ok(library.echo(1, text, 5) === want, `${length} of ${character}`)
      assert.ok(library.echo(1, Buffer.from(text), 5) === want, `${length} of ${character}, as bytes`)
    }
  }
})

test('a body is copied with every byte, and a poll without one is a text', () => {
  const [text, body] = library.poll(1, '', 0)
  assert.equal(JSON.parse(text).request.id, 1)
  assert.deepEqual([...body], [0x00, 0xff, 0x00, 0x80])
  assert.equal(library.poll(2, '', 0), '{"wake_ms":null}')
})

test('a reply there was no memory for is empty, and has its status', () => {
  assert.equal(library.stats(1, '', 0), '')
  assert.equal(library.status[0], -14)
})

test('a flag\'s value comes as what it is, and not at all where get_flag has to be asked', () => {
  const value = (key, id = 'u') => library.flag_value(1, '{}', 5, key, id)
  for (const [text, want] of [['true', true], ['false', false], ['null', null], ['"red"', 'red'], ['"é😀"', 'é😀'], ['""', '']]) {
    assert.equal(value(text), want)
  }
  assert.equal(value('"a\\"b"'), undefined)
  assert.equal(value('true', 'wait'), undefined)
  assert.equal(library.status[0], 2)
  for (const length of [1015, 1019, 1020, 1021, 1023, 1024, 5000]) {
    const name = 'x'.repeat(length - 2)
    assert.equal(value(`"${name}"`), length < 1020 ? name : undefined, `a key of ${length}`)
    assert.equal(value('true', 'é'.repeat(length / 2)), Math.floor(length / 2) * 2 < 1020 ? true : undefined)
  }
  for (const wrong of [undefined, 5, null, {}]) assert.equal(value('true', wrong), wrong === undefined ? true : undefined)
})

test('wrong arguments throw and do no harm', () => {
  for (const args of [[], [1], [1, '{}'], ['1', '{}', 0], [1, {}, 0], [1, 5, 0], [1, '{}', -1], [1, '{}', 'now']]) {
    assert.throws(() => library.echo(...args), /a client, a text and a time/)
  }
  assert.throws(() => addon.load(), /a path and the names/)
  assert.throws(() => addon.load(standIn, ['no_such']), /lacks an operation/)
  assert.throws(() => addon.load(standIn, ['x'.repeat(200)]), /lacks an operation/)
  assert.throws(() => addon.load(path.join(folder, 'none.so'), []), /none\.so/)
  assert.equal(library.echo(1, '{}', 0), '{"now_ms":0}')
})

test('entropy is 64 digits, others each time, with the addon and without', () => {
  for (const engine of [new native.NativeEngine(library), {}]) {
    const given = Array.from({ length: 100 }, () => engines.entropyOf(engine))
    for (const entropy of given) assert.match(entropy, /^[0-9a-f]{64}$/)
    assert.equal(new Set(given).size, 100)
    // Every byte is used: no place has the same digit in a hundred.
    for (let i = 0; i < 64; i++) assert.ok(new Set(given.map((entropy) => entropy[i])).size > 1)
  }
})

test('the engine gives what a driver needs', () => {
  const engine = new native.NativeEngine(library)
  assert.deepEqual(engine.call('echo', 2, '{"a":1}', 5), { status: -2, reply: '{"now_ms":5,"a":1}', body: undefined })
  const { reply, body } = engine.call('poll', 1, '', 5)
  assert.deepEqual([JSON.parse(reply).request.id, body.length], [1, 4])
  assert.equal(engine.lost, false)
})

test('clients that a worker leaves open are shut down with it', async () => {
  const source = `
    const { workerData: { addon, library } } = require('node:worker_threads')
    const loaded = require(addon).load(library, ['shutdown'])
    for (let i = 0; i < 20; i++) loaded.open(0, '', 0)`
  const before = (library.shutdown(1, '', 0), library.status[0])
  const worker = new Worker(source, { eval: true, workerData: { addon: ADDON, library: standIn } })
  await once(worker, 'exit')
  library.shutdown(1, '', 0)
  // All twenty have one number here, and the stand-in counts every call.
  assert.equal(library.status[0] - before, 20 + 1)
})

test('workers terminated in the middle of their work, and a process that exits beside them, end as they should', async () => {
  const work = `
    import { parentPort } from 'node:worker_threads'
    import { PostHog } from 'libposthog'
    const clients = Array.from({ length: 3 }, () => new PostHog('phc_key', { engine: 'native', host: 'http://127.0.0.1:1', flushAt: 5 }))
    const step = () => {
      for (const client of clients) {
        for (let i = 0; i < 20; i++) client.capture({ distinctId: 'u', event: 'e', properties: { text: 'x'.repeat(100) } })
        client.getFeatureFlag('f', 'u', { onlyEvaluateLocally: true })
      }
      setImmediate(step)
    }
    step()
    parentPort.postMessage('at work')`
  const { code, stdout, stderr } = await runModule(`
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    import { PostHog } from 'libposthog'
    const posthog = new PostHog('phc_key', { engine: 'native', mode: 'memory' })
    const begin = async () => {
      const worker = new Worker(${JSON.stringify(work)}, { eval: true })
      await once(worker, 'message')
      return worker
    }
    for (let round = 0; round < 4; round++) {
      const workers = await Promise.all([begin(), begin(), begin()])
      posthog.capture({ event: 'e' })
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
    console.log(posthog.captured().length)
    await Promise.all([begin(), begin()])
    process.exit(0)`)
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '4\n', stderr: '' })
})

/** The signals of a process by what happens to them, as numbers. */
const SIGNALS = `
  const signals = () => Object.fromEntries(['SigBlk', 'SigIgn', 'SigCgt'].map((name) => {
    const mask = BigInt('0x' + new RegExp(name + ':\\\\s*(\\\\w+)').exec(fs.readFileSync('/proc/thread-self/status', 'utf8'))[1])
    return [name, Array.from({ length: 64 }, (_, i) => i + 1).filter((n) => (mask >> BigInt(n - 1)) & 1n)]
  }))`

test('loading the library changes no signal but those its header names', async () => {
  const { stdout, stderr } = await runModule(`
    import fs from 'node:fs'
    import { PostHog } from 'libposthog'
    ${SIGNALS}
    const before = signals()
    const posthog = new PostHog('phc_key', { engine: 'native', mode: 'memory' })
    posthog.capture({ event: 'e' })
    console.log(JSON.stringify([before, signals()]))`)
  assert.equal(stderr, '')
  const [before, after] = JSON.parse(stdout)
  assert.deepEqual(after.SigBlk, before.SigBlk)
  const { SIGSEGV, SIGBUS, SIGFPE, SIGPIPE, SIGURG } = os.constants.signals
  const named = new Set([SIGSEGV, SIGBUS, SIGFPE, SIGPIPE, SIGURG])
  const unnamed = (list) => list.filter((signal) => !named.has(signal))
  assert.deepEqual(unnamed(after.SigIgn), unnamed(before.SigIgn))
  assert.deepEqual(unnamed(after.SigCgt), unnamed(before.SigCgt))
})

test('faults inside WebAssembly are exceptions, and signal handlers run, with the library loaded', async () => {
  // (func (export "f") (drop (i32.load (i32.const -8)))) in a module of one page: V8 finds the fault by a SIGSEGV.
  const module = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 102, 0, 0, 10, 10, 1, 8, 0,
    65, 120, 40, 2, 0, 26, 11]
  const { code, stdout, stderr } = await runModule(`
    import { PostHog } from 'libposthog'
    const posthog = new PostHog('phc_key', { engine: 'native', mode: 'memory' })
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${JSON.stringify(module)}))).exports
    for (let i = 0; i < 100; i++) {
      try { f(); console.log('no fault') } catch (error) { if (i === 0) console.log(error.message) }
      posthog.capture({ event: 'e' })
    }
    for (const signal of ['SIGTERM', 'SIGUSR2', 'SIGPIPE']) {
      const seen = new Promise((resolve) => process.once(signal, resolve))
      const hold = setInterval(() => {}, 1000)
      process.kill(process.pid, signal)
      console.log(await seen)
      clearInterval(hold)
    }
    console.log(posthog.captured().length)`)
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.equal(stdout, 'memory access out of bounds\nSIGTERM\nSIGUSR2\nSIGPIPE\n100\n')
})
