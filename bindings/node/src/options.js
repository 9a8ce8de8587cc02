'use strict'

const { attempt } = require('./attempt.js')
const { PostHogError } = require('./errors.js')
const { readHooks } = require('./hooks.js')
const { version } = require('../package.json')

/** Options that the library has by the same name, in its case. */
const SHARED = [
  ...['host', 'secretKey', 'personalApiKey', 'flushAt', 'maxBatchSize', 'maxQueueSize', 'maxQueueBytes', 'mode', 'headers'],
  ...['featureFlagsRequestTimeoutMs', 'featureFlagsRequestMaxRetries', 'enableLocalEvaluation', 'remoteBudgetPerMinute'],
  ...['maxCacheSize', 'evaluationContexts', 'disableGeoip', 'historicalMigration', 'isServer', 'disabled', 'superProperties'],
  ...['captureMode'],
]

const NAMES = {
  ...Object.fromEntries(SHARED.map((name) => [name, name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)])),
  flushInterval: 'flush_interval_ms',
  requestTimeout: 'request_timeout_ms',
  fetchRetryCount: 'max_retries',
  shutdownTimeout: 'shutdown_timeout_ms',
  featureFlagsPollingInterval: 'feature_flags_polling_interval_ms',
  strictLocalEvaluation: 'only_evaluate_locally',
  sendFeatureFlagEvent: 'send_feature_flag_events',
  evaluationEnvironments: 'evaluation_contexts',
}

/** Options of the binding's own. Warnings about flags go to drain whatever the last one says. */
const OWN = [
  ...['before_send', 'caFile', 'defaultOptIn', 'disableCompression', 'enableExceptionAutocapture', 'engine', 'exitTimeout'],
  ...['fetch', 'flagDefinitionCacheProvider', 'noProxy', 'proxy', 'waitUntil', 'waitUntilDebounceMs', 'waitUntilMaxWaitMs'],
  ...['featureFlagsLogWarnings', 'exceptionRateLimiterBucketSize', 'exceptionRateLimiterRefillRate'],
]

/**
 * Options of posthog-node that do not exist here and have a value that asks for nothing, with that value. Anything else
 * is refused: an option that is silently ignored is worse than none.
 */
const ABSENT = {
  enableFullAiCapture: false,
  persistence: 'memory',
  preloadFeatureFlags: true,
  privacyMode: false,
  readPostHogCookie: false,
}

/** Defaults of options that the binding acts on itself: milliseconds, and errors that nobody catches. */
const DEFAULTS = { exitTimeout: 2000, shutdownTimeout: 30_000, featureFlagsPollingInterval: 30_000, burst: 10, refill: 1 }

const PROVIDER_METHODS = ['getFlagDefinitions', 'shouldFetchFlagDefinitions', 'onFlagDefinitionsReceived', 'shutdown']

/**
 * Reads the arguments of the constructor.
 *
 * @param {unknown} apiKey
 * @param {object | null | undefined} options
 * @returns {{open: any, own: any}} `open` is the input of the library's open, `own` what the binding acts on
 * @throws {PostHogError} UNSUPPORTED for an option that does not exist, INVALID_ARGUMENT for an impossible one
 */
function readOptions(apiKey, options) {
  const open = { api_key: typeof apiKey === 'string' ? apiKey : '', lib: 'libposthog-node', lib_version: version }
  const given = options ?? {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue
    if (Object.hasOwn(NAMES, name)) open[NAMES[name]] = value
    else if (!OWN.includes(name)) requireAbsent(name, value)
  }
  if (given.disableCompression) open.compression = 'none'
  const own = readOwn(given)
  if (own.hooks.length > 0) open.before_send = true
  if (own.provider) open.definitions = 'push'
  return { open, own }
}

function readOwn(given) {
  const provider = given.flagDefinitionCacheProvider ?? undefined
  const isProvider = PROVIDER_METHODS.every((name) => provider === undefined || typeof provider[name] === 'function')
  required(isProvider, `flagDefinitionCacheProvider must have ${PROVIDER_METHODS.join(', ')}`)
  const hooks = readHooks(given.before_send)
  required(hooks !== undefined, 'before_send must be a function or an array of functions')
  const engine = given.engine ?? (process.env.LIBPOSTHOG_ENGINE || undefined)
  required([undefined, 'native', 'wasm'].includes(engine), "engine must be 'native' or 'wasm'")
  const texts = ['proxy', 'noProxy', 'caFile'].map((name) => given[name] ?? undefined)
  required(texts.every((text) => text === undefined || typeof text === 'string'), 'proxy, noProxy and caFile must be texts')
  const [proxy, noProxy, caFile] = texts
  required(!proxy || isProxy(proxy), 'proxy must be an http or https URL')
  return {
    engine,
    hooks,
    proxy,
    noProxy,
    caFile,
    provider,
    fetch: readFunction('fetch', given.fetch),
    waitUntil: readFunction('waitUntil', given.waitUntil),
    waitUntilDebounceMs: readNumber('waitUntilDebounceMs', given.waitUntilDebounceMs),
    waitUntilMaxWaitMs: readNumber('waitUntilMaxWaitMs', given.waitUntilMaxWaitMs),
    exitTimeout: readNumber('exitTimeout', given.exitTimeout) ?? DEFAULTS.exitTimeout,
    shutdownTimeout: given.shutdownTimeout ?? DEFAULTS.shutdownTimeout,
    pollingInterval: given.featureFlagsPollingInterval ?? DEFAULTS.featureFlagsPollingInterval,
    autocapture: given.enableExceptionAutocapture === true,
    burst: readNumber('exceptionRateLimiterBucketSize', given.exceptionRateLimiterBucketSize) ?? DEFAULTS.burst,
    refill: readNumber('exceptionRateLimiterRefillRate', given.exceptionRateLimiterRefillRate) ?? DEFAULTS.refill,
    optedOut: given.defaultOptIn === false,
  }
}

function requireAbsent(name, value) {
  if (Object.hasOwn(ABSENT, name) && ABSENT[name] === value) return
  throw new PostHogError('UNSUPPORTED', `there is no option ${name} in this version`)
}

function required(holds, message) {
  if (!holds) throw new PostHogError('INVALID_ARGUMENT', message)
}

function isProxy(text) {
  return attempt(() => /^https?:$/.test(new URL(text.includes('://') ? text : `http://${text}`).protocol), false)
}

function readFunction(name, value) {
  required((value ?? undefined) === undefined || typeof value === 'function', `${name} must be a function`)
  return value ?? undefined
}

function readNumber(name, value) {
  if ((value ?? undefined) === undefined) return undefined
  required(Number.isFinite(value) && value >= 0, `${name} must be a number, 0 or more`)
  return Math.trunc(value)
}

module.exports = { readOptions }
