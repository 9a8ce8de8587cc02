// flagDefinitionCacheProvider: definitions that several processes share.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import libposthog from '../index.js'
import { newToken, SECRET_KEY, StandIn } from './standin.mjs'

const { PostHog } = libposthog

let standIn
before(async () => (standIn = await StandIn.start()))
after(() => standIn.stop())

/** A store that counts, shared by clients as processes would share one. */
class Store {
  calls = []
  data = undefined

  provider(fetches) {
    const note = (name, answer) => (this.calls.push(name), answer)
    return {
      shouldFetchFlagDefinitions: async () => note('should', typeof fetches === 'function' ? fetches() : fetches),
      getFlagDefinitions: async () => note('get', this.data),
      onFlagDefinitionsReceived: async (data) => note('store', (this.data = data)),
      shutdown: async () => note('shutdown'),
    }
  }

  count(name) {
    return this.calls.filter((call) => call === name).length
  }
}

function open(t, provider, options = {}) {
  const token = newToken()
  const posthog = new PostHog(token, { host: standIn.url, flagDefinitionCacheProvider: provider, ...options })
  t.after(() => posthog.shutdown(0))
  return { posthog, token }
}

const fetches = async (token) => (await standIn.requests(token)).filter(({ path }) => path.startsWith('/flags/definitions')).length

test('one process fetches and stores, another reads without a request or a key', async (t) => {
  const store = new Store()
  const owner = open(t, store.provider(true), { secretKey: SECRET_KEY })
  assert.equal(await owner.posthog.waitForLocalEvaluationReady(), true)
  assert.equal(await owner.posthog.isFeatureEnabled('new-checkout', 'u'), true)
  while (store.data === undefined) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(store.data.flags.length > 0)
  assert.deepEqual(store.data.groupTypeMapping, store.data.group_type_mapping)

  const reader = open(t, store.provider(false))
  assert.equal(await reader.posthog.waitForLocalEvaluationReady(), true)
  assert.equal(await reader.posthog.isFeatureEnabled('new-checkout', 'u', { onlyEvaluateLocally: true }), true)
  assert.equal(await fetches(reader.token), 0)
  assert.equal(await fetches(owner.token), 1)
})

test('definitions come back by either name of their members', async (t) => {
  const store = new Store()
  store.data = {
    flags: [{ id: 1, key: 'g', active: true, filters: { aggregation_group_type_index: 0, groups: [{ rollout_percentage: 100 }] } }],
    groupTypeMapping: { 0: 'company' },
    cohorts: {},
  }
  const { posthog } = open(t, store.provider(false))
  await posthog.waitForLocalEvaluationReady()
  const options = { groups: { company: 'acme' }, onlyEvaluateLocally: true }
  assert.equal(await posthog.isFeatureEnabled('g', 'u', options), true)
})

test('what did not change is not stored again, and reload looks again', async (t) => {
  const store = new Store()
  const { posthog, token } = open(t, store.provider(true), { secretKey: SECRET_KEY })
  await posthog.waitForLocalEvaluationReady()
  assert.equal(await posthog.reloadFeatureFlags(), true)
  assert.equal(await posthog.reloadFeatureFlags(), true)
  assert.equal(store.count('store'), 1)
  assert.ok((await fetches(token)) >= 2)
})

test('it is asked again at every polling interval', async (t) => {
  const store = new Store()
  open(t, store.provider(false), { featureFlagsPollingInterval: 10 })
  const hold = setInterval(() => {}, 1000)
  while (store.count('should') < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  clearInterval(hold)
})

test('with nothing stored and nothing loaded, a key is used', async (t) => {
  const store = new Store()
  const { posthog, token } = open(t, store.provider(false), { secretKey: SECRET_KEY })
  assert.equal(await posthog.waitForLocalEvaluationReady(), true)
  assert.equal(await fetches(token), 1)
  assert.equal(store.count('store'), 0)
})

test('what a provider throws is told, and flags go on', async (t) => {
  const fail = () => { throw new Error('the store is down') }
  const broken = { shouldFetchFlagDefinitions: fail, getFlagDefinitions: fail, onFlagDefinitionsReceived: fail, shutdown: fail }
  const { posthog } = open(t, broken, { secretKey: SECRET_KEY })
  assert.equal(await posthog.waitForLocalEvaluationReady(), true)
  assert.equal(await posthog.isFeatureEnabled('new-checkout', 'u'), true)
  await posthog.shutdown()
  assert.ok(posthog.drain().records.some(({ message }) => message === 'flagDefinitionCacheProvider: the store is down'))
})

test('data that is no document changes nothing and is told', async (t) => {
  const store = new Store()
  store.data = { flags: 'nonsense' }
  const { posthog } = open(t, store.provider(false))
  assert.equal(await posthog.reloadFeatureFlags(), false)
  assert.equal(posthog.isLocalEvaluationReady(), false)
  assert.ok(posthog.drain().records.some(({ code, message }) => code === 'INVALID_ARGUMENT' && /set_flag_definitions/.test(message)))
})

test('shutdown ends the provider, and does not wait for one that hangs', async (t) => {
  const store = new Store()
  const { posthog } = open(t, store.provider(false))
  await posthog.shutdown()
  assert.equal(store.count('shutdown'), 1)

  const hanging = { ...new Store().provider(false), shutdown: () => new Promise(() => {}) }
  const second = open(t, hanging)
  const started = Date.now()
  await second.posthog.shutdown(50)
  assert.ok(Date.now() - started < 5000)
})
