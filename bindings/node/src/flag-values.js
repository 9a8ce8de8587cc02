'use strict'

/** V8 copies an object as fast as memory until it has about this many members, and far slower than JSON.parse beyond. */
const MAX_KEYS = 1000

/** By the codes of the t, f and n they begin with. */
const WORDS = new Map([[0x74, true], [0x66, false], [0x6e, null]])
const QUOTE = 0x22

/**
 * Reads replies of evaluate_flags that hold nothing but values. Nearly all of such a text is the keys, and they are those
 * of the reply before, in the same order: comparing them takes a fraction of the time that JSON.parse does, and a copy of
 * the object it made then has the shape already. Whatever is unusual about a text goes to JSON.parse.
 */
class FlagValues {
  #keys = []
  /** What stands in front of each value; empty as long as no two replies had the same keys. */
  #heads = []
  #values = []
  #flags = {}

  /**
   * @param {string} text of a reply
   * @returns {Record<string, string | boolean>} the flags that are decided
   */
  read(text) {
    return this.#follow(text) ?? this.#parse(text)
  }

  #follow(text) {
    const heads = this.#heads
    const values = this.#values
    if (heads.length === 0 || text.includes('\\')) return undefined
    const flags = { ...this.#flags }
    let at = 0
    let undecided = false
    for (let i = 0; i < heads.length; i++) {
      if (!text.startsWith(heads[i], at)) return undefined
      at += heads[i].length
      const first = text.charCodeAt(at)
      const value = first === QUOTE ? text.slice(at + 1, text.indexOf('"', at + 1)) : WORDS.get(first)
      if (value === undefined) return undefined
      at += typeof value === 'string' ? value.length + 2 : value === false ? 5 : 4
      undecided ||= value === null
      if (value !== values[i]) flags[this.#keys[i]] = value
    }
    if (text[at] !== '}') return undefined
    return undecided ? decided(flags) : flags
  }

  #parse(text) {
    const flags = JSON.parse(text).flags ?? {}
    const keys = Object.keys(flags)
    const isAgain = keys.length === this.#keys.length && keys.every((key, i) => key === this.#keys[i])
    const canFollow = isAgain && keys.length <= MAX_KEYS && !keys.includes('__proto__')
    this.#keys = keys
    this.#heads = canFollow ? keys.map((key, i) => `${i === 0 ? '{"flags":{' : ','}${JSON.stringify(key)}:`) : []
    this.#values = Object.values(flags)
    this.#flags = Object.fromEntries(Object.entries(flags))
    return decided(flags)
  }
}

/** Without the flags that are not. */
function decided(flags = {}) {
  for (const key in flags) {
    if (flags[key] === null) delete flags[key]
  }
  return flags
}

module.exports = { decided, FlagValues }
