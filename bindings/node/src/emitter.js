'use strict'

const { attempt } = require('./attempt.js')

/** Listeners by the name of what they wait for. What one of them throws disturbs nobody. */
class Emitter {
  /** @type {Map<string, Set<Function>>} */
  #listeners = new Map()

  /**
   * @param {string} name or * for everything
   * @param {Function} listener
   * @returns {() => void} ends it
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name)
    }
  }

  get isHeard() {
    return this.#listeners.size > 0
  }

  /** What a listener throws is its own trouble; telling it would only call listeners again. */
  emit(name, payload) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) attempt(() => listener(payload))
    for (const listener of [...(this.#listeners.get('*') ?? [])]) attempt(() => listener(name, payload))
  }
}

module.exports = { Emitter }
