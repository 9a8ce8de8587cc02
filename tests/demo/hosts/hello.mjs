// The demo, from Node: captures, asks for flags, and prints what it saw as one line of JSON.

import { PostHog } from '../../../bindings/node/index.mjs'

const FLAGS = ['new-checkout', 'beta-dashboard', 'button-color', 'pro-plan']

const posthog = new PostHog(process.env.POSTHOG_API_KEY, {
  host: process.env.POSTHOG_HOST,
  secretKey: process.env.POSTHOG_SECRET_KEY,
})
await posthog.reloadFeatureFlags()
const flags = {}
for (let number = 1; number <= 4; number++) {
  const distinctId = `user-${number}`
  const plan = number % 2 === 0 ? 'pro' : 'free'
  posthog.identify({ distinctId, properties: { plan } })
  for (let item = 0; item < 5; item++) {
    posthog.capture({ distinctId, event: 'item bought', properties: { item, price: 9.5 } })
  }
  flags[distinctId] = {}
  for (const key of FLAGS) {
    flags[distinctId][key] = await posthog.getFeatureFlag(key, distinctId, { personProperties: { plan } })
  }
}
await posthog.flush()
const stats = await posthog.stats()
await posthog.shutdown()

console.log(JSON.stringify({ captured: stats.accepted, delivered: stats.delivered, flags }))
