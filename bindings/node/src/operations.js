'use strict'

const { attempt } = require('./attempt.js')
const { OK } = require('./driver.js')
const { PostHogError } = require('./errors.js')
const { runHooks } = require('./hooks.js')
const { encode } = require('./values.js')

/**
 * The library's operations over one client's driver: values in, values out. Nothing throws or rejects where it is not
 * said; what failed is a record, and the answer undefined. Events pass the hooks of before_send here, where there are any.
 */
class Operations {
  #driver
  #records
  #hooks
  #onEvent

  /**
   * @param {import('./driver.js').Driver} driver
   * @param {import('./records.js').Records} records
   * @param {Function[]} hooks
   * @param {() => void} onEvent called when an event was taken
   */
  constructor(driver, records, hooks, onEvent) {
    this.#driver = driver
    this.#records = records
    this.#hooks = hooks
    this.#onEvent = onEvent
  }

  /**
   * Queues one event.
   *
   * @param {string} op
   * @param {() => object} fields
   * @param {boolean} [isWanted] whether its reply is wanted; with hooks it comes anyway
   * @returns {string | undefined} the reply's text
   */
  event(op, fields, isWanted = false) {
    try {
      if (this.#hooks.length > 0) return this.#throughHooks(op, fields())
      const json = this.#encode(op, fields())
      if (isWanted) return this.#taken(op, this.#driver.capture(op, json))
      this.#driver.post(op, json)
      this.#onEvent()
    } catch (error) {
      this.failed(op, error)
    }
    return undefined
  }

  /** An exposure that the hooks have to see first. */
  expose(reply) {
    if (reply?.exposure) this.#enqueue(reply.exposure)
  }

  /** An operation that answers at once. */
  change(op, fields) {
    return this.#try(op, () => this.#driver.call(op, this.#encode(op, fields())))
  }

  /** Asks something that changes nothing. */
  look(op) {
    return this.#try(op, () => this.#driver.look(op, ''))
  }

  /**
   * The same where an answer is the only point.
   *
   * @throws {PostHogError} when there is none
   */
  ask(op, fields) {
    const { status, reply } = this.#driver.look(op, encode(fields).json)
    const parsed = JSON.parse(reply)
    if (status !== OK) throw PostHogError.fromReply(parsed)
    return parsed
  }

  /** An operation that may wait. `read` makes of a reply's text what JSON.parse would. */
  async wait(op, fields, read = JSON.parse) {
    try {
      const json = this.#encode(op, fields())
      const { status, reply } = await (op === 'shutdown' ? this.#driver.shutdown(json) : this.#driver.wait(op, json, read))
      return status === OK ? reply : this.failed(op, reply.error)
    } catch (error) {
      return this.failed(op, error)
    }
  }

  /** The short way to a flag's value: undefined where only get_flag can tell, whatever the reason. */
  flagValue(key, distinctId, fields) {
    return attempt(() => this.#driver.flagValue(key, distinctId, fields ? this.#encode('get_flag', fields()) : ''))
  }

  failed(op, error) {
    this.#records.add(error?.code ?? 'INTERNAL', `${op}: ${error?.message}`)
    return undefined
  }

  #throughHooks(op, fields) {
    const built = this.#driver.call('build', this.#encode(op, { op, ...fields }))
    const reply = JSON.parse(built.reply)
    return built.status === OK ? this.#enqueue(reply) : this.failed(op, reply.error)
  }

  /** Queues what build or a flag call made, as the hooks leave it. */
  #enqueue({ event, token }) {
    if (!event) return undefined
    let changed = null
    try {
      changed = runHooks(this.#hooks, event)
    } catch (error) {
      this.failed('before_send', error)
    }
    return this.#taken('before_send', this.#driver.capture('enqueue', this.#encode('before_send', { token, event: changed })))
  }

  #taken(op, { status, reply }) {
    if (status !== OK) return this.failed(op, JSON.parse(reply).error)
    this.#onEvent()
    return reply
  }

  #try(op, enter) {
    try {
      const { status, reply } = enter()
      const parsed = JSON.parse(reply)
      return status === OK ? parsed : this.failed(op, parsed.error)
    } catch (error) {
      return this.failed(op, error)
    }
  }

  #encode(op, fields) {
    const { json, lost } = encode(fields)
    for (const loss of lost) this.#records.add('VALUE', `${op}: ${loss}`)
    return json
  }
}

module.exports = { Operations }
