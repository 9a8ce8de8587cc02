// Compiled, never run: what the types must accept, and, marked, what they must refuse.

import { PostHog, PostHogError, type FeatureFlagValue, type JsonType, type PostHogOptions, type Stats } from 'libposthog'

export async function accepted(): Promise<void> {
  const posthog = new PostHog('phc_key', {
    host: 'https://us.i.posthog.com',
    flushAt: 1,
    flushInterval: 0,
    personalApiKey: null,
    featureFlagsPollingInterval: 30000,
    requestTimeout: 10000,
    maxCacheSize: 50000,
    fetch,
  })

  const nothing: void = posthog.capture({
    distinctId: 'user-1',
    event: 'movie played',
    properties: { movieId: '123', at: new Date(), nested: { list: [1, null] }, $set: { plan: 'pro' } },
    groups: { company: 5 },
    timestamp: new Date(),
    flags: await posthog.getAllFlags('user-1'),
  })
  posthog.capture({ event: 'personless' })
  posthog.identify({ distinctId: 7, properties: { email: 'a@b.c' } })
  posthog.alias({ distinctId: 'user-1', alias: 'user-2' })
  posthog.groupIdentify({ groupType: 'company', groupKey: 'id:5', properties: { name: 'Acme' } })
  posthog.setPersonProperties({ distinctId: 'u', properties: { a: 1 }, propertiesOnce: { b: 2 } })
  posthog.unsetPersonProperties({ distinctId: 'u', properties: ['a'] })
  const uuid: string | undefined = posthog.captureAi({ distinctId: 'u', event: '$ai_generation' })

  const options = { groups: { company: 'acme' }, personProperties: { plan: 'pro', seats: 3 }, onlyEvaluateLocally: true }
  const enabled: boolean | undefined = await posthog.isFeatureEnabled('beta', 'user-1', options)
  const value: FeatureFlagValue | undefined = await posthog.getFeatureFlag('beta', 'user-1', {
    ...options,
    groupProperties: { company: { size: 3 } },
    sendFeatureFlagEvents: false,
  })
  const payload: JsonType | undefined = await posthog.getFeatureFlagPayload('beta', 'user-1', value, options)
  const own: JsonType | undefined = await posthog.getFeatureFlagPayload('beta', 'user-1')
  const variant: string | undefined = (await posthog.getFeatureFlagResult('beta', 'user-1'))?.variant
  const { featureFlags, featureFlagPayloads } = await posthog.getAllFlagsAndPayloads('user-1', { flagKeys: ['beta'] })

  await posthog.register({ tier: 'gold' })
  await posthog.unregister('tier')
  await posthog.disable()
  await posthog.enable()
  posthog.debug(false)
  const loaded: boolean = await posthog.reloadFeatureFlags()
  const ready: boolean = (await posthog.waitForLocalEvaluationReady(100)) && posthog.isLocalEvaluationReady()
  const stats: Stats = posthog.stats()
  const lost: number = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0) + stats.inFlight
  const messages: string[] = posthog.drain().records.map(({ level, message }) => `${level} ${message}`)
  const { delivered } = await posthog.flush(1000)
  await posthog.shutdown()
  await posthog.shutdownAsync(1000)
  void [nothing, uuid, enabled, payload, own, variant, featureFlags, featureFlagPayloads, loaded, ready, lost, messages, delivered]
}

export function caught(error: unknown): string {
  return error instanceof PostHogError ? error.code : 'not ours'
}

export async function disposed(): Promise<void> {
  await using posthog = new PostHog('phc_key', { mode: 'memory' })
  posthog.capture({ distinctId: 'u', event: 'e' })
}

export function refused(posthog: PostHog): void {
  // @ts-expect-error an option that does not exist
  const options: PostHogOptions = { flushat: 1 }
  // @ts-expect-error an option of posthog-node that does not exist here
  const hooked: PostHogOptions = { before_send: (event: unknown) => event }
  // @ts-expect-error no event
  posthog.capture({ distinctId: 'u' })
  // @ts-expect-error no distinct id
  void posthog.getFeatureFlag('beta')
  // @ts-expect-error a field of posthog-node that does not exist here
  posthog.capture({ distinctId: 'u', event: 'e', sendFeatureFlags: true })
  void [options, hooked]
}
