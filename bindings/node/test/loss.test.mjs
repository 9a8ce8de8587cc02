// What becomes of clients whose engine stops. The real module never traps here, so an export is made to.

import assert from 'node:assert/strict'
import { test } from 'node:test'

const NativeInstance = WebAssembly.Instance
let trap = false

WebAssembly.Instance = function (module, imports) {
  const { exports } = new NativeInstance(module, imports)
  const posthog_capture = (...args) => {
    if (trap) throw new WebAssembly.RuntimeError('unreachable')
    return exports.posthog_capture(...args)
  }
  return { exports: { ...exports, posthog_capture } }
}

const { PostHog } = (await import('../index.js')).default

const event = { distinctId: 'u', event: 'e' }

test('a trap is told with what was lost, stays silent otherwise, and a new client starts afresh', async () => {
  const options = { engine: 'wasm', host: 'http://127.0.0.1:9', fetch: () => new Promise(() => {}) }
  const posthog = new PostHog('phc_key', options)
  const neighbour = new PostHog('phc_key', options)
  for (let i = 0; i < 3; i++) posthog.capture(event)
  neighbour.capture(event)
  const flag = posthog.getFeatureFlag('a', 'u')

  trap = true
  assert.equal(posthog.capture(event), undefined)
  const lost = { name: 'PostHogError', code: 'ENGINE_LOST', message: /unreachable.* 4 accepted events.*A new PostHog/ }
  assert.throws(() => posthog.stats(), lost)
  trap = false

  assert.equal(await flag, undefined)
  assert.throws(() => posthog.stats(), lost)
  const told = posthog.drain().records.filter(({ code }) => code === 'ENGINE_LOST')
  assert.ok(told.some(({ message }) => / 4 accepted events/.test(message)))
  posthog.capture(event)
  assert.deepEqual(await posthog.flush(), { delivered: 0, dropped: 5, pending: 0 })
  assert.deepEqual(await posthog.shutdown(), { delivered: 0, dropped: 5, pending: 0 })

  // One engine, one fate; each client says what it lost itself.
  assert.throws(() => neighbour.stats(), { code: 'ENGINE_LOST', message: / 1 accepted events/ })

  const fresh = new PostHog('phc_key', { engine: 'wasm', mode: 'memory' })
  fresh.capture(event)
  assert.equal(fresh.captured().length, 1)
  await fresh.shutdown()
})
