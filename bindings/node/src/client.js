'use strict'

const { Contexts } = require('./context.js')
const { Driver } = require('./driver.js')
const { entropyOf, sharedEngine } = require('./engine.js')
const { FeatureFlagEvaluations } = require('./evaluations.js')
const { addLeaver, removeLeaver } = require('./exit.js')
const { decided, FlagValues } = require('./flag-values.js')
const messages = require('./messages.js')
const { Operations } = require('./operations.js')
const { readOptions } = require('./options.js')
const { camelKeys, Records } = require('./records.js')
const { identifier } = require('./values.js')

// What only some clients need is loaded by the first that does: a program waits for the rest when it starts.

/**
 * A PostHog client: posthog-node's methods, each one operation of the library. index.d.ts documents them.
 *
 * The constructor throws PostHogError, and so do stats and captured where there is nothing to answer with. Nothing else
 * throws or rejects: a product must not fail because its analytics did. What failed is in drain and in stats.
 */
class PostHog {
  #driver
  #engine
  #operations
  #hasHooks
  #waitUntil
  #definitions
  #shutdownTimeout
  #optedOut = false
  #contexts = new Contexts()
  #records = new Records((op) => this.#operations.look(op))
  #flagValues = new FlagValues()
  /** Errors that were captured, so that whoever catches one again does not make two of it. */
  #captured = new WeakSet()

  constructor(apiKey, options) {
    const { open, own } = readOptions(apiKey, options)
    const leaver = { leave: () => this.#driver.leave(own.exitTimeout) }
    const { burst, refill, exitTimeout } = own
    const capture = (error, hint) => this.#exception(error, {}, hint)
    const watcher = { burst, refill, capture, flush: () => this.flush(exitTimeout) }
    this.#engine = sharedEngine(own.engine)
    this.#hasHooks = own.hooks.length > 0
    this.#shutdownTimeout = own.shutdownTimeout
    // While this loads, Go's runtime starts on a thread of its own.
    const { compress, fetchTransport, nodeTransport } = require('./transport.js')
    this.#driver = new Driver(this.#engine, { ...open, entropy: entropyOf(this.#engine) }, {
      transport: own.fetch ? fetchTransport(own.fetch) : nodeTransport(own),
      compress,
      // Who wants an event sent at once gets it so.
      gatherMs: open.flush_at === 1 || open.flush_interval_ms === 0 ? 0 : undefined,
      onRefused: (op, error) => this.#operations.failed(op, error),
      onClose: () => {
        removeLeaver(leaver)
        if (own.autocapture) require('./autocapture.js').unwatch(watcher)
        this.#definitions?.stop()
      },
    })
    this.#operations = new Operations(this.#driver, this.#records, own.hooks, () => this.#waitUntil?.extend())
    addLeaver(leaver)
    if (own.autocapture) require('./autocapture.js').watch(watcher)
    if (own.waitUntil) this.#waitUntil = new (require('./wait-until.js').WaitUntil)(own, () => this.flush())
    if (own.provider) this.#definitions = this.#share(own.provider, own.pollingInterval, open)
    if (own.optedOut) this.disable()
  }

  get engine() {
    return this.#engine.kind
  }

  // Events. Those named immediate wait for delivery, the others never wait.

  capture(message) {
    this.#event('capture', message, messages.captured)
  }

  async captureImmediate(message) {
    await this.#eventNow('capture', message, messages.captured)
  }

  captureAi(message) {
    return uuidOf(this.#event('capture_ai', message, messages.captured, true))
  }

  async captureAiImmediate(message) {
    return this.#eventNow('capture_ai', message, messages.captured)
  }

  identify(message) {
    this.#event('identify', message, messages.shared)
  }

  async identifyImmediate(message) {
    await this.#eventNow('identify', message, messages.shared)
  }

  alias(message) {
    this.#event('alias', message, messages.alias)
  }

  async aliasImmediate(message) {
    await this.#eventNow('alias', message, messages.alias)
  }

  groupIdentify(message) {
    this.#event('group_identify', message, messages.groupIdentify)
  }

  async groupIdentifyImmediate(message) {
    await this.#eventNow('group_identify', message, messages.groupIdentify)
  }

  setPersonProperties(message) {
    this.#event('set', message, messages.personProperties)
  }

  unsetPersonProperties(message) {
    this.#event('set', message, messages.unsetProperties)
  }

  captureException(error, distinctId, additionalProperties, uuid, flags) {
    this.#exception(error, { distinctId, properties: additionalProperties, uuid, flags })
  }

  async captureExceptionImmediate(error, distinctId, additionalProperties, flags) {
    await this.#exception(error, { distinctId, properties: additionalProperties, flags }, { immediate: true })
  }

  // Contexts.

  withContext(data, run, options) {
    return this.#contexts.run(data, run, options)
  }

  enterContext(data, options) {
    this.#contexts.enter(data, options)
  }

  getContext() {
    return this.#contexts.get()
  }

  // Flags. A flag that cannot be decided is undefined, never false.

  async isFeatureEnabled(key, distinctId, options) {
    const value = await this.#value(key, distinctId, options)
    return value === undefined ? undefined : value !== false
  }

  async getFeatureFlag(key, distinctId, options) {
    return this.#value(key, distinctId, options)
  }

  async getFeatureFlagPayload(key, distinctId, matchValue, options) {
    const silent = { match_value: matchValue, send_feature_flag_events: false }
    const record = await this.#flag(key, distinctId, options, silent)
    return record.payload ?? undefined
  }

  async getFeatureFlagResult(key, ...user) {
    const [distinctId, options] = this.#user(user)
    const { value, payload, reason } = await this.#flag(key, distinctId, options)
    if (value === undefined || value === null) return undefined
    const variant = typeof value === 'string' ? value : undefined
    return { key, enabled: value !== false, variant, payload: payload ?? undefined, reason: reason || undefined }
  }

  async getAllFlags(...user) {
    const read = (text) => ({ values: this.#flagValues.read(text) })
    const { values, flags } = await this.#allFlags(user, ['value'], read)
    return values ?? decided(flags)
  }

  async getAllFlagsAndPayloads(...user) {
    const { flags = {} } = await this.#allFlags(user, ['value', 'payload'])
    const withValue = Object.entries(flags).filter(([, { value }]) => value !== null)
    const withPayload = withValue.filter(([, { payload }]) => payload !== null)
    return {
      featureFlags: Object.fromEntries(withValue.map(([key, { value }]) => [key, value])),
      featureFlagPayloads: Object.fromEntries(withPayload.map(([key, { payload }]) => [key, payload])),
    }
  }

  async evaluateFlags(...user) {
    let query
    const [distinctId, options] = this.#user(user)
    const ask = () => (query = { distinct_id: identifier(distinctId), ...messages.flagOptions(options) })
    const { flags = {}, errors = [], ...source } = (await this.#operations.wait('evaluate_flags', ask)) ?? {}
    return new FeatureFlagEvaluations(flags, (record, key, sendEvents) => {
      if (!query?.distinct_id) return
      const missing = { key, value: null, errors: [...errors, 'flag_missing'] }
      const called = { ...query, ...source, ...(record ?? missing) }
      if (sendEvents !== undefined) called.send_feature_flag_events = sendEvents
      this.#operations.expose(this.#operations.change('flag_called', () => called))
    })
  }

  async getRemoteConfigPayload(key) {
    const reply = await this.#operations.wait('get_remote_config', () => ({ key: identifier(key) }))
    return reply?.payload ?? undefined
  }

  overrideFeatureFlags(overrides) {
    this.#operations.change('override_flags', () => messages.overrides(overrides))
  }

  async reloadFeatureFlags() {
    if (this.#definitions) return this.#definitions.look()
    return (await this.#operations.wait('load_flags', () => ({}))) !== undefined
  }

  async waitForLocalEvaluationReady(timeoutMs) {
    return (await this.#operations.wait('wait_ready', () => ({ timeout_ms: timeoutMs }))) !== undefined
  }

  isLocalEvaluationReady() {
    return (this.#operations.look('stats')?.definitions.source ?? null) !== null
  }

  // The client itself.

  async register(properties) {
    this.#operations.change('register', () => ({ properties }))
  }

  async unregister(property) {
    this.#operations.change('unregister', () => ({ keys: [property].flat() }))
  }

  async enable() {
    this.#optedOut = false
    this.#operations.change('set_enabled', () => ({ enabled: true }))
  }

  async disable() {
    this.#optedOut = true
    this.#operations.change('set_enabled', () => ({ enabled: false }))
  }

  optIn() {
    return this.enable()
  }

  optOut() {
    return this.disable()
  }

  get optedOut() {
    return this.#optedOut
  }

  async flush(timeoutMs) {
    return this.#counts(await this.#operations.wait('flush', () => ({ timeout_ms: timeoutMs })))
  }

  async shutdown(timeoutMs) {
    const ended = this.#operations.wait('shutdown', () => ({ timeout_ms: timeoutMs }))
    await this.#definitions?.shutdown(timeoutMs ?? this.#shutdownTimeout)
    return this.#counts(await ended)
  }

  shutdownAsync(timeoutMs) {
    return this.shutdown(timeoutMs)
  }

  stats() {
    const ledger = this.#operations.ask('stats', {})
    return { ...camelKeys(ledger), definitions: camelKeys(ledger.definitions) }
  }

  drain() {
    return this.#records.drain()
  }

  captured(options) {
    return this.#operations.ask('captured', { clear: options?.clear }).events
  }

  on(event, listener) {
    const off = this.#records.on(event, listener)
    this.#listen()
    return off
  }

  debug(enabled = true) {
    this.#records.printing = enabled
    this.#listen()
  }

  #listen() {
    this.#driver.onTurn = this.#records.areHeard ? () => this.#records.collect() : undefined
  }

  /** Queues one event; the reply's text where it is wanted, or seen by hooks. */
  #event(op, message, read, isWanted) {
    return this.#operations.event(op, () => read(message ?? {}, this.#contexts.get()), isWanted)
  }

  /** Sends one event now: its id, or undefined where the service did not take it. */
  async #eventNow(op, message, read) {
    if (this.#hasHooks) {
      const reply = this.#event(op, message, read)
      await this.flush()
      return uuidOf(reply)
    }
    const fields = () => ({ ...read(message ?? {}, this.#contexts.get()), immediate: true })
    const { uuid, result } = (await this.#operations.wait(op, fields)) ?? {}
    return result === 'ok' || result === 'warning' ? (uuid ?? undefined) : undefined
  }

  #exception(error, message, { immediate = false, source = undefined, level = undefined, mechanism = undefined } = {}) {
    const { exceptionsOf, isObject } = require('./exceptions.js')
    if (isObject(error) && this.#captured.has(error)) return undefined
    if (isObject(error)) this.#captured.add(error)
    const read = (given, context) => {
      return { ...messages.captured(given, context), exceptions: exceptionsOf(error, mechanism), source, level }
    }
    return immediate ? this.#eventNow('capture_exception', message, read) : this.#event('capture_exception', message, read)
  }

  /**
   * The user of a flag call, which a context may name instead.
   *
   * @param {any[]} given a distinct id and options, or options alone
   */
  #user([distinctId, options]) {
    if (typeof distinctId !== 'object' || distinctId === null) return [distinctId ?? this.#contexts.get()?.distinctId, options]
    return [this.#contexts.get()?.distinctId, distinctId]
  }

  /** A flag's value, or a promise of it; undefined where it cannot be decided. The short way is tried first. */
  #value(key, distinctId, options) {
    if (typeof key === 'string' && typeof distinctId === 'string') {
      const value = this.#operations.flagValue(key, distinctId, options && (() => messages.flagOptions(options)))
      if (value !== undefined) return value ?? undefined
    }
    return this.#flag(key, distinctId, options).then(({ value }) => value ?? undefined)
  }

  async #flag(key, distinctId, options, more) {
    const reply = await this.#operations.wait('get_flag', () => ({
      key: identifier(key), distinct_id: identifier(distinctId), ...messages.flagOptions(options), ...more,
    }))
    this.#operations.expose(reply)
    return reply ?? {}
  }

  async #allFlags(user, fields, read) {
    const [distinctId, options] = this.#user(user)
    const query = () => ({ distinct_id: identifier(distinctId), ...messages.flagOptions(options), fields })
    return (await this.#operations.wait('evaluate_flags', query, read)) ?? {}
  }

  #share(provider, intervalMs, open) {
    return new (require('./provider.js').Definitions)(provider, intervalMs, {
      canFetch: Boolean(open.secret_key ?? open.personal_api_key),
      fetch: async () => (await this.#operations.wait('load_flags', () => ({}))) !== undefined,
      read: () => this.#operations.look('get_flag_definitions') ?? {},
      use: (document) => this.#operations.change('set_flag_definitions', () => document),
      failed: (error) => this.#operations.failed('flagDefinitionCacheProvider', error),
    })
  }

  #counts(reply) {
    return reply ?? { delivered: 0, dropped: this.#driver.lostEvents, pending: 0 }
  }
}

// Node has had the symbol since 18.18.
if (Symbol.asyncDispose) {
  PostHog.prototype[Symbol.asyncDispose] = async function () {
    await this.shutdown()
  }
}

/** The id of an event by the reply of its operation. */
function uuidOf(reply) {
  return (reply && JSON.parse(reply).uuid) ?? undefined
}

module.exports = { PostHog }
