'use strict'

const MAX_NOTES = 1024

/**
 * What the binding has to say, and what the library said before anybody asked: the oldest go when there is no room.
 */
class Notes {
  #notes = []
  #missed = 0
  /** How many of the notes, at their end, news has not given yet. */
  #fresh = 0

  /**
   * @param {string} code
   * @param {string} message holds no value of the caller's, only names and places
   */
  add(code, message) {
    const last = this.#notes.at(-1)
    if (this.#fresh > 0 && last?.code === code && last.message === message) {
      last.count++
      return
    }
    this.#push({ kind: 'log', atMs: Date.now(), level: 'warning', code, message, count: 1 })
  }

  /** Keeps records of the library, and how many more it had. */
  keep(records, missed) {
    this.#missed += missed
    for (const record of records) this.#push(record)
  }

  /** The notes that came since the last call; they stay. */
  news() {
    const fresh = this.#fresh > 0 ? this.#notes.slice(-this.#fresh) : []
    this.#fresh = 0
    return fresh
  }

  /** The notes since the last call, oldest first, and how many more there were. */
  take() {
    const taken = { records: this.#notes.sort((a, b) => a.atMs - b.atMs), missed: this.#missed }
    this.#notes = []
    this.#missed = 0
    return taken
  }

  #push(note) {
    if (this.#notes.length >= MAX_NOTES) this.#missed += this.#notes.shift().count ?? 1
    this.#notes.push(note)
    this.#fresh = Math.min(this.#fresh + 1, MAX_NOTES)
  }
}

module.exports = { Notes }
