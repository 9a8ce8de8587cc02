'use strict'

const { attempt } = require('./attempt.js')

/**
 * The option waitUntil, of platforms that freeze a program once it has answered: a promise is handed over for as long as
 * there are events to send. Captures shortly after one another share one, and one flush at its end.
 */
class WaitUntil {
  #hand
  #flush
  #debounceMs
  #maxWaitMs
  #cycle

  /**
   * @param {object} options
   * @param {(promise: Promise<unknown>) => void} options.waitUntil
   * @param {number} [options.waitUntilDebounceMs] of quiet before the flush. Default: 50
   * @param {number} [options.waitUntilMaxWaitMs] after the first capture, at the latest. Default: 500
   * @param {() => Promise<unknown>} flush
   */
  constructor({ waitUntil, waitUntilDebounceMs = 50, waitUntilMaxWaitMs = 500 }, flush) {
    this.#hand = waitUntil
    this.#flush = flush
    this.#debounceMs = waitUntilDebounceMs
    this.#maxWaitMs = waitUntilMaxWaitMs
  }

  /** To be called for every event that was taken. */
  extend() {
    this.#cycle ??= this.#begin()
    clearTimeout(this.#cycle.timer)
    const left = this.#cycle.startMs + this.#maxWaitMs - Date.now()
    this.#cycle.timer = setTimeout(() => this.#end(), Math.max(0, Math.min(this.#debounceMs, left)))
  }

  #begin() {
    const cycle = { startMs: Date.now(), timer: undefined, resolve: undefined }
    const flushed = new Promise((resolve) => (cycle.resolve = resolve))
    // Outside of a request some platforms refuse; the events are sent all the same.
    attempt(() => this.#hand(flushed))
    return cycle
  }

  #end() {
    const { resolve } = this.#cycle
    this.#cycle = undefined
    resolve(this.#flush())
  }
}

module.exports = { WaitUntil }
