'use strict'

const { Contexts } = require('./context.js')
const autocapture = require('./autocapture.js')
const { Driver, OK } = require('./driver.js')
const { Emitter } = require('./emitter.js')
const { sharedEngine } = require('./engine.js')
const { PostHogError } = require('./errors.js')
const { FeatureFlagEvaluations } = require('./evaluations.js')
const { exceptionsOf, isObject } = require('./exceptions.js')
const { addLeaver, removeLeaver } = require('./exit.js')
const { runHooks } = require('./hooks.js')
const messages = require('./messages.js')
const { Notes } = require('./notes.js')
const { readOptions } = require('./options.js')
const { Definitions } = require('./provider.js')
const { compress, fetchTransport, nodeTransport } = require('./transport.js')
const { encode, identifier } = require('./values.js')
const { WaitUntil } = require('./wait-until.js')

/**
 * A PostHog client: posthog-node's methods, each one operation of the library. index.d.ts documents them.
 *
 * The constructor throws PostHogError, and so do stats and captured where there is nothing to answer with. Nothing else
 * throws or rejects: a product must not fail because its analytics did. What failed is in drain and in stats.
 */
class PostHog {
  #driver
  #engine
  #hooks
  #waitUntil
  #definitions
  #shutdownTimeout
  #printing = false
  #optedOut = false
  #contexts = new Contexts()
  #emitter = new Emitter()
  #notes = new Notes()
  /** Errors that were captured, so that whoever catches one again does not make two of it. */
  #captured = new WeakSet()

  constructor(apiKey, options) {
    const { open, own } = readOptions(apiKey, options)
    const leaver = { leave: () => this.#driver.leave(own.exitTimeout) }
    const watcher = {
      capture: (error, hint) => this.#exception(error, {}, hint),
      flush: () => this.flush(own.exitTimeout),
    }
    this.#engine = sharedEngine(own.engine)
    this.#hooks = own.hooks
    this.#shutdownTimeout = own.shutdownTimeout
    this.#driver = new Driver(this.#engine, open, {
      transport: own.fetch ? fetchTransport(own.fetch) : nodeTransport(own),
      compress,
      // Who wants an event sent at once gets it so.
      gatherMs: open.flush_at === 1 || open.flush_interval_ms === 0 ? 0 : undefined,
      onRefused: (op, error) => this.#failed(op, error),
      onClose: () => {
        removeLeaver(leaver)
        autocapture.unwatch(watcher)
        this.#definitions?.stop()
      },
    })
    addLeaver(leaver)
    if (own.autocapture) autocapture.watch(watcher)
    if (own.waitUntil) this.#waitUntil = new WaitUntil(own, () => this.flush())
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
    const flags = await this.#allFlags(user, ['value'])
    for (const key in flags) {
      if (flags[key] === null) delete flags[key]
    }
    return flags
  }

  async getAllFlagsAndPayloads(...user) {
    const decided = Object.entries(await this.#allFlags(user, ['value', 'payload'])).filter(([, { value }]) => value !== null)
    const withPayload = decided.filter(([, { payload }]) => payload !== null)
    return {
      featureFlags: Object.fromEntries(decided.map(([key, { value }]) => [key, value])),
      featureFlagPayloads: Object.fromEntries(withPayload.map(([key, { payload }]) => [key, payload])),
    }
  }

  async evaluateFlags(...user) {
    let query
    const [distinctId, options] = this.#user(user)
    const ask = () => (query = { distinct_id: identifier(distinctId), ...messages.flagOptions(options) })
    const { flags = {}, errors = [], ...source } = (await this.#wait('evaluate_flags', ask)) ?? {}
    return new FeatureFlagEvaluations(flags, (record, key, sendEvents) => {
      if (!query?.distinct_id) return
      const missing = { key, value: null, errors: [...errors, 'flag_missing'] }
      const called = { ...query, ...source, ...(record ?? missing) }
      if (sendEvents !== undefined) called.send_feature_flag_events = sendEvents
      this.#expose(this.#change('flag_called', () => called))
    })
  }

  async getRemoteConfigPayload(key) {
    const reply = await this.#wait('get_remote_config', () => ({ key: identifier(key) }))
    return reply?.payload ?? undefined
  }

  overrideFeatureFlags(overrides) {
    this.#change('override_flags', () => messages.overrides(overrides))
  }

  async reloadFeatureFlags() {
    if (this.#definitions) return this.#definitions.look()
    return (await this.#wait('load_flags', () => ({}))) !== undefined
  }

  async waitForLocalEvaluationReady(timeoutMs) {
    return (await this.#wait('wait_ready', () => ({ timeout_ms: timeoutMs }))) !== undefined
  }

  isLocalEvaluationReady() {
    return (this.#look('stats')?.definitions.source ?? null) !== null
  }

  // The client itself.

  async register(properties) {
    this.#change('register', () => ({ properties }))
  }

  async unregister(property) {
    this.#change('unregister', () => ({ keys: [property].flat() }))
  }

  async enable() {
    this.#optedOut = false
    this.#change('set_enabled', () => ({ enabled: true }))
  }

  async disable() {
    this.#optedOut = true
    this.#change('set_enabled', () => ({ enabled: false }))
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
    return this.#counts(await this.#wait('flush', () => ({ timeout_ms: timeoutMs })))
  }

  async shutdown(timeoutMs) {
    const enter = (json) => this.#driver.shutdown(json)
    const ended = this.#wait('shutdown', () => ({ timeout_ms: timeoutMs }), enter)
    await this.#definitions?.shutdown(timeoutMs ?? this.#shutdownTimeout)
    return this.#counts(await ended)
  }

  shutdownAsync(timeoutMs) {
    return this.shutdown(timeoutMs)
  }

  stats() {
    const ledger = this.#ask('stats', {})
    return { ...camelKeys(ledger), definitions: camelKeys(ledger.definitions) }
  }

  drain() {
    this.#collect()
    return this.#notes.take()
  }

  captured(options) {
    return this.#ask('captured', { clear: options?.clear }).events
  }

  on(event, listener) {
    const off = this.#emitter.on(event, listener)
    this.#listen()
    return off
  }

  debug(enabled = true) {
    this.#printing = enabled
    this.#listen()
  }

  // One operation each.

  /** Queues one event, through the hooks where there are any. The reply's text where it is wanted, or seen by hooks. */
  #event(op, message, read, isWanted = false) {
    try {
      const fields = read(message ?? {}, this.#contexts.get())
      if (this.#hooks.length > 0) return this.#throughHooks(op, fields)
      const json = this.#encode(op, fields)
      if (isWanted) return this.#taken(op, this.#driver.capture(op, json))
      this.#driver.post(op, json)
      this.#waitUntil?.extend()
    } catch (error) {
      this.#failed(op, error)
    }
    return undefined
  }

  /** Sends one event now: its id, or undefined where the service did not take it. */
  async #eventNow(op, message, read) {
    if (this.#hooks.length > 0) {
      const reply = this.#event(op, message, read)
      await this.flush()
      return uuidOf(reply)
    }
    const fields = () => ({ ...read(message ?? {}, this.#contexts.get()), immediate: true })
    const { uuid, result } = (await this.#wait(op, fields)) ?? {}
    return result === 'ok' || result === 'warning' ? (uuid ?? undefined) : undefined
  }

  #exception(error, message, { immediate = false, source = undefined, level = undefined, mechanism = undefined } = {}) {
    if (isObject(error) && this.#captured.has(error)) return undefined
    if (isObject(error)) this.#captured.add(error)
    const read = (given, context) => {
      return { ...messages.captured(given, context), exceptions: exceptionsOf(error, mechanism), source, level }
    }
    return immediate ? this.#eventNow('capture_exception', message, read) : this.#event('capture_exception', message, read)
  }

  #throughHooks(op, fields) {
    const built = this.#driver.call('build', this.#encode(op, { op, ...fields }))
    const reply = JSON.parse(built.reply)
    return built.status === OK ? this.#enqueue(reply) : this.#failed(op, reply.error)
  }

  /** Queues what build or a flag call made, as the hooks leave it. */
  #enqueue({ event, token }) {
    if (!event) return undefined
    let changed = null
    try {
      changed = runHooks(this.#hooks, event)
    } catch (error) {
      this.#failed('before_send', error)
    }
    return this.#taken('before_send', this.#driver.capture('enqueue', this.#encode('before_send', { token, event: changed })))
  }

  /** An exposure that the hooks have to see first. */
  #expose(reply) {
    if (reply?.exposure) this.#enqueue(reply.exposure)
  }

  #taken(op, { status, reply }) {
    if (status !== OK) return this.#failed(op, JSON.parse(reply).error)
    this.#waitUntil?.extend()
    return reply
  }

  #change(op, fields) {
    return this.#try(op, () => this.#driver.call(op, this.#encode(op, fields())))
  }

  /** Asks something that changes nothing: the reply, or undefined. */
  #look(op) {
    return this.#try(op, () => this.#driver.look(op, ''))
  }

  /** The same where an answer is the only point: throws when there is none. */
  #ask(op, fields) {
    const { status, reply } = this.#driver.look(op, encode(fields).json)
    const parsed = JSON.parse(reply)
    if (status !== OK) throw PostHogError.fromReply(parsed)
    return parsed
  }

  /** An operation that answers at once: the reply, or undefined where anything failed. */
  #try(op, enter) {
    try {
      const { status, reply } = enter()
      const parsed = JSON.parse(reply)
      return status === OK ? parsed : this.#failed(op, parsed.error)
    } catch (error) {
      return this.#failed(op, error)
    }
  }

  /** An operation that may wait: a promise of the reply, or of undefined where anything failed. */
  async #wait(op, fields, enter = (json) => this.#driver.wait(op, json)) {
    try {
      const { status, reply } = await enter(this.#encode(op, fields()))
      return status === OK ? reply : this.#failed(op, reply.error)
    } catch (error) {
      return this.#failed(op, error)
    }
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

  /** A flag's value; undefined where it cannot be decided. The short way first. */
  #value(key, distinctId, options) {
    try {
      if (typeof key === 'string' && typeof distinctId === 'string') {
        const json = options ? this.#encode('get_flag', messages.flagOptions(options)) : ''
        const value = this.#driver.flagValue(key, distinctId, json)
        if (value !== undefined) return value ?? undefined
      }
    } catch {
      // The long way tells what is wrong.
    }
    return this.#flag(key, distinctId, options).then(({ value }) => value ?? undefined)
  }

  async #flag(key, distinctId, options, more) {
    const reply = await this.#wait('get_flag', () => ({
      key: identifier(key),
      distinct_id: identifier(distinctId),
      ...messages.flagOptions(options),
      ...more,
    }))
    this.#expose(reply)
    return reply ?? {}
  }

  async #allFlags(user, fields) {
    const [distinctId, options] = this.#user(user)
    const reply = await this.#wait('evaluate_flags', () => ({
      distinct_id: identifier(distinctId),
      ...messages.flagOptions(options),
      fields,
    }))
    return reply?.flags ?? {}
  }

  #share(provider, intervalMs, open) {
    return new Definitions(provider, intervalMs, {
      canFetch: Boolean(open.secret_key ?? open.personal_api_key),
      fetch: async () => (await this.#wait('load_flags', () => ({}))) !== undefined,
      read: () => this.#look('get_flag_definitions') ?? {},
      use: (document) => this.#change('set_flag_definitions', () => document),
      failed: (error) => this.#failed('flagDefinitionCacheProvider', error),
    })
  }

  #counts(reply) {
    return reply ?? { delivered: 0, dropped: this.#driver.lostEvents, pending: 0 }
  }

  #encode(op, fields) {
    const { json, lost } = encode(fields)
    for (const loss of lost) this.#notes.add('VALUE', `${op}: ${loss}`)
    return json
  }

  #failed(op, error) {
    this.#notes.add(error?.code ?? 'INTERNAL', `${op}: ${error?.message}`)
    return undefined
  }

  // What the library and the binding have to say: kept for drain, and told at once to whoever listens.

  #listen() {
    this.#driver.onTurn = this.#printing || this.#emitter.isHeard ? () => this.#collect() : undefined
  }

  #collect() {
    const { records, missed } = this.#look('drain') ?? { records: [], missed: 0 }
    this.#notes.keep(records.map(camelKeys), missed)
    for (const record of this.#notes.news()) this.#tell(record)
  }

  #tell(record) {
    const { kind, level, code, message } = record
    if (this.#printing) console.error(`[libposthog] ${level} ${code}: ${message}`)
    const isError = kind === 'error' || kind === 'drop' || level === 'error'
    if (isError) this.#emitter.emit('error', Object.assign(new PostHogError(code, message), { record }))
    if (kind === 'definitions' && code === 'loaded') {
      this.#emitter.emit('localEvaluationFlagsLoaded', this.#look('stats')?.definitions.flags)
    }
    this.#emitter.emit(kind, record)
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

/** at_ms becomes atMs; members of members stay as they are. */
function camelKeys(object) {
  const camel = (key) => key.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [camel(key), value]))
}

module.exports = { PostHog }
