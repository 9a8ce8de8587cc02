'use strict'

/**
 * JavaScript values to JSON: the one place where the language's types meet the wire.
 *
 * Nothing throws here, whatever a value is or does, and what comes out is always JSON the library accepts:
 *
 * | JavaScript                              | JSON                                          |
 * |-----------------------------------------|-----------------------------------------------|
 * | string, number, boolean, null           | as they are                                   |
 * | plain object, class instance            | object of its own enumerable members          |
 * | Array, Set, typed array                 | array                                         |
 * | Map                                     | object; a key that is no string by its text   |
 * | Date                                    | ISO 8601 text in UTC                          |
 * | bigint                                  | an integer with all its digits                |
 * | String, Number and Boolean objects      | what they hold                                |
 * | whatever has a toJSON method            | what that returns                             |
 * | Buffer, Uint8Array, ArrayBuffer         | UTF-8 text                                    |
 * | undefined                               | left out of an object, null in an array       |
 * | function, symbol (*)                    | as undefined                                  |
 * | Error, RegExp (*)                       | their text                                    |
 * | NaN, Infinity, a bigint beyond a double (*) | null                                      |
 * | an invalid Date, bytes that are not UTF-8 (*) | null                                    |
 * | a cycle, more than 100 levels (*)       | null                                          |
 * | whatever throws when it is read (*)     | null                                          |
 * | a lone surrogate (*)                    | U+FFFD                                        |
 *
 * Rows with (*) lose something; `encode` says where that happened.
 */

/** The library takes 128 levels; an event wraps the caller's values in a few of its own. */
const MAX_DEPTH = 100

const BEYOND_DOUBLE = 10n ** 308n

const BOXES = [String, Number, Boolean]

const LONE_SURROGATES = /\p{Surrogate}/gu

/** Made by the first event that has bytes. */
let utf8

/**
 * JSON text for a value, and where something was lost, as `properties.total: not a finite number`.
 *
 * @param {unknown} value
 * @returns {{json: string, lost: string[]}}
 */
function encode(value) {
  try {
    if (isPlain(value, MAX_DEPTH)) {
      const json = JSON.stringify(value)
      // JSON.stringify escapes lone surrogates and nothing else this way; a false alarm only costs the slower path.
      if (!json.includes('\\ud')) return { json, lost: [] }
    }
  } catch {
    // Whatever a getter or a proxy throws, the walk below says where.
  }
  const walk = new Walk()
  return { json: walk.write(value) ?? 'null', lost: walk.lost }
}

/**
 * A distinct id or a key as text, since the wire knows no other kind; undefined where there is none.
 *
 * @param {unknown} value
 * @returns {string | undefined}
 */
function identifier(value) {
  if (typeof value === 'string') return value
  const json = new Walk().write(value)
  if (json === undefined || json === 'null') return undefined
  return asText(json)
}

/** JSON text as a name: what a string holds, anything else as it is written. */
function asText(json) {
  return json.startsWith('"') ? JSON.parse(json) : json
}

/** Whether JSON.stringify gives what the walk would give, without loss. It looks at every value of every event. */
function isPlain(value, depth) {
  if (typeof value === 'string' || typeof value === 'boolean' || value === undefined || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value === 'object' && depth > 0 && isPlainContainer(value, depth - 1)
}

function isPlainContainer(value, depth) {
  if (value.toJSON !== undefined) return false
  if (Array.isArray(value)) return value.every((element) => isPlain(element, depth))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const key in value) {
    if (!isPlain(value[key], depth)) return false
  }
  return true
}

/** Why a value becomes null. */
class Loss extends Error {}

/** Writes any value and notes what it could not keep. */
class Walk {
  /** @type {string[]} */
  lost = []
  #path = []
  #open = new Set()

  /**
   * @param {unknown} value
   * @returns {string | undefined} JSON text, or undefined for what has no place in JSON
   */
  write(value) {
    try {
      return this.#write(value)
    } catch (cause) {
      this.#lose(cause instanceof Loss ? cause.message : 'threw when it was read')
      return 'null'
    }
  }

  #name(key) {
    return asText(this.write(key) ?? 'undefined')
  }

  #lose(why) {
    this.lost.push(`${this.#path.join('.') || 'value'}: ${why}`)
  }

  #write(value) {
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        if (!Number.isFinite(value)) throw new Loss('not a finite number')
        return JSON.stringify(value)
      case 'bigint':
        if (value >= BEYOND_DOUBLE || value <= -BEYOND_DOUBLE) throw new Loss('beyond the range of a double')
        return String(value)
      case 'boolean':
        return String(value)
      case 'object':
        return value === null ? 'null' : this.#object(value)
      case 'undefined':
        return undefined
      default:
        this.#lose(`a ${typeof value}, left out`)
        return undefined
    }
  }

  #text(value) {
    const whole = value.replace(LONE_SURROGATES, '\ufffd')
    if (whole !== value) this.#lose('a lone surrogate')
    return JSON.stringify(whole)
  }

  #object(value) {
    const bytes = bytesOf(value)
    if (bytes) return this.#text(decode(bytes))
    if (value instanceof Date && Number.isNaN(value.getTime())) throw new Loss('an invalid Date')
    if (BOXES.some((box) => value instanceof box)) return this.write(value.valueOf())
    if (value instanceof Error || value instanceof RegExp) {
      this.#lose(`a ${value.constructor.name}, kept as text`)
      return this.#text(String(value))
    }
    return this.#enter(value, () => this.#container(value))
  }

  #enter(value, write) {
    if (this.#open.has(value)) throw new Loss('contains itself')
    if (this.#open.size >= MAX_DEPTH) throw new Loss(`nested deeper than ${MAX_DEPTH} levels`)
    this.#open.add(value)
    try {
      return write()
    } finally {
      this.#open.delete(value)
    }
  }

  #container(value) {
    if (typeof value.toJSON === 'function') return this.write(value.toJSON())
    if (value instanceof Map) return this.#members(Array.from(value, ([key, member]) => [this.#name(key), () => member]))
    if (Array.isArray(value) || value instanceof Set || ArrayBuffer.isView(value)) {
      return this.#elements(Array.from(/** @type {Iterable<unknown>} */ (value)))
    }
    return this.#members(Object.keys(value).map((key) => [key, () => value[key]]))
  }

  #members(members) {
    const written = []
    for (const [key, read] of members) {
      const member = this.#at(key, read)
      if (member !== undefined) written.push(`${this.#text(key)}:${member}`)
    }
    return `{${written.join(',')}}`
  }

  #elements(elements) {
    return `[${elements.map((element, i) => this.#at(i, () => element) ?? 'null').join(',')}]`
  }

  /** Writes what `read` gives, which may throw, at one step further down the path. */
  #at(step, read) {
    this.#path.push(step)
    try {
      return this.write(read())
    } catch {
      this.#lose('threw when it was read')
      return 'null'
    } finally {
      this.#path.pop()
    }
  }
}

/** The bytes of what holds nothing but bytes. */
function bytesOf(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (value instanceof DataView) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof Uint8Array ? value : undefined
}

function decode(bytes) {
  try {
    utf8 ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    return utf8.decode(bytes)
  } catch {
    throw new Loss('bytes that are not UTF-8')
  }
}

module.exports = { encode, identifier, MAX_DEPTH }
