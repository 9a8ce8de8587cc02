import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import libposthog from '../index.js'
import { newToken, SECRET_KEY, StandIn } from './standin.mjs'

const { PostHog, PostHogError } = libposthog

let standIn
before(async () => (standIn = await StandIn.start()))
after(() => standIn.stop())

/** A client of a project of its own, shut down after the test. */
function open(t, options = {}) {
  const token = newToken()
  const posthog = new PostHog(token, { host: standIn.url, ...options })
  t.after(() => posthog.shutdown(0))
  return { posthog, token }
}

/** What mode memory kept. */
function memory(t, options = {}) {
  const posthog = new PostHog('phc_memory', { mode: 'memory', ...options })
  t.after(() => posthog.shutdown(0))
  return posthog
}

const codes = (posthog) => posthog.drain().records.map(({ code, message }) => `${code} ${message}`)

test('two captures and a shutdown make one request', async (t) => {
  const { posthog, token } = open(t)
  posthog.capture({ distinctId: 'user-1', event: 'movie played', properties: { movieId: '123' } })
  posthog.capture({ distinctId: 'user-1', event: '$pageview', properties: { $current_url: 'https://example.com' } })
  assert.deepEqual(await posthog.shutdownAsync(), { delivered: 2, dropped: 0, pending: 0 })
  const requests = await standIn.requests(token)
  assert.deepEqual(requests.map(({ path }) => path), ['/batch/'])
  const events = await standIn.events(token)
  assert.deepEqual(events.map(({ event }) => event), ['movie played', '$pageview'])
})

test('events carry the name and the version of this package', async (t) => {
  const { posthog, token } = open(t)
  posthog.capture({ distinctId: 'user-1', event: 'seen' })
  await posthog.shutdown()
  const [event] = await standIn.events(token)
  assert.equal(event.properties.$lib, 'libposthog-node')
  assert.match(event.properties.$lib_version, /^\d+\.\d+\.\d+$/)
})

test('bodies are gzipped unless compression is disabled', async (t) => {
  for (const [disableCompression, encoding] of [[false, 'gzip'], [true, undefined]]) {
    const { posthog, token } = open(t, { disableCompression })
    posthog.capture({ distinctId: 'user-1', event: 'seen' })
    await posthog.shutdown()
    const [request] = await standIn.requests(token)
    assert.equal(request.headers['Content-Encoding']?.[0] ?? request.headers['content-encoding'], encoding)
  }
})

test('every event method makes the event posthog-node makes', (t) => {
  const posthog = memory(t)
  const timestamp = new Date(1780000000123)
  const uuid = '019e7044-8800-7cdb-9ab3-3bf48d0efedd'
  posthog.capture({
    distinctId: 'u', event: 'bought', properties: { n: 1 }, groups: { company: 5 }, timestamp, uuid,
    flags: { beta: true, color: 'red', off: false },
  })
  posthog.identify({ distinctId: 'u', properties: { plan: 'pro', $set_once: { first: 1 } } })
  posthog.alias({ distinctId: 'u', alias: 42 })
  posthog.groupIdentify({ groupType: 'company', groupKey: 5, properties: { size: 3 } })
  posthog.setPersonProperties({ distinctId: 'u', properties: { a: 1 }, propertiesOnce: { b: 2 } })
  posthog.unsetPersonProperties({ distinctId: 'u', properties: 'a' })
  posthog.unsetPersonProperties({ distinctId: 'u', properties: ['a', 'b'] })
  const id = posthog.captureAi({ distinctId: 'u', event: '$ai_generation', properties: { $ai_model: 'm' } })

  const events = posthog.captured()
  const own = events.map(({ event, distinct_id, properties }) => {
    const { $lib, $lib_version, $is_server, $geoip_disable, ...rest } = properties
    return [event, distinct_id, rest]
  })
  assert.deepEqual(own, [
    ['bought', 'u', {
      n: 1, '$feature/beta': true, '$feature/color': 'red', '$feature/off': false,
      $active_feature_flags: ['beta', 'color'], $groups: { company: '5' },
    }],
    ['$identify', 'u', { $set: { plan: 'pro' }, $set_once: { first: 1 } }],
    ['$create_alias', 'u', { distinct_id: 'u', alias: '42' }],
    ['$groupidentify', '$company_5', { $group_type: 'company', $group_key: '5', $group_set: { size: 3 } }],
    ['$set', 'u', { $set: { a: 1 }, $set_once: { b: 2 } }],
    ['$set', 'u', { $unset: ['a'] }],
    ['$set', 'u', { $unset: ['a', 'b'] }],
    ['$ai_generation', 'u', { $ai_model: 'm' }],
  ])
  assert.equal(events[0].timestamp, '2026-05-28T20:26:40.123Z')
  assert.equal(events[0].uuid, uuid)
  assert.equal(events[7].uuid, id)
  assert.deepEqual(posthog.drain().records, [])
})

test('timestamps are taken as Date, text and number', (t) => {
  const posthog = memory(t)
  const ms = 1780000000123
  for (const timestamp of [new Date(ms), new Date(ms).toISOString(), ms]) posthog.capture({ event: 'e', timestamp })
  assert.deepEqual(new Set(posthog.captured().map(({ timestamp }) => timestamp)), new Set(['2026-05-28T20:26:40.123Z']))
})

test('registered properties go on later events, and enable and disable opt in and out', async (t) => {
  const posthog = memory(t)
  posthog.register({ tier: 'gold', region: 'eu' })
  posthog.capture({ distinctId: 'u', event: 'first' })
  await posthog.unregister('tier')
  posthog.capture({ distinctId: 'u', event: 'second', properties: { region: 'us' } })
  await posthog.disable()
  posthog.capture({ distinctId: 'u', event: 'unseen' })
  assert.equal(posthog.captureAi({ distinctId: 'u', event: 'unseen' }), undefined)
  await posthog.enable()
  posthog.capture({ distinctId: 'u', event: 'third' })
  const seen = posthog.captured({ clear: true }).map(({ event, properties: { tier, region } }) => [event, tier, region])
  assert.deepEqual(seen, [
    ['first', 'gold', 'eu'],
    ['second', undefined, 'us'],
    ['third', undefined, 'eu'],
  ])
  assert.deepEqual(posthog.captured(), [])
  assert.deepEqual(posthog.stats().dropped, { opted_out: 2 })
})

test('captures the library cannot use neither throw nor go unseen', (t) => {
  const posthog = memory(t)
  const hostile = { get event() { throw new Error('no') } }
  for (const message of [undefined, null, 'text', {}, { event: '' }, { event: 'e', properties: 'text' }, hostile]) {
    assert.equal(posthog.capture(message), undefined)
    posthog.identify(message)
  }
  assert.equal(posthog.captured().length, 0)
  assert.ok(posthog.stats().invalid > 0)
  const told = codes(posthog)
  assert.ok(told.includes('INVALID_ARGUMENT capture: event must be a non-empty string'), told.join('\n'))
  assert.ok(told.includes('INTERNAL capture: no'), told.join('\n'))
})

test('what a value loses is told with its place, and the event goes out', (t) => {
  const posthog = memory(t)
  posthog.capture({ distinctId: NaN, event: 'e', properties: { total: NaN, when: new Date(0) } })
  const [{ properties }] = posthog.captured()
  assert.equal(properties.total, null)
  assert.equal(properties.when, '1970-01-01T00:00:00.000Z')
  assert.equal(properties.$process_person_profile, false)
  assert.deepEqual(codes(posthog), ['VALUE capture: properties.total: not a finite number'])
})

test('a failure that repeats is one record with a count', (t) => {
  const posthog = memory(t)
  for (let i = 0; i < 5000; i++) posthog.capture({})
  const { records, missed } = posthog.drain()
  assert.deepEqual(records.map(({ code, count }) => [code, count]), [['INVALID_ARGUMENT', 5000]])
  assert.equal(missed, 0)
})

test('drain keeps the newest of many different failures and counts the rest', (t) => {
  const posthog = memory(t)
  for (let i = 0; i < 300; i++) posthog.capture({ event: 'e', properties: { [`p${i}`]: NaN } })
  const { records, missed } = posthog.drain()
  assert.equal(records.length + missed, 300)
  assert.match(records.at(-1).message, /p299/)
})

test('local flags: values, payloads and one exposure for each value', async (t) => {
  const { posthog, token } = open(t, { personalApiKey: SECRET_KEY })
  assert.equal(await posthog.waitForLocalEvaluationReady(), true)
  assert.equal(posthog.isLocalEvaluationReady(), true)
  const pro = { personProperties: { plan: 'pro' } }
  const free = { personProperties: { plan: 'free' } }
  assert.equal(await posthog.isFeatureEnabled('new-checkout', 'u'), true)
  assert.equal(await posthog.isFeatureEnabled('pro-plan', 'u', pro), true)
  assert.equal(await posthog.isFeatureEnabled('pro-plan', 'u', free), false)
  const undecided = await posthog.evaluateFlags('u', { flagKeys: ['new-checkout', 'pro-plan'], onlyEvaluateLocally: true })
  assert.deepEqual([undecided.keys, undecided.unresolvedFlags], [['new-checkout'], { 'pro-plan': 'missing_property' }])
  assert.equal(await posthog.getFeatureFlag('button-color', 'u'), 'green')
  assert.equal(await posthog.getFeatureFlag('button-color', 'u'), 'green')
  assert.equal(await posthog.isFeatureEnabled('button-color', 'u'), true)
  assert.deepEqual(await posthog.getFeatureFlagPayload('button-color', 'u'), { hex: '#1a7f37' })
  assert.deepEqual(await posthog.getFeatureFlagPayload('button-color', 'u', 'red'), { hex: '#d1242f' })
  assert.deepEqual(await posthog.getFeatureFlagResult('button-color', 'u'), {
    key: 'button-color', enabled: true, variant: 'green', payload: { hex: '#1a7f37' }, reason: 'condition_match',
  })
  assert.equal(await posthog.reloadFeatureFlags(), true)
  await posthog.shutdown()
  const exposures = (await standIn.events(token)).map(({ properties: p }) => [p.$feature_flag, p.$feature_flag_response])
  assert.deepEqual(exposures, [
    ['new-checkout', true],
    ['pro-plan', true],
    ['pro-plan', false],
    ['button-color', 'green'],
  ])
  const requests = await standIn.requests(token)
  assert.ok(requests.every(({ path }) => !path.startsWith('/flags/?')), 'a local flag was asked for')
})

test('what cannot be decided is undefined, never false', async (t) => {
  const { posthog } = open(t, { secretKey: SECRET_KEY })
  await posthog.waitForLocalEvaluationReady()
  const local = { onlyEvaluateLocally: true }
  assert.equal(await posthog.isFeatureEnabled('pro-plan', 'u', local), undefined)
  assert.equal(await posthog.getFeatureFlag('no-such-flag', 'u', local), undefined)
  assert.equal(await posthog.getFeatureFlagPayload('no-such-flag', 'u', undefined, local), undefined)
  assert.equal(await posthog.getFeatureFlagResult('no-such-flag', 'u', local), undefined)
  assert.equal('pro-plan' in (await posthog.getAllFlags('u', local)), false)
  for (const [key, id] of [[undefined, 'u'], ['beta'], ['', 'u'], [Symbol('s'), 'u']]) {
    assert.equal(await posthog.getFeatureFlag(key, id), undefined)
  }
  const hostile = { get groups() { throw new Error('no') } }
  assert.equal(await posthog.getFeatureFlag('pro-plan', 'u', hostile), undefined)
})

test('getAllFlags asks the service once for what is not decided locally', async (t) => {
  const { posthog, token } = open(t)
  const flag = (key, variant, payload) => ({ key, enabled: true, variant, metadata: { id: 1, version: 1, payload } })
  await standIn.remoteFlags({ flags: { a: flag('a'), b: flag('b', 'red', '{"x":1}'), c: { key: 'c', enabled: false } } })
  assert.deepEqual(await posthog.getAllFlags('u', { groups: { company: 'acme' } }), { a: true, b: 'red', c: false })
  assert.deepEqual(await posthog.getAllFlagsAndPayloads('u'), {
    featureFlags: { a: true, b: 'red', c: false },
    featureFlagPayloads: { b: { x: 1 } },
  })
  await posthog.shutdown()
  const requests = await standIn.requests(token)
  assert.deepEqual(requests.map(({ path }) => path.split('?')[0]), ['/flags/', '/flags/'])
})

test('a snapshot is one request, reports what is read, and an event carries what it stands for', async (t) => {
  const { posthog, token } = open(t)
  const flag = (key, variant, payload) => ({ key, enabled: true, variant, metadata: { id: 1, version: 1, payload } })
  await standIn.remoteFlags({ flags: { a: flag('a'), b: flag('b', 'red', '{"x":1}'), c: { key: 'c', enabled: false } } })
  const flags = await posthog.evaluateFlags('u', { groups: { company: 'acme' } })
  assert.deepEqual(flags.keys.sort(), ['a', 'b', 'c'])
  assert.equal(flags.isEnabled('a'), true)
  assert.equal(flags.isEnabled('a'), true)
  assert.equal(flags.getFlag('c'), false)
  assert.equal(flags.getFlag('missing'), undefined)
  assert.equal(flags.isEnabled('missing'), false)
  assert.deepEqual(flags.getFlagPayload('b'), { x: 1 })
  const slice = flags.only(['b', 'unknown'])
  assert.deepEqual([slice.keys, slice.getFlag('a'), slice.getFlag('b')], [['b'], undefined, 'red'])
  posthog.capture({ distinctId: 'u', event: 'seen', flags: flags.onlyAccessed() })
  await posthog.shutdown()

  const events = await standIn.events(token)
  const exposures = events.filter(({ event }) => event === '$feature_flag_called')
  assert.deepEqual(
    exposures.map(({ properties: p }) => [p.$feature_flag, p.$feature_flag_response, p.$feature_flag_error, p.$groups]),
    [
      ['a', true, undefined, { company: 'acme' }],
      ['c', false, undefined, { company: 'acme' }],
      ['missing', null, 'flag_missing', { company: 'acme' }],
      ['b', 'red', undefined, { company: 'acme' }],
    ],
  )
  const { properties } = events.find(({ event }) => event === 'seen')
  assert.deepEqual(Object.keys(properties).filter((name) => name.startsWith('$feature/')).sort(), ['$feature/a', '$feature/c'])
  assert.deepEqual(properties.$active_feature_flags, ['a'])
  const requests = await standIn.requests(token)
  assert.equal(requests.filter(({ path }) => path.startsWith('/flags')).length, 1)
})

test('a snapshot of nobody is empty and reports nothing', async (t) => {
  const posthog = memory(t)
  const hostile = { get groups() { throw new Error('no') } }
  for (const flags of [await posthog.evaluateFlags(undefined), await posthog.evaluateFlags('u', hostile)]) {
    assert.deepEqual(flags.keys, [])
    assert.equal(flags.isEnabled('a'), false)
  }
  assert.deepEqual(posthog.captured(), [])
})

test('overridden flags win, in every form posthog-node takes them', async (t) => {
  const posthog = memory(t)
  const forms = [
    [['a'], true, undefined],
    [{ a: 'red' }, 'red', undefined],
    [{ flags: ['a'] }, true, undefined],
    [{ flags: { a: 'blue' }, payloads: { a: { x: 1 } } }, 'blue', { x: 1 }],
    [{ flags: false }, undefined, undefined],
    [false, undefined, undefined],
  ]
  for (const [overrides, value, payload] of forms) {
    posthog.overrideFeatureFlags(overrides)
    assert.deepEqual(await posthog.getFeatureFlag('a', 'u'), value)
    assert.deepEqual(await posthog.getFeatureFlagPayload('a', 'u'), payload)
  }
  posthog.overrideFeatureFlags(5)
  assert.match(codes(posthog).at(-1), /^INTERNAL override_flags/)
})

test('a remote config payload comes decoded, and undefined without the key to ask for it', async (t) => {
  await standIn.remoteConfig('banner', '{"text":"hi"}')
  const { posthog } = open(t, { secretKey: SECRET_KEY })
  assert.deepEqual(await posthog.getRemoteConfigPayload('banner'), { text: 'hi' })
  assert.equal(await posthog.getRemoteConfigPayload('no-such-flag'), undefined)
  const { posthog: keyless } = open(t)
  assert.equal(await keyless.getRemoteConfigPayload('banner'), undefined)
  assert.match(codes(keyless).join(), /^NO_SECRET_KEY/)
})

test('flag calls are undefined when the service fails', async (t) => {
  const { posthog, token } = open(t, { featureFlagsRequestMaxRetries: 0 })
  await standIn.fault({ path: '/flags', token, repeat: true, sequence: [{ status: 500 }] })
  assert.equal(await posthog.isFeatureEnabled('a', 'u'), undefined)
  assert.deepEqual(await posthog.getAllFlags('u'), {})
  assert.deepEqual(await posthog.getAllFlagsAndPayloads('u'), { featureFlags: {}, featureFlagPayloads: {} })
  assert.equal(await posthog.reloadFeatureFlags(), false)
  await standIn.clearFaults()
})

test('flushAt sends a full batch without a flush', async (t) => {
  const { posthog, token } = open(t, { flushAt: 3 })
  for (let i = 0; i < 3; i++) posthog.capture({ distinctId: 'u', event: `e${i}` })
  await until(async () => (await standIn.events(token)).length === 3)
  assert.equal((await standIn.requests(token)).length, 1)
})

test('flushInterval sends what waits', async (t) => {
  const { posthog, token } = open(t, { flushInterval: 50 })
  posthog.capture({ distinctId: 'u', event: 'e' })
  await until(async () => (await standIn.events(token)).length === 1)
})

test('flushAt 1 and flushInterval 0 send every event at once', async (t) => {
  const { posthog, token } = open(t, { flushAt: 1, flushInterval: 0 })
  posthog.capture({ distinctId: 'u', event: 'e' })
  await until(async () => (await standIn.events(token)).length === 1)
})

test('an outage is survived: the same events arrive once when it is over', async (t) => {
  const { posthog, token } = open(t)
  await standIn.fault({ path: '/batch', token, sequence: [{ status: 503 }, { action: 'reset' }] })
  for (let i = 0; i < 50; i++) posthog.capture({ distinctId: 'u', event: `e${i}` })
  const counts = await posthog.flush()
  assert.deepEqual(counts, { delivered: 50, dropped: 0, pending: 0 })
  assert.equal((await standIn.requests(token)).length, 3)
  assert.equal(new Set((await standIn.events(token)).map(({ uuid }) => uuid)).size, 50)
})

test('flush and shutdown keep their deadlines and tell the truth about the rest', async (t) => {
  const { posthog, token } = open(t)
  await standIn.fault({ path: '/batch', token, repeat: true, sequence: [{ action: 'hang' }] })
  posthog.capture({ distinctId: 'u', event: 'e' })
  let since = performance.now()
  assert.deepEqual(await posthog.flush(200), { delivered: 0, dropped: 0, pending: 1 })
  assert.ok(performance.now() - since < 2000)
  since = performance.now()
  const { delivered, dropped, pending } = await posthog.shutdown(200)
  assert.ok(performance.now() - since < 2000)
  assert.equal(delivered, 0)
  assert.equal(dropped + pending, 1)
  assert.deepEqual(posthog.stats().dropped, { shutdown: 1 })
  await standIn.clearFaults()
})

test('after shutdown every method answers and none throws', async (t) => {
  const { posthog } = open(t)
  await posthog.shutdown()
  assert.deepEqual(await posthog.shutdown(), { delivered: 0, dropped: 0, pending: 0 })
  assert.deepEqual(await posthog.flush(), { delivered: 0, dropped: 0, pending: 0 })
  posthog.capture({ distinctId: 'u', event: 'late' })
  assert.equal(await posthog.getFeatureFlag('a', 'u'), undefined)
  assert.deepEqual(await posthog.getAllFlags('u'), {})
  await posthog.register({ a: 1 })
  assert.equal(posthog.isLocalEvaluationReady(), false)
  assert.ok(codes(posthog).includes('CLOSED capture: the client is shut down'))
  assert.equal(posthog.stats().dropped.closed, 1)
})

test('a client is shut down at the end of an await using block', { skip: !Symbol.asyncDispose }, async (t) => {
  const { posthog, token } = open(t)
  posthog.capture({ distinctId: 'u', event: 'e' })
  await posthog[Symbol.asyncDispose]()
  assert.equal((await standIn.events(token)).length, 1)
})

test('clients share an engine and nothing else', async (t) => {
  const clients = Array.from({ length: 50 }, () => open(t))
  clients.forEach(({ posthog }, i) => posthog.capture({ distinctId: `u${i}`, event: `e${i}` }))
  await clients[0].posthog.shutdown()
  await Promise.all(clients.map(({ posthog }) => posthog.flush()))
  for (const [i, { token }] of clients.entries()) {
    assert.deepEqual((await standIn.events(token)).map(({ event }) => event), [`e${i}`])
  }
})

test('a function in place of fetch performs the requests', async (t) => {
  const urls = []
  const { posthog } = open(t, {
    fetch: async (url, options) => {
      urls.push(new URL(url).pathname)
      return fetch(url, options)
    },
  })
  posthog.capture({ distinctId: 'u', event: 'e' })
  assert.equal((await posthog.flush()).delivered, 1)
  assert.deepEqual(urls, ['/batch/'])
})

test('a blank key makes a client that takes everything and sends nothing', async (t) => {
  for (const key of ['', '  ', undefined, 5]) {
    const posthog = new PostHog(key, { host: standIn.url })
    t.after(() => posthog.shutdown(0))
    posthog.capture({ distinctId: 'u', event: 'e' })
    assert.equal(await posthog.isFeatureEnabled('a', 'u'), undefined)
    assert.deepEqual(posthog.stats().dropped, { disabled: 1 })
    assert.match(codes(posthog).join(), /no_api_key/)
  }
})

test('events larger than the library takes are refused, told and counted', (t) => {
  const posthog = memory(t)
  posthog.capture({ distinctId: 'u', event: 'large', properties: { text: 'x'.repeat(1 << 20) } })
  posthog.capture({ distinctId: 'u', event: 'larger', properties: { text: 'x'.repeat(5 << 20) } })
  assert.deepEqual(posthog.captured(), [])
  const { dropped, invalid } = posthog.stats()
  assert.deepEqual([dropped, invalid], [{ too_large: 1 }, 1])
})

test('memory grows under load and every event is whole', (t) => {
  const posthog = memory(t)
  const text = 'é'.repeat(100_000)
  for (let i = 0; i < 100; i++) posthog.capture({ distinctId: 'u', event: 'e', properties: { i, text } })
  const captured = posthog.captured({ clear: true })
  assert.deepEqual(captured.map(({ properties }) => properties.i), Array.from({ length: 100 }, (_, i) => i))
  assert.ok(captured.every(({ properties }) => properties.text === text))
})

test('the event loop goes on while events are sent', async (t) => {
  const { posthog, token } = open(t)
  await standIn.fault({ path: '/batch', token, sequence: [{ delay_ms: 300 }] })
  for (let i = 0; i < 1000; i++) posthog.capture({ distinctId: 'u', event: 'e', properties: { text: 'x'.repeat(1000) } })
  let ticks = 0
  const ticking = setInterval(() => ticks++, 5)
  assert.equal((await posthog.flush()).delivered, 1000)
  clearInterval(ticking)
  assert.ok(ticks >= 15, `${ticks} ticks in 300 ms and more`)
})

test('debug writes to stderr what drain would tell', async (t) => {
  const lines = []
  t.mock.method(console, 'error', (line) => lines.push(line))
  const posthog = memory(t)
  posthog.capture({})
  posthog.debug()
  posthog.capture({ distinctId: 'u', event: 'e', properties: { a: NaN } })
  await until(() => lines.length === 2)
  posthog.debug(false)
  posthog.capture({})
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  assert.deepEqual(lines.sort(), [
    '[libposthog] warning INVALID_ARGUMENT: capture: event must be a non-empty string',
    '[libposthog] warning VALUE: capture: properties.a: not a finite number',
  ])
})

test('PostHogError is an Error with a code', () => {
  const error = new PostHogError('CLOSED', 'the client is shut down')
  assert.ok(error instanceof Error)
  assert.equal(String(error), 'PostHogError: the client is shut down')
  assert.equal(error.code, 'CLOSED')
})

/** Waits for something to become true, as a server sees it. */
async function until(check) {
  const deadline = Date.now() + 10_000
  while (!(await check())) {
    if (Date.now() > deadline) assert.fail('it did not become true within 10 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
