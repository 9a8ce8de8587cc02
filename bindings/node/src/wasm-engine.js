'use strict'

const { createWasi } = require('./wasi.js')
const { PostHogError } = require('./errors.js')

/**
 * The library as an instance of posthog.wasm. It implements Engine (see engine.js) and needs no Node.
 *
 * One instance serves all clients of its thread. Memory may grow, and so move, in every call into the module, which
 * empties all views of it: they are made where they are used.
 */

/** The reply to an input that no block can hold, and its status. */
const TOO_LARGE = '{"error":{"code":"TOO_LARGE","message":"the input is larger than any operation takes"}}'
const STATUS_TOO_LARGE = -3

/** Inputs of up to this many bytes share one block that stays allocated; larger ones get a block each. */
const SHARED_INPUT = 64 * 1024

/** The status stands first in every reply; what is behind it is the reply as the C interface gives it. */
const STATUS = /^\{"status":(-?\d+),?/

/** The first byte of a text, and the other values that a flag has by theirs. */
const QUOTE = 34
const VALUES = { 116: true, 102: false, 110: null }

const encoder = new TextEncoder()
const decoder = new TextDecoder()

class WasmEngine {
  #exports
  #blockAddress = 0
  /** A view of the shared block, empty once the memory has moved. */
  #blockView = new Uint8Array(0)
  #lost

  /**
   * @param {Record<string, any>} exports of an initialized instance
   */
  constructor(exports) {
    this.#exports = exports
  }

  /**
   * @param {WebAssembly.Module} module posthog.wasm
   * @param {(bytes: Uint8Array) => unknown} fillRandom such as crypto.getRandomValues
   */
  static instantiate(module, fillRandom) {
    const wasi = createWasi(() => exports.memory, fillRandom)
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi })
    const exports = /** @type {any} */ (instance.exports)
    exports._initialize()
    return new WasmEngine(exports)
  }

  get kind() {
    return 'wasm'
  }

  get lost() {
    return this.#lost !== undefined
  }

  get options() {
    return { encodings: ['identity', 'gzip'] }
  }

  abiVersion() {
    return this.#guard(() => this.#exports.posthog_abi_version())
  }

  /**
   * @param {string} op an operation's name
   * @param {number} client a handle; 0 for open
   * @param {string | Uint8Array} json the input
   * @param {number} nowMs the time, in milliseconds since 1970
   * @returns {import('./engine.js').EngineReply}
   */
  call(op, client, json, nowMs) {
    return this.#guard(() => {
      const { address, length } = this.#write(json)
      if (address === 0 && length > 0) return { status: STATUS_TOO_LARGE, reply: TOO_LARGE, body: undefined }
      const packed = this.#exports[`posthog_${op}`](client, address, length, BigInt(Math.trunc(nowMs)))
      if (address !== this.#blockAddress) this.#exports.posthog_free(address)
      return this.#read(op, BigInt.asUintN(64, packed))
    })
  }

  /**
   * The value of a flag where it can be had at once and nothing else is wanted of the answer; undefined where get_flag
   * has to be asked, for whatever reason. Texts beyond ASCII are left to it, too.
   *
   * @param {number} client
   * @param {string} key
   * @param {string} distinctId
   * @param {string} json the other members of get_flag's input
   * @param {number} nowMs
   * @returns {string | boolean | null | undefined} null where the flag cannot be decided
   */
  flagValue(client, key, distinctId, json, nowMs) {
    const text = key + distinctId + json
    if (text.length > SHARED_INPUT) return undefined
    return this.#guard(() => {
      const ask = this.#exports.posthog_flag_value
      if (encoder.encodeInto(text, this.#block).written !== text.length) return undefined
      const result = ask(client, this.#blockAddress, key.length, distinctId.length, json.length, BigInt(nowMs))
      if (BigInt.asUintN(32, result) !== 0n) return undefined
      const block = this.#block
      if (block[0] === QUOTE) return JSON.parse(decoder.decode(block.subarray(0, block.indexOf(0))))
      return VALUES[block[0]]
    })
  }

  /** A trap leaves an instance in no defined state: it is discarded, and every later call fails the same way. */
  #guard(enter) {
    if (this.#lost) throw this.#lost
    try {
      return enter()
    } catch (cause) {
      const what = `the WebAssembly engine stopped (${cause.message}) and was discarded`
      this.#lost = new PostHogError('ENGINE_LOST', what)
      this.#exports = undefined
      throw this.#lost
    }
  }

  /** Puts an input where the module can read it; at address 0 where no block can hold it. */
  #write(json) {
    if (json.length === 0) return { address: this.#blockAddress, length: 0 }
    if (typeof json === 'string') {
      const { read, written } = encoder.encodeInto(json, this.#block)
      if (read === json.length) return { address: this.#blockAddress, length: written }
    }
    const bytes = typeof json === 'string' ? encoder.encode(json) : json
    const address = this.#exports.posthog_alloc(bytes.length) >>> 0
    if (address !== 0) this.#bytes(address, bytes.length).set(bytes)
    return { address, length: bytes.length }
  }

  get #block() {
    this.#blockAddress ||= this.#exports.posthog_alloc(SHARED_INPUT) >>> 0
    if (this.#blockView.length === 0) this.#blockView = this.#bytes(this.#blockAddress, SHARED_INPUT)
    return this.#blockView
  }

  #read(op, packed) {
    const address = Number(packed >> 32n)
    const text = decoder.decode(this.#bytes(address, Number(packed & 0xffffffffn)))
    const [head, status] = STATUS.exec(text)
    const reply = `{${text.slice(head.length)}`
    const body = op === 'poll' ? this.#body(address, reply) : undefined
    this.#exports.posthog_free(address)
    return { status: Number(status), reply, body }
  }

  /** The body of a polled request lies behind the reply, where the reply says, and is copied before both are freed. */
  #body(address, reply) {
    const body = JSON.parse(reply).request?.body
    return body && this.#bytes(address + body.at, body.len).slice()
  }

  #bytes(address, length) {
    return new Uint8Array(this.#exports.memory.buffer, address, length)
  }
}

module.exports = { WasmEngine }
