// Answers every line of its input with the flag's value as it is now and the records about it.

import { createInterface } from 'node:readline'
import { PostHog } from '../../../bindings/node/index.mjs'

const posthog = new PostHog(process.env.POSTHOG_API_KEY, {
  host: process.env.POSTHOG_HOST,
  secretKey: process.env.POSTHOG_SECRET_KEY,
  featureFlagsPollingInterval: Number(process.env.POLL_MS),
})
for await (const _ of createInterface({ input: process.stdin })) {
  const value = await posthog.getFeatureFlag('new-checkout', 'user', { onlyEvaluateLocally: true })
  console.log(JSON.stringify({ value: value ?? null, records: posthog.drain() }))
}
await posthog.shutdown()
