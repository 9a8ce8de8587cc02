'use strict'

const { Driver, OK } = require('./driver.js')
const { sharedEngine } = require('./engine.js')
const { PostHogError } = require('./errors.js')
const { FeatureFlagEvaluations } = require('./evaluations.js')
const { addLeaver, removeLeaver } = require('./exit.js')
const { Notes } = require('./notes.js')
const { readOptions } = require('./options.js')
const { fetchTransport, nodeTransport } = require('./transport.js')
const { encode, identifier } = require('./values.js')

/**
 * A PostHog client: posthog-node's methods, each one operation of the library. index.d.ts documents them.
 *
 * The constructor throws PostHogError, and so do stats and captured where there is nothing to answer with. Nothing else
 * throws or rejects: a product must not fail because its analytics did. What failed is in drain and in stats.
 */
class PostHog {
  #driver
  #engine
  #notes = new Notes()

  constructor(apiKey, options) {
    const { open, engine, fetch, exitTimeout } = readOptions(apiKey, options)
    const leaver = { leave: () => this.#driver.leave(exitTimeout) }
    this.#engine = sharedEngine(engine)
    this.#driver = new Driver(this.#engine, open, {
      transport: fetch ? fetchTransport(fetch) : nodeTransport,
      onClose: () => removeLeaver(leaver),
    })
    addLeaver(leaver)
  }

  get engine() {
    return this.#engine.kind
  }

  // Events. None of them waits.

  capture(message) {
    this.#event('capture', message, ({ event, flags, sendFeatureFlags }) => {
      if (sendFeatureFlags) this.#notes.add('UNSUPPORTED', 'capture: sendFeatureFlags was ignored, pass flags')
      return { event, flags }
    })
  }

  captureAi(message) {
    return this.#event('capture_ai', message, ({ event, flags }) => ({ event, flags }))
  }

  identify(message) {
    this.#event('identify', message, () => ({}))
  }

  alias(message) {
    this.#event('alias', message, ({ alias }) => ({ alias: identifier(alias) }))
  }

  groupIdentify(message) {
    this.#event('group_identify', message, ({ groupType, groupKey }) => ({
      group_type: groupType,
      group_key: identifier(groupKey),
    }))
  }

  setPersonProperties(message) {
    this.#event('set', message, ({ properties, propertiesOnce }) => ({
      properties: undefined,
      set: properties,
      set_once: propertiesOnce,
    }))
  }

  unsetPersonProperties(message) {
    this.#event('set', message, ({ properties }) => ({ properties: undefined, unset: [properties].flat() }))
  }

  // Flags. A flag that cannot be decided is undefined, never false.

  async isFeatureEnabled(key, distinctId, options) {
    const value = await this.getFeatureFlag(key, distinctId, options)
    return value === undefined ? undefined : value !== false
  }

  async getFeatureFlag(key, distinctId, options) {
    const record = await this.#flag(key, distinctId, options)
    return record.value ?? undefined
  }

  async getFeatureFlagPayload(key, distinctId, matchValue, options) {
    const silent = { match_value: matchValue, send_feature_flag_events: false }
    const record = await this.#flag(key, distinctId, options, silent)
    return record.payload ?? undefined
  }

  async getFeatureFlagResult(key, distinctId, options) {
    const { value, payload } = await this.#flag(key, distinctId, options)
    if (value === undefined || value === null) return undefined
    const variant = typeof value === 'string' ? value : undefined
    return { key, enabled: value !== false, variant, payload: payload ?? undefined }
  }

  async getAllFlags(distinctId, options) {
    return withValues(await this.#allFlags(distinctId, options, ['value']), (value) => value)
  }

  async getAllFlagsAndPayloads(distinctId, options) {
    const flags = await this.#allFlags(distinctId, options, ['value', 'payload'])
    return {
      featureFlags: withValues(flags, ({ value }) => value),
      featureFlagPayloads: withValues(flags, ({ value, payload }) => (value === null ? null : payload)),
    }
  }

  async evaluateFlags(distinctId, options) {
    let user
    const query = () => (user = { distinct_id: identifier(distinctId), ...flagOptions(options) })
    const { flags = {}, errors = [], ...source } = (await this.#wait('evaluate_flags', query)) ?? {}
    return new FeatureFlagEvaluations(flags, (record, key) => {
      const missing = { key, value: null, errors: [...errors, 'flag_missing'] }
      if (user?.distinct_id) this.#change('flag_called', () => ({ ...user, ...source, ...(record ?? missing) }))
    })
  }

  async getRemoteConfigPayload(key) {
    const reply = await this.#wait('get_remote_config', () => ({ key: identifier(key) }))
    return reply?.payload ?? undefined
  }

  overrideFeatureFlags(overrides) {
    this.#change('override_flags', () => readOverrides(overrides))
  }

  async reloadFeatureFlags() {
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
    this.#change('set_enabled', () => ({ enabled: true }))
  }

  async disable() {
    this.#change('set_enabled', () => ({ enabled: false }))
  }

  async flush(timeoutMs) {
    return this.#counts(await this.#wait('flush', () => ({ timeout_ms: timeoutMs })))
  }

  async shutdown(timeoutMs) {
    const enter = (json) => this.#driver.shutdown(json)
    return this.#counts(await this.#wait('shutdown', () => ({ timeout_ms: timeoutMs }), enter))
  }

  shutdownAsync(timeoutMs) {
    return this.shutdown(timeoutMs)
  }

  stats() {
    const ledger = this.#ask('stats', {})
    return { ...camelKeys(ledger), definitions: camelKeys(ledger.definitions) }
  }

  drain() {
    const library = this.#look('drain') ?? { records: [], missed: 0 }
    const { records, missed } = this.#notes.take()
    const all = [...records, ...library.records.map(camelKeys)].sort((a, b) => a.atMs - b.atMs)
    return { records: all, missed: library.missed + missed }
  }

  captured(options) {
    return this.#ask('captured', { clear: options?.clear }).events
  }

  debug(enabled = true) {
    this.#driver.onTurn = enabled ? () => this.#print() : undefined
  }

  // One operation each.

  /** Queues one event: its uuid, or undefined where it was not queued. `own` gives the operation's own fields. */
  #event(op, message, own) {
    const fields = () => ({ ...shared(message ?? {}), ...own(message ?? {}) })
    const reply = this.#try(op, () => this.#driver.capture(op, this.#encode(op, fields())))
    return reply?.uuid ?? undefined
  }

  #change(op, fields) {
    this.#try(op, () => this.#driver.call(op, this.#encode(op, fields())))
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
      if (status === OK) return parsed
      this.#failed(op, parsed.error)
    } catch (error) {
      this.#failed(op, error)
    }
    return undefined
  }

  /** An operation that may wait: a promise of the reply, or of undefined where anything failed. */
  async #wait(op, fields, enter = (json) => this.#driver.wait(op, json)) {
    try {
      const { status, reply } = await enter(this.#encode(op, fields()))
      if (status === OK) return reply
      this.#failed(op, reply.error)
    } catch (error) {
      this.#failed(op, error)
    }
    return undefined
  }

  async #flag(key, distinctId, options, more) {
    const reply = await this.#wait('get_flag', () => ({
      key: identifier(key),
      distinct_id: identifier(distinctId),
      ...flagOptions(options),
      ...more,
    }))
    return reply ?? {}
  }

  async #allFlags(distinctId, options, fields) {
    const reply = await this.#wait('evaluate_flags', () => ({
      distinct_id: identifier(distinctId),
      ...flagOptions(options),
      fields,
    }))
    return Object.entries(reply?.flags ?? {})
  }

  #counts(reply) {
    return reply ?? { delivered: 0, dropped: this.#driver.lostEvents, pending: 0 }
  }

  #encode(op, fields) {
    const { json, lost } = encode(fields)
    for (const loss of lost) this.#notes.add('VALUE', `${op}: ${loss}`)
    return json
  }

  #failed(op, { code, message }) {
    this.#notes.add(code ?? 'INTERNAL', `${op}: ${message}`)
  }

  #print() {
    for (const { level, code, message } of this.drain().records) {
      console.error(`[libposthog] ${level} ${code}: ${message}`)
    }
  }
}

// Node has had the symbol since 18.18.
if (Symbol.asyncDispose) {
  PostHog.prototype[Symbol.asyncDispose] = async function () {
    await this.shutdown()
  }
}

/** What all event operations take. */
function shared({ distinctId, properties, groups, timestamp, uuid, disableGeoip }) {
  return {
    distinct_id: identifier(distinctId),
    properties,
    groups,
    timestamp: typeof timestamp === 'number' ? new Date(timestamp) : timestamp,
    uuid: identifier(uuid),
    disable_geoip: disableGeoip,
  }
}

/** What all flag operations take. */
function flagOptions(options) {
  return {
    groups: options?.groups,
    person_properties: options?.personProperties,
    group_properties: options?.groupProperties,
    only_evaluate_locally: options?.onlyEvaluateLocally,
    send_feature_flag_events: options?.sendFeatureFlagEvents,
    disable_geoip: options?.disableGeoip,
    device_id: options?.deviceId,
    flag_keys: options?.flagKeys,
  }
}

/** All flags as posthog-node takes them: false, a list of keys that are on, values by key, or values and payloads. */
function readOverrides(overrides) {
  if (!overrides) return {}
  if (Array.isArray(overrides)) return { flags: Object.fromEntries(overrides.map((key) => [key, true])) }
  if (!('flags' in overrides) && !('payloads' in overrides)) return { flags: overrides }
  const { flags } = overrides.flags ? readOverrides(overrides.flags) : { flags: undefined }
  return { flags, payloads: overrides.payloads || undefined }
}

/** An object of what `read` gives for each entry, without those that have nothing. */
function withValues(entries, read) {
  return Object.fromEntries(entries.map(([key, entry]) => [key, read(entry)]).filter(([, value]) => value !== null))
}

/** at_ms becomes atMs; members of members stay as they are. */
function camelKeys(object) {
  const camel = (key) => key.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [camel(key), value]))
}

module.exports = { PostHog }
