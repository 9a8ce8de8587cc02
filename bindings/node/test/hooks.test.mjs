// before_send, contexts, immediate captures, listeners: what happens to an event on its way.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import libposthog from '../index.js'
import { newToken, SECRET_KEY, StandIn } from './standin.mjs'

const { PostHog } = libposthog

let standIn
before(async () => (standIn = await StandIn.start()))
after(() => standIn.stop())

function open(t, options = {}) {
  const token = newToken()
  const posthog = new PostHog(token, { host: standIn.url, ...options })
  t.after(() => posthog.shutdown(0))
  return { posthog, token }
}

function memory(t, options = {}) {
  const posthog = new PostHog('phc_memory', { mode: 'memory', ...options })
  t.after(() => posthog.shutdown(0))
  return posthog
}

const codes = (posthog) => posthog.drain().records.map(({ code, message }) => `${code} ${message}`)
const event = { distinctId: 'u', event: 'e' }

test('hooks see every event last, in order, and what they leave is sent', (t) => {
  const seen = []
  const posthog = memory(t, {
    superProperties: { tier: 'gold' },
    before_send: [
      (given) => (seen.push(given), { ...given, properties: { ...given.properties, first: true } }),
      (given) => {
        given.properties.order = given.properties.first ? 'second' : 'first'
        delete given.properties.secret
        given.distinctId = 'other'
        return given
      },
    ],
  })
  const uuid = '019e7044-8800-7cdb-9ab3-3bf48d0efedd'
  posthog.capture({ ...event, uuid, properties: { secret: 'x' }, groups: { company: 5 }, timestamp: '2026-01-02T03:04:05.123456Z' })
  assert.equal(seen[0].distinctId, 'u')
  assert.equal(seen[0].uuid, uuid)
  assert.ok(seen[0].timestamp instanceof Date)
  assert.equal(seen[0].properties.$lib, 'libposthog-node')
  assert.deepEqual(seen[0].properties.$groups, { company: '5' })
  const [sent] = posthog.captured()
  assert.equal(sent.distinct_id, 'other')
  assert.equal(sent.properties.order, 'second')
  assert.equal(sent.properties.tier, 'gold')
  assert.equal('secret' in sent.properties, false)
  // A time that no hook touched keeps its digits.
  assert.equal(sent.timestamp, '2026-01-02T03:04:05.123456Z')
})

test('a hook may move an event in time', (t) => {
  const posthog = memory(t, { before_send: (given) => ({ ...given, timestamp: new Date(1780000000123) }) })
  posthog.capture(event)
  assert.equal(posthog.captured()[0].timestamp, '2026-05-28T20:26:40.123Z')
})

test('hooks fail closed, and what they drop is counted', (t) => {
  const circular = {}
  circular.self = circular
  const after = []
  const refusals = [
    () => null,
    () => undefined,
    () => { throw new Error('no') },
    () => 'text',
    () => 5,
    async (given) => given,
    () => ({}),
    () => ({ event: '', distinctId: 'u', properties: {} }),
    (given) => ({ ...given, properties: 'text' }),
  ]
  for (const refusal of refusals) {
    const posthog = memory(t, { before_send: [refusal, (given) => (after.push(refusal), given)] })
    posthog.capture({ ...event, properties: { secret: 'x' } })
    assert.deepEqual(posthog.captured(), [], String(refusal))
    assert.deepEqual(posthog.stats().dropped, { before_send: 1 }, String(refusal))
    assert.doesNotMatch(codes(posthog).join(), /secret/)
  }
  // The first refusal ends the chain; only what still looked like an event went on.
  assert.deepEqual(new Set(after), new Set(refusals.slice(6)))
})

test('what a hook puts in is normalised like anything else', (t) => {
  const posthog = memory(t, { before_send: (given) => ({ ...given, properties: { when: new Date(0), n: NaN } }) })
  posthog.capture(event)
  assert.deepEqual(posthog.captured()[0].properties, { when: '1970-01-01T00:00:00.000Z', n: null })
  assert.deepEqual(codes(posthog), ['VALUE before_send: event.properties.n: not a finite number'])
})

test('every event passes the hooks, exposures of every kind included, once', async (t) => {
  const names = []
  const { posthog, token } = open(t, {
    secretKey: SECRET_KEY,
    before_send: (given) => (names.push(given.event), given),
  })
  await posthog.waitForLocalEvaluationReady()
  posthog.capture(event)
  posthog.identify({ distinctId: 'u' })
  posthog.alias({ distinctId: 'u', alias: 'a' })
  posthog.groupIdentify({ groupType: 'company', groupKey: 'c' })
  posthog.setPersonProperties({ distinctId: 'u', properties: { a: 1 } })
  posthog.captureException(new Error('e'), 'u')
  posthog.captureAi({ distinctId: 'u', event: '$ai_generation' })
  for (let i = 0; i < 3; i++) await posthog.isFeatureEnabled('new-checkout', 'u')
  const flags = await posthog.evaluateFlags('v')
  flags.isEnabled('new-checkout')
  flags.isEnabled('new-checkout')
  await posthog.captureImmediate({ distinctId: 'u', event: 'now' })
  assert.deepEqual(names, [
    'e', '$identify', '$create_alias', '$groupidentify', '$set', '$exception', '$ai_generation', '$feature_flag_called',
    '$feature_flag_called', 'now',
  ])
  await posthog.shutdown()
  assert.equal((await standIn.events(token)).length, names.length)
})

test('an exposure that a hook drops is not marked as reported', async (t) => {
  let drop = true
  const posthog = memory(t, { before_send: (given) => (drop ? null : given) })
  posthog.overrideFeatureFlags(['a'])
  await posthog.isFeatureEnabled('a', 'u')
  drop = false
  await posthog.isFeatureEnabled('a', 'u')
  await posthog.isFeatureEnabled('a', 'u')
  assert.deepEqual(posthog.captured().map(({ event }) => event), ['$feature_flag_called'])
})

test('a context ends when its signal is aborted, and those that took over from it with it', (t) => {
  const posthog = memory(t)
  const controller = new AbortController()
  const users = []
  const look = () => users.push(posthog.getContext()?.distinctId)
  posthog.withContext({ distinctId: 'a' }, () => {
    posthog.withContext({ properties: { b: 1 } }, () => {
      look()
      controller.abort()
      look()
      posthog.withContext({ distinctId: 'fresh' }, look, { fresh: true })
    })
    look()
  }, { signal: controller.signal })
  assert.deepEqual(users, ['a', undefined, 'fresh', undefined])
})

test('contexts give events a user, a session and properties, and nest', async (t) => {
  const posthog = memory(t)
  assert.equal(posthog.getContext(), undefined)
  const result = posthog.withContext({ distinctId: 'c', sessionId: 's', properties: { a: 1, b: 1 } }, () => {
    posthog.capture({ event: 'outer', properties: { b: 2 } })
    posthog.capture({ event: 'own', distinctId: 'u', properties: { $session_id: 'mine' } })
    posthog.withContext({ properties: { c: 3 } }, () => posthog.capture({ event: 'inner' }))
    posthog.withContext({ properties: { c: 3 } }, () => posthog.capture({ event: 'fresh', distinctId: 'u' }), { fresh: true })
    posthog.identify({ distinctId: 'u', properties: { p: 1 } })
    return 'returned'
  })
  assert.equal(result, 'returned')
  const own = posthog.captured({ clear: true }).map(({ event, distinct_id, properties }) => {
    const { $lib, $lib_version, $is_server, $geoip_disable, ...rest } = properties
    return [event, distinct_id, rest]
  })
  assert.deepEqual(own, [
    ['outer', 'c', { a: 1, b: 2, $session_id: 's' }],
    ['own', 'u', { a: 1, b: 1, $session_id: 'mine' }],
    ['inner', 'c', { a: 1, b: 1, c: 3, $session_id: 's' }],
    ['fresh', 'u', { c: 3 }],
    ['$identify', 'u', { $set: { p: 1 }, $set_once: {} }],
  ])
})

test('a context follows promises and callbacks, and two at a time stay apart', async (t) => {
  const posthog = memory(t)
  const work = (distinctId) =>
    posthog.withContext({ distinctId }, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      posthog.capture({ event: distinctId })
      await Promise.resolve().then(() => posthog.captureException(new Error(distinctId)))
    })
  await Promise.all([work('a'), work('b')])
  const sent = posthog.captured().map(({ distinct_id, event, properties: p }) => [distinct_id, p.$exception_list?.[0].value ?? event])
  assert.deepEqual(sent.sort(), [['a', 'a'], ['a', 'a'], ['b', 'b'], ['b', 'b']])
  await Promise.resolve().then(() => {
    posthog.enterContext({ distinctId: 'entered' })
    assert.equal(posthog.getContext().distinctId, 'entered')
  })
})

test('flag calls take the user from the context', async (t) => {
  const posthog = memory(t)
  posthog.overrideFeatureFlags({ a: 'red' })
  await posthog.withContext({ distinctId: 'c' }, async () => {
    assert.deepEqual(await posthog.getAllFlags(), { a: 'red' })
    assert.deepEqual(await posthog.getAllFlags({ groups: {} }), { a: 'red' })
    assert.deepEqual((await posthog.getAllFlagsAndPayloads()).featureFlags, { a: 'red' })
    assert.equal((await posthog.getFeatureFlagResult('a')).variant, 'red')
    const flags = await posthog.evaluateFlags({ flagKeys: ['a'] })
    assert.equal(flags.getFlag('a'), 'red')
  })
  assert.deepEqual(await posthog.getAllFlags(), {})
})

test('immediate captures are delivered when their promise resolves', async (t) => {
  const { posthog, token } = open(t, { flushAt: 1000, flushInterval: 1e6 })
  posthog.capture({ distinctId: 'u', event: 'queued' })
  await posthog.captureImmediate(event)
  await posthog.identifyImmediate({ distinctId: 'u', properties: { a: 1 } })
  await posthog.aliasImmediate({ distinctId: 'u', alias: 'a' })
  await posthog.groupIdentifyImmediate({ groupType: 'company', groupKey: 'c' })
  await posthog.captureExceptionImmediate(new Error('e'), 'u', { more: 1 })
  const id = await posthog.captureAiImmediate({ distinctId: 'u', event: '$ai_generation' })
  const events = await standIn.events(token)
  const names = ['e', '$identify', '$create_alias', '$groupidentify', '$exception', '$ai_generation']
  assert.deepEqual(events.map(({ event }) => event), names)
  assert.equal(events.at(-1).uuid, id)
  assert.equal(posthog.stats().queued, 1)
})

test('an immediate capture that fails neither throws nor goes unseen', async (t) => {
  const { posthog } = open(t, { host: 'http://127.0.0.1:1', fetchRetryCount: 0 })
  assert.equal(await posthog.captureImmediate(event), undefined)
  assert.equal(await posthog.captureAiImmediate(event), undefined)
  assert.equal(await posthog.captureImmediate(undefined), undefined)
  assert.ok(posthog.drain().records.length > 0)
})

test('listeners hear of drops and errors, drain keeps them, and a listener that throws disturbs nobody', async (t) => {
  const { posthog } = open(t, { host: 'http://127.0.0.1:1', fetchRetryCount: 0 })
  const errors = []
  const all = []
  posthog.on('error', () => { throw new Error('a listener\'s own') })
  const off = posthog.on('error', (error) => errors.push(error))
  posthog.on('*', (name) => all.push(name))
  posthog.capture(event)
  await posthog.flush()
  const [error] = errors.filter(({ record }) => record.kind === 'drop')
  assert.equal(error.name, 'PostHogError')
  assert.equal(error.record.reason, 'retries_exhausted')
  assert.ok(all.includes('error') && all.includes('drop'))
  assert.ok(posthog.drain().records.some(({ kind }) => kind === 'drop'))
  off()
  const heard = errors.length
  posthog.capture(event)
  await posthog.flush()
  assert.equal(errors.length, heard)
})

test('a listener hears when definitions are loaded', async (t) => {
  const { posthog } = open(t, { secretKey: SECRET_KEY })
  const loaded = new Promise((resolve) => posthog.on('localEvaluationFlagsLoaded', resolve))
  await posthog.waitForLocalEvaluationReady()
  await loaded
})

test('opting out and in, by either name and from the start', async (t) => {
  const posthog = memory(t, { defaultOptIn: false })
  assert.equal(posthog.optedOut, true)
  posthog.capture(event)
  await posthog.optIn()
  assert.equal(posthog.optedOut, false)
  posthog.capture(event)
  await posthog.optOut()
  posthog.capture(event)
  assert.equal(posthog.captured().length, 1)
  assert.deepEqual(posthog.stats().dropped, { opted_out: 2 })
})

test('sendFeatureFlags puts on what can be decided locally', async (t) => {
  const { posthog, token } = open(t, { secretKey: SECRET_KEY })
  await posthog.waitForLocalEvaluationReady()
  posthog.capture({ ...event, sendFeatureFlags: true })
  posthog.capture({ ...event, sendFeatureFlags: { flagKeys: ['pro-plan'], personProperties: { plan: 'pro' } } })
  await posthog.shutdown()
  const [all, one] = (await standIn.events(token)).map(({ properties }) => properties)
  assert.equal(all['$feature/new-checkout'], true)
  assert.equal(one['$feature/pro-plan'], true)
  assert.equal('$feature/new-checkout' in one, false)
})

test('waitUntil gets one promise for captures close together, which ends when they are delivered', async (t) => {
  const promises = []
  const { posthog, token } = open(t, {
    flushAt: 1000, flushInterval: 1e6, waitUntilDebounceMs: 5, waitUntil: (promise) => promises.push(promise),
  })
  for (let i = 0; i < 10; i++) posthog.capture(event)
  assert.equal(promises.length, 1)
  await promises[0]
  assert.equal((await standIn.events(token)).length, 10)
  posthog.capture(event)
  assert.equal(promises.length, 2)
  await promises[1]
  assert.equal((await standIn.events(token)).length, 11)
})

test('a waitUntil that refuses costs nothing, and one that is never quiet ends all the same', async (t) => {
  const { posthog, token } = open(t, {
    flushAt: 1000, flushInterval: 1e6, waitUntilDebounceMs: 40, waitUntilMaxWaitMs: 60,
    waitUntil: () => { throw new Error('outside of a request') },
  })
  const capturing = setInterval(() => posthog.capture(event), 10)
  while ((await standIn.events(token)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  clearInterval(capturing)
})

test('no method throws or rejects, whatever it is given', async (t) => {
  const { proxy: gone, revoke } = Proxy.revocable({}, {})
  revoke()
  const hostile = new Proxy({}, { get() { throw new Error('no') }, ownKeys() { throw new Error('no') } })
  const odd = [
    undefined, null, '', 'text', NaN, -1, 5n, true, Symbol('s'), [], {}, () => {}, new Map(), gone, hostile,
    { distinctId: hostile, event: 'e', properties: gone, groups: 5, flags: hostile, timestamp: new Date(NaN), uuid: {} },
    { distinctId: 'u', properties: { get a() { throw new Error('no') } }, alias: Symbol('s'), groupType: {}, groupKey: gone },
    { personProperties: hostile, groups: gone, flagKeys: 'text', deviceId: {}, onlyEvaluateLocally: 'yes' },
  ]
  const throwing = new Set(['constructor', 'stats', 'captured', 'withContext', 'on', 'shutdown', 'shutdownAsync'])
  const members = Object.getOwnPropertyDescriptors(PostHog.prototype)
  const names = Object.keys(members).filter((name) => typeof members[name].value === 'function' && !throwing.has(name))
  assert.ok(names.length > 35)
  for (const options of [{}, { before_send: (given) => given }]) {
    const posthog = memory(t, options)
    for (const name of names.filter((name) => name !== 'debug')) {
      for (const value of odd) {
        for (const args of [[value], ['key', value], ['key', 'u', value, value], [value, value, value, value, value]]) {
          await posthog[name](...args)
        }
      }
    }
    for (const value of odd) assert.equal(posthog.withContext(value, () => 'ran', value), 'ran')
    await posthog.enable()
    posthog.capture(event)
    assert.equal(posthog.captured().at(-1).event, 'e')
  }
})
