'use strict'

const { Emitter } = require('./emitter.js')
const { PostHogError } = require('./errors.js')

const MAX_RECORDS = 1024

/**
 * What the library and the binding have to say: kept for drain, the oldest going when there is no room, and told at once
 * to whoever listens.
 */
class Records extends Emitter {
  #kept = []
  #missed = 0
  /** How many of those kept, at their end, have not been told yet. */
  #fresh = 0
  /** Whether they are printed, too. */
  printing = false
  #look

  /** @param {(op: 'drain' | 'stats') => any} look asks the library; undefined where it cannot answer */
  constructor(look) {
    super()
    this.#look = look
  }

  /**
   * @param {string} code
   * @param {string} message holds no value of the caller's, only names and places
   */
  add(code, message) {
    const last = this.#kept.at(-1)
    if (this.#fresh > 0 && last?.code === code && last.message === message) last.count++
    else this.#keep({ kind: 'log', atMs: Date.now(), level: 'warning', code, message, count: 1 })
  }

  get areHeard() {
    return this.printing || this.isHeard
  }

  /** Takes over what the library has to say, and tells it. */
  collect() {
    const { records, missed } = this.#look('drain') ?? { records: [], missed: 0 }
    this.#missed += missed
    for (const record of records) this.#keep(camelKeys(record))
    const fresh = this.#fresh > 0 ? this.#kept.slice(-this.#fresh) : []
    this.#fresh = 0
    for (const record of fresh) this.#tell(record)
  }

  /** What was kept since the last call, oldest first, and how much more there was. */
  drain() {
    this.collect()
    const taken = { records: this.#kept.sort((a, b) => a.atMs - b.atMs), missed: this.#missed }
    this.#kept = []
    this.#missed = 0
    return taken
  }

  #keep(record) {
    if (this.#kept.length >= MAX_RECORDS) this.#missed += this.#kept.shift().count ?? 1
    this.#kept.push(record)
    this.#fresh = Math.min(this.#fresh + 1, MAX_RECORDS)
  }

  #tell(record) {
    const { kind, level, code, message } = record
    if (this.printing) console.error(`[libposthog] ${level} ${code}: ${message}`)
    const isError = kind === 'error' || kind === 'drop' || level === 'error'
    if (isError) this.emit('error', Object.assign(new PostHogError(code, message), { record }))
    if (kind === 'definitions' && code === 'loaded') {
      this.emit('localEvaluationFlagsLoaded', this.#look('stats')?.definitions.flags)
    }
    this.emit(kind, record)
  }
}

/** at_ms becomes atMs; members of members stay as they are. */
function camelKeys(object) {
  const camel = (key) => key.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [camel(key), value]))
}

module.exports = { Records, camelKeys }
