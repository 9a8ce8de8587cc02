import assert from 'node:assert/strict'
import { test } from 'node:test'
import options from '../src/options.js'

const { readOptions } = options

test('without options the library decides everything', () => {
  const { open, own } = readOptions('phc_key')
  const { lib_version, ...rest } = open
  assert.deepEqual(rest, { api_key: 'phc_key', lib: 'libposthog-node' })
  assert.match(lib_version, /^\d+\.\d+\.\d+$/)
  const { engine, ...defaults } = own
  assert.deepEqual(defaults, {
    hooks: [], proxy: undefined, noProxy: undefined, caFile: undefined, provider: undefined, fetch: undefined, waitUntil: undefined, waitUntilDebounceMs: undefined,
    waitUntilMaxWaitMs: undefined, exitTimeout: 2000, shutdownTimeout: 30_000, pollingInterval: 30_000, autocapture: false,
    burst: 10, refill: 1, optedOut: false,
  })
})

const TRANSLATED = [
  ['host', 'http://h', 'host'],
  ['secretKey', 'phs_k', 'secret_key'],
  ['personalApiKey', 'phx_k', 'personal_api_key'],
  ['flushAt', 1, 'flush_at'],
  ['flushInterval', 0, 'flush_interval_ms'],
  ['maxBatchSize', 50, 'max_batch_size'],
  ['maxQueueSize', 9, 'max_queue_size'],
  ['maxQueueBytes', 9, 'max_queue_bytes'],
  ['requestTimeout', 5, 'request_timeout_ms'],
  ['fetchRetryCount', 0, 'max_retries'],
  ['shutdownTimeout', 5, 'shutdown_timeout_ms'],
  ['featureFlagsPollingInterval', 5, 'feature_flags_polling_interval_ms'],
  ['featureFlagsRequestTimeoutMs', 5, 'feature_flags_request_timeout_ms'],
  ['featureFlagsRequestMaxRetries', 0, 'feature_flags_request_max_retries'],
  ['enableLocalEvaluation', false, 'enable_local_evaluation'],
  ['strictLocalEvaluation', true, 'only_evaluate_locally'],
  ['sendFeatureFlagEvent', false, 'send_feature_flag_events'],
  ['remoteBudgetPerMinute', 5, 'remote_budget_per_minute'],
  ['maxCacheSize', 5, 'max_cache_size'],
  ['evaluationContexts', ['a'], 'evaluation_contexts'],
  ['disableGeoip', false, 'disable_geoip'],
  ['historicalMigration', true, 'historical_migration'],
  ['isServer', false, 'is_server'],
  ['disabled', true, 'disabled'],
  ['superProperties', { a: 1 }, 'super_properties'],
  ['headers', { a: 'b' }, 'headers'],
  ['mode', 'memory', 'mode'],
]

for (const [name, value, translated] of TRANSLATED) {
  test(`${name} is the library's ${translated}`, () => {
    assert.deepEqual(readOptions('k', { [name]: value }).open[translated], value)
  })
}

test('disableCompression turns compression off', () => {
  assert.equal(readOptions('k', { disableCompression: true }).open.compression, 'none')
  assert.equal(readOptions('k', { disableCompression: false }).open.compression, undefined)
})

test('null and undefined are as if left out', () => {
  const { open } = readOptions('k', { personalApiKey: null, flushAt: undefined, before_send: null, nonsense: undefined })
  assert.deepEqual(Object.keys(open).sort(), ['api_key', 'lib', 'lib_version'])
})

test('an option that does not exist is refused by name', () => {
  for (const [name, value] of [['bootstrap', {}], ['metrics', {}], ['privacyMode', true], ['flushat', 1], ['toString', 1]]) {
    const refused = { name: 'PostHogError', code: 'UNSUPPORTED', message: new RegExp(name) }
    assert.throws(() => readOptions('k', { [name]: value }), refused)
  }
})

test('an option of posthog-node that asks for nothing is accepted', () => {
  readOptions('k', { enableExceptionAutocapture: false, persistence: 'memory', preloadFeatureFlags: true, defaultOptIn: true })
})

const provider = { getFlagDefinitions() {}, shouldFetchFlagDefinitions() {}, onFlagDefinitionsReceived() {}, shutdown() {} }

test('what the binding acts on itself is checked', () => {
  for (const wrong of [
    ...[-1, NaN, Infinity, '2000'].map((exitTimeout) => ({ exitTimeout })),
    { fetch: 'fetch' },
    { waitUntil: 1 },
    { waitUntilDebounceMs: -1 },
    { before_send: 'hook' },
    { before_send: [(event) => event, undefined] },
    { engine: 'jvm' },
    ...['socks5://h', 'http://', 5].map((proxy) => ({ proxy })),
    { caFile: 5 },
    { flagDefinitionCacheProvider: { ...provider, shutdown: undefined } },
  ]) {
    assert.throws(() => readOptions('k', wrong), { name: 'PostHogError', code: 'INVALID_ARGUMENT' }, JSON.stringify(wrong))
  }
  assert.equal(readOptions('k', { exitTimeout: 0 }).own.exitTimeout, 0)
  assert.equal(readOptions('k', { fetch }).own.fetch, fetch)
})

test('hooks and a provider change how the library is opened', () => {
  const hook = (event) => event
  assert.deepEqual(readOptions('k', { before_send: hook }).own.hooks, [hook])
  assert.deepEqual(readOptions('k', { before_send: [hook, hook] }).own.hooks, [hook, hook])
  assert.equal(readOptions('k', { before_send: hook }).open.before_send, true)
  assert.equal(readOptions('k', { before_send: [] }).open.before_send, undefined)
  assert.equal(readOptions('k', { flagDefinitionCacheProvider: provider }).open.definitions, 'push')
})
