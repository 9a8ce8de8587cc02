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
    exceptionRateLimiterBucketSize: 50,
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

export async function more(posthog: PostHog): Promise<void> {
  const engine: 'native' | 'wasm' = posthog.engine
  await posthog.captureImmediate({ distinctId: 'u', event: 'e', sendFeatureFlags: { flagKeys: ['a'] } })
  const id: string | undefined = await posthog.captureAiImmediate({ distinctId: 'u', event: '$ai_generation' })
  await posthog.identifyImmediate({ distinctId: 'u' })
  await posthog.aliasImmediate({ distinctId: 'u', alias: 1 })
  await posthog.groupIdentifyImmediate({ groupType: 'company', groupKey: 'c' })
  posthog.captureException('anything', 'u', { a: 1 }, 'uuid', { beta: true })
  await posthog.captureExceptionImmediate(new Error('e'))
  const five: number = posthog.withContext({ distinctId: 'u', sessionId: 's', properties: { a: 1 } }, () => 5, { fresh: true, signal: AbortSignal.abort() })
  posthog.enterContext({ distinctId: 'u' })
  const user: string | undefined = posthog.getContext()?.distinctId
  const flags = await posthog.evaluateFlags({ flagKeys: ['a'] })
  const enabled: boolean = flags.isEnabled('a', { defaultValue: true, sendFeatureFlagEvents: false })
  const reasons: string[] = Object.values(flags.unresolvedFlags)
  const values: Record<string, string | boolean> = await posthog.getAllFlags()
  const result = await posthog.getFeatureFlagResult('a', { groups: { company: 1 } })
  await posthog.optOut()
  await posthog.optIn()
  const off: () => void = posthog.on('error', (error) => void [error.code, error.record.reason?.length])
  posthog.on('drop', (record) => void record.uuids)
  posthog.on('*', (name, payload) => void [name.length, payload])
  off()
  void [engine, id, five, user, enabled, reasons, values, result?.reason, posthog.optedOut]
}

export const everything: PostHogOptions = {
  before_send: [(event) => ({ ...event, properties: { ...event.properties, at: event.timestamp.getTime() } }), () => null],
  enableExceptionAutocapture: true,
  flagDefinitionCacheProvider: {
    getFlagDefinitions: async () => ({ flags: [] }),
    shouldFetchFlagDefinitions: () => true,
    onFlagDefinitionsReceived: (data) => void data.flags.length,
    shutdown: async () => {},
  },
  waitUntil: (promise) => void promise.then(() => {}),
  waitUntilDebounceMs: 10,
  waitUntilMaxWaitMs: 100,
  defaultOptIn: false,
  captureMode: 'v1',
  engine: 'wasm',
  evaluationEnvironments: ['production'],
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
  // @ts-expect-error a hook that gives no event
  const hooked: PostHogOptions = { before_send: () => 'text' }
  // @ts-expect-error an engine that does not exist
  const engine: PostHogOptions = { engine: 'jvm' }
  // @ts-expect-error a provider that cannot store
  const provider: PostHogOptions = { flagDefinitionCacheProvider: { getFlagDefinitions: () => undefined } }
  // @ts-expect-error no event
  posthog.capture({ distinctId: 'u' })
  // @ts-expect-error no distinct id
  void posthog.getFeatureFlag('beta')
  // @ts-expect-error no function to run
  posthog.withContext({ distinctId: 'u' })
  void [options, hooked, engine, provider]
}
