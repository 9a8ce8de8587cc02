'use strict'

const MAX_NOTES = 256

/** What the binding has to say through drain, next to the library's own records. The oldest go when it is full. */
class Notes {
  #notes = []
  #missed = 0

  /**
   * @param {string} code
   * @param {string} message holds no value of the caller's, only names and places
   */
  add(code, message) {
    const last = this.#notes.at(-1)
    if (last?.code === code && last.message === message) {
      last.count++
      return
    }
    if (this.#notes.length >= MAX_NOTES) this.#missed += this.#notes.shift().count
    this.#notes.push({ kind: 'log', atMs: Date.now(), level: 'warning', code, message, count: 1 })
  }

  /** The notes since the last call, and how many more there were. */
  take() {
    const taken = { records: this.#notes, missed: this.#missed }
    this.#notes = []
    this.#missed = 0
    return taken
  }
}

module.exports = { Notes }
