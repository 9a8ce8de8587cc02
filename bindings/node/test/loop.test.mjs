// The event loop stays the program's: what the library does in it is short, whatever the network and the events are like.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { PostHog } from '../index.js'

/** Ten times what `make bench` is to show: only a stall goes beyond it. */
const STALL_MS = 100

const DEFINITIONS = JSON.stringify({
  flags: [{ id: 1, key: 'on', active: true, filters: { groups: [{ properties: [], rollout_percentage: 100 }] } }],
  group_type_mapping: {},
  cohorts: {},
})

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('the event loop turns while megabytes are compressed', { timeout: 60_000 }, async () => {
  let sent
  const fetch = async (_, { body }) => {
    sent = body
    return { status: 200, text: async () => '{"status":1}' }
  }
  const posthog = new PostHog('phc_key', { fetch, flushAt: 100 })
  const text = (n) => Array.from({ length: 8000 }, (_, i) => ((i * 7919 + n) % 99991).toString(36)).join(' ')
  for (let n = 0; n < 100; n++) posthog.capture({ distinctId: 'u', event: 'long', properties: { text: text(n) } })
  const flushed = posthog.flush()
  let turns = 0
  while (sent === undefined) {
    await turn()
    turns++
  }
  await flushed
  const size = gunzipSync(sent).length
  assert.ok(size > 3_000_000, `a batch of ${size} bytes`)
  // A handful takes the batch out of the library; the others pass while another thread compresses.
  assert.ok(turns > 50, `${turns} turns`)
  await posthog.shutdown(0)
})

test('a server that never answers does not hold up the event loop', { timeout: 60_000 }, async (t) => {
  const server = http.createServer((request, response) => {
    if (request.method === 'GET') response.end(DEFINITIONS)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close().closeAllConnections())
  const posthog = new PostHog('phc_key', { host: `http://127.0.0.1:${server.address().port}`, secretKey: 'phs_key' })
  assert.equal(await posthog.waitForLocalEvaluationReady(), true)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  for (let n = 0; n < 500; n++) {
    posthog.capture({ distinctId: `user-${n}`, event: 'e' })
    assert.equal(await posthog.getFeatureFlag('on', `user-${n}`), true)
    if (n % 10 === 0) posthog.getFeatureFlag('elsewhere', `user-${n}`)
    if (n % 100 === 0) posthog.flush()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  delay.disable()
  assert.ok(delay.percentile(99) < STALL_MS * 1e6, `${delay.percentile(99) / 1e6} ms`)
  await posthog.shutdown(0)
})
