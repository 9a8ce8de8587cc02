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
  /** The signals that end a context: its own and those of what it inherits from. @type {WeakMap<ContextData, AbortSignal[]>} */
  #signals = new WeakMap()

  /** @returns {ContextData | undefined} */
  get() {
    const context = this.#storage.getStore()
    return this.#signals.get(context)?.some(({ aborted }) => aborted) ? undefined : context
  }

  run(data, run, options) {
    return this.#storage.run(this.#inside(data, options), run)
  }

  enter(data, options) {
    this.#storage.enterWith(this.#inside(data, options))
  }

  /** A context inside of the present one takes over what it does not say itself, unless it is to be fresh. */
  #inside(data, options) {
    const outer = this.get()
    try {
      const kept = options?.fresh ? undefined : outer
      const context = {
        distinctId: data?.distinctId ?? kept?.distinctId,
        sessionId: data?.sessionId ?? kept?.sessionId,
        properties: { ...kept?.properties, ...data?.properties },
      }
      this.#signals.set(context, [this.#signals.get(kept) ?? [], options?.signal ?? []].flat())
      return context
    } catch {
      return outer // what throws when it is read says nothing
    }
  }
}

module.exports = { Contexts }
