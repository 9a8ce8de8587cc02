// The Node binding behind the adapter: a line of standard input is a thing to do, see child.go.

import { createInterface } from 'node:readline'

import { PostHog } from '../../../bindings/node/index.mjs'

const clients = new Map()

const message = ({ distinct_id: distinctId, ...rest }) => ({ distinctId, ...rest })

const actions = {
  init(client, given) {
    clients.set(client, new PostHog(given.api_key, {
      host: given.host,
      flushAt: given.flush_at,
      flushInterval: given.flush_interval_ms,
      fetchRetryCount: given.max_retries,
      disableCompression: given.compression === 'none',
      disableGeoip: given.disable_geoip,
      historicalMigration: given.historical_migration,
      headers: given.headers,
      captureMode: given.capture_mode,
    }))
  },
  capture(client, given) {
    clients.get(client).capture(message(given)) // returns nothing, as posthog-node's
  },
  capture_ai: (client, given) => ({ uuid: clients.get(client).captureAi(message(given)) }),
  flush: (client) => clients.get(client).flush(),
  stats(client) {
    const { accepted, delivered, queued, inFlight, dropped } = clients.get(client).stats()
    return { accepted, delivered, queued, in_flight: inFlight, dropped }
  },
  async get_feature_flag(client, given) {
    const value = await clients.get(client).getFeatureFlag(given.key, given.distinct_id, {
      personProperties: given.person_properties,
      groups: given.groups,
      groupProperties: given.group_properties,
      disableGeoip: given.disable_geoip,
    })
    return { value: value ?? null }
  },
  async reset(client) {
    const ended = clients.get(client)
    clients.delete(client)
    await ended.shutdown(0)
  },
}

async function perform(line) {
  const [, number, client, action, text] = /^(\d+) (\S+) (\S+) (.*)$/.exec(line)
  try {
    console.log(`${number} ok ${JSON.stringify((await actions[action](client, JSON.parse(text))) ?? {})}`)
  } catch (error) {
    console.log(`${number} error ${error.name}: ${error.message}`)
  }
}

createInterface({ input: process.stdin }).on('line', perform)
