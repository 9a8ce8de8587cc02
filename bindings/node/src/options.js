'use strict'

const { webcrypto } = require('node:crypto')
const { PostHogError } = require('./errors.js')
const { version } = require('../package.json')

/** Constructor options that are options of the library under another name. */
const NAMES = {
  host: 'host',
  secretKey: 'secret_key',
  personalApiKey: 'personal_api_key',
  flushAt: 'flush_at',
  flushInterval: 'flush_interval_ms',
  maxBatchSize: 'max_batch_size',
  maxQueueSize: 'max_queue_size',
  maxQueueBytes: 'max_queue_bytes',
  requestTimeout: 'request_timeout_ms',
  fetchRetryCount: 'max_retries',
  shutdownTimeout: 'shutdown_timeout_ms',
  featureFlagsPollingInterval: 'feature_flags_polling_interval_ms',
  featureFlagsRequestTimeoutMs: 'feature_flags_request_timeout_ms',
  featureFlagsRequestMaxRetries: 'feature_flags_request_max_retries',
  enableLocalEvaluation: 'enable_local_evaluation',
  strictLocalEvaluation: 'only_evaluate_locally',
  sendFeatureFlagEvent: 'send_feature_flag_events',
  remoteBudgetPerMinute: 'remote_budget_per_minute',
  maxCacheSize: 'max_cache_size',
  evaluationContexts: 'evaluation_contexts',
  disableGeoip: 'disable_geoip',
  historicalMigration: 'historical_migration',
  isServer: 'is_server',
  disabled: 'disabled',
  superProperties: 'super_properties',
  headers: 'headers',
  mode: 'mode',
}

/** Options that the binding acts on itself; warnings about flags go to drain whatever the last one says. */
const OWN = ['engine', 'fetch', 'disableCompression', 'exitTimeout', 'featureFlagsLogWarnings']

/**
 * Options of posthog-node that do not exist here, with the value that asks for nothing. Anything else is refused: an
 * option that is silently ignored is worse than none.
 */
const ABSENT = {
  before_send: undefined,
  bootstrap: undefined,
  custom_blocked_useragents: undefined,
  defaultOptIn: true,
  enableExceptionAutocapture: false,
  enableFullAiCapture: false,
  evaluationEnvironments: undefined,
  fetchRetryDelay: undefined,
  flagDefinitionCacheProvider: undefined,
  metrics: undefined,
  persistence: 'memory',
  preloadFeatureFlags: true,
  privacyMode: false,
  waitUntil: undefined,
  waitUntilDebounceMs: undefined,
  waitUntilMaxWaitMs: undefined,
}

const DEFAULT_EXIT_TIMEOUT = 2000

/**
 * Reads the arguments of the constructor.
 *
 * @param {unknown} apiKey
 * @param {object | null | undefined} options
 * @returns {{open: object, engine: 'native' | 'wasm' | undefined, fetch: Function | undefined, exitTimeout: number}} `open`
 *   is the input of the library's open
 * @throws {PostHogError} UNSUPPORTED for an option that does not exist, INVALID_ARGUMENT for an impossible one
 */
function readOptions(apiKey, options) {
  const open = {
    api_key: typeof apiKey === 'string' ? apiKey : '',
    lib: 'libposthog-node',
    lib_version: version,
    entropy: randomHex(32),
  }
  const given = options ?? {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue
    if (Object.hasOwn(NAMES, name)) open[NAMES[name]] = value
    else if (!OWN.includes(name)) requireAbsent(name, value)
  }
  if (given.disableCompression) open.compression = 'none'
  return {
    open,
    engine: readEngine(given.engine ?? process.env.LIBPOSTHOG_ENGINE),
    fetch: readFetch(given.fetch ?? undefined),
    exitTimeout: readExitTimeout(given.exitTimeout),
  }
}

function requireAbsent(name, value) {
  if (Object.hasOwn(ABSENT, name) && ABSENT[name] === value) return
  throw new PostHogError('UNSUPPORTED', `there is no option ${name} in this version`)
}

function readEngine(engine) {
  if (!engine || engine === 'native' || engine === 'wasm') return engine || undefined
  throw new PostHogError('INVALID_ARGUMENT', "engine must be 'native' or 'wasm'")
}

function readFetch(fetch) {
  if (fetch === undefined || typeof fetch === 'function') return fetch
  throw new PostHogError('INVALID_ARGUMENT', 'fetch must be a function')
}

function readExitTimeout(value) {
  const timeout = value ?? DEFAULT_EXIT_TIMEOUT
  if (Number.isFinite(timeout) && timeout >= 0) return Math.trunc(timeout)
  throw new PostHogError('INVALID_ARGUMENT', 'exitTimeout must be 0 or more milliseconds')
}

function randomHex(bytes) {
  return Buffer.from(webcrypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
}

module.exports = { readOptions }
