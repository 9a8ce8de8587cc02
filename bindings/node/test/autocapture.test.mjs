// Errors that nobody catches, in programs of their own.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newToken, runModule, StandIn } from './standin.mjs'

let standIn
before(async () => (standIn = await StandIn.start()))
after(() => standIn.stop())

/** Runs a program with a client that captures what nobody catches; resolves to how it ended and the exceptions that came. */
async function run(program, { options = '', clients = 1 } = {}) {
  const token = newToken()
  const source = `
    import { PostHog } from 'libposthog'
    const open = () => new PostHog('${token}', { host: '${standIn.url}', enableExceptionAutocapture: true, ${options} })
    const posthog = open()
    ${'open();'.repeat(clients - 1)}
    ${program}`
  const { code, stdout, stderr } = await runModule(source)
  const events = await standIn.events(token)
  const exceptions = events.map(({ properties: p }) => ({
    value: p.$exception_list?.[0].value, type: p.$exception_list?.[0].type, mechanism: p.$exception_list?.[0].mechanism,
    level: p.$exception_level, source: p.$exception_source,
  }))
  return { code, stdout, stderr, exceptions }
}

test('an uncaught error ends the program as Node does, and is delivered before', async () => {
  const { code, stdout, stderr, exceptions } = await run(`
    process.on('exit', (code) => console.log('exit', code))
    setTimeout(() => { throw new TypeError('boom') }, 1)`)
  assert.equal(code, 1)
  assert.equal(stdout, 'exit 1\n')
  assert.match(stderr, /TypeError: boom\n {4}at [^]*\n\nNode\.js v/)
  assert.deepEqual(exceptions, [{
    value: 'boom', type: 'TypeError', level: 'fatal', source: 'node.process_uncaught_exception',
    mechanism: { type: 'onuncaughtexception', handled: false, synthetic: false, exception_id: 0 },
  }])
})

test('so does a rejection that nobody handles', async () => {
  const { code, stderr, exceptions } = await run(`Promise.reject(new Error('rejected')); setTimeout(() => console.log('alive'), 5000)`)
  assert.equal(code, 1)
  assert.match(stderr, /Error: rejected/)
  assert.deepEqual(exceptions.map(({ value, level, source }) => [value, level, source]), [
    ['rejected', 'fatal', 'node.process_unhandled_rejection'],
  ])
})

test('a thrown value that is no error ends the program too', async () => {
  const { code, stderr, exceptions } = await run(`setTimeout(() => { throw 'text' }, 1)`)
  assert.equal(code, 1)
  assert.match(stderr, /Uncaught 'text'/)
  assert.equal(exceptions[0].value, 'text')
})

test('a program with listeners of its own goes on', async () => {
  const { code, stdout, stderr, exceptions } = await run(`
    process.on('uncaughtException', (error) => console.log('heard', error.message))
    process.on('unhandledRejection', (error) => console.log('heard', error.message))
    Promise.reject(new Error('one'))
    setTimeout(() => { throw new Error('two') }, 1)
    setTimeout(() => console.log('alive'), 50)`)
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'heard one\nheard two\nalive\n', stderr: '' })
  assert.deepEqual(exceptions.map(({ value, level }) => [value, level]), [['one', 'error'], ['two', 'error']])
})

test('a listener that was there before, and one that is removed again, count for what they are', async () => {
  const { code, stdout, stderr } = await run(`
    await posthog.shutdown()
    const heard = () => console.log('heard')
    process.on('unhandledRejection', heard)
    const second = open()
    Promise.reject(new Error('one'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    process.off('unhandledRejection', heard)
    Promise.reject(new Error('two'))
    await new Promise((resolve) => setTimeout(resolve, 2000))
    console.log('alive')`)
  assert.equal(code, 1)
  assert.equal(stdout, 'heard\n')
  assert.match(stderr, /Error: two/)
})

test('every client that asked for it captures, once for each error', async () => {
  const { exceptions } = await run(`
    process.on('uncaughtException', (error) => posthog.captureException(error))
    setTimeout(() => { throw new Error('boom') }, 1)`, { clients: 2 })
  assert.deepEqual(exceptions.map(({ value }) => value), ['boom', 'boom'])
})

test('ten of a type at once, and no more', async () => {
  const { exceptions } = await run(`
    process.on('uncaughtException', () => {})
    for (let i = 0; i < 30; i++) setTimeout(() => { throw new RangeError('r' + i) }, 1)
    for (let i = 0; i < 3; i++) setTimeout(() => { throw new TypeError('t' + i) }, 1)`)
  const count = (name) => exceptions.filter(({ type }) => type === name).length
  assert.deepEqual([count('RangeError'), count('TypeError')], [10, 3])
})

test('or as many as the options say', async () => {
  const { exceptions } = await run(`
    process.on('uncaughtException', () => {})
    for (let i = 0; i < 5; i++) setTimeout(() => { throw new RangeError('r' + i) }, 1)`,
    { options: 'exceptionRateLimiterBucketSize: 2, exceptionRateLimiterRefillRate: 1' })
  assert.equal(exceptions.length, 2)
})

test('a server that never answers delays the end by the deadline at most', async () => {
  const started = Date.now()
  const { code, stderr } = await run(`setTimeout(() => { throw new Error('boom') }, 1)`, {
    options: `exitTimeout: 300, fetch: () => new Promise(() => {})`,
  })
  assert.equal(code, 1)
  assert.match(stderr, /Error: boom/)
  assert.ok(Date.now() - started < 10_000)
})

test('without the option, and after shutdown, nothing is hooked', async () => {
  const { code, stdout, exceptions } = await run(`
    const names = ['uncaughtException', 'uncaughtExceptionMonitor', 'unhandledRejection', 'newListener', 'removeListener']
    const counts = () => names.map((name) => process.listenerCount(name))
    const hooked = counts()
    await posthog.shutdown()
    const before = counts()
    new PostHog('phc_key', { mode: 'memory' })
    console.log(JSON.stringify([hooked.map((n, i) => n - before[i]), counts().map((n, i) => n - before[i]), before.slice(0, 3)]))
    process.exitCode = 3`)
  assert.deepEqual({ code, exceptions }, { code: 3, exceptions: [] })
  assert.deepEqual(JSON.parse(stdout), [[1, 1, 0, 1, 1], [0, 0, 0, 0, 0], [0, 0, 0]])
})
