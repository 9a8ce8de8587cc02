'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')

/**
 * What a program says once for all events of a piece of work: a user, a session, properties. It follows the work through
 * promises and callbacks. Each client has contexts of its own.
 *
 * @typedef {object} ContextData
 * @property {string} [distinctId]
 * @property {string} [sessionId]
 * @property {Record<string, unknown>} [properties]
 */
class Contexts {
  #storage = new AsyncLocalStorage()

  /** @returns {ContextData | undefined} */
  get() {
    return this.#storage.getStore()
  }

  run(data, run, options) {
    return this.#storage.run(this.#inside(data, options), run)
  }

  enter(data, options) {
    this.#storage.enterWith(this.#inside(data, options))
  }

  /** A context inside of the present one takes over what it does not say itself, unless it is to be fresh. */
  #inside(data, options) {
    const outer = options?.fresh ? undefined : this.get()
    return {
      distinctId: data?.distinctId ?? outer?.distinctId,
      sessionId: data?.sessionId ?? outer?.sessionId,
      properties: { ...outer?.properties, ...data?.properties },
    }
  }
}

module.exports = { Contexts }
