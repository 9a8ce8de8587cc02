'use strict'

const { createWasi } = require('./wasi.js')
const { PostHogError } = require('./errors.js')

/**
 * The library as an instance of posthog.wasm. It implements Engine (see engine.js) and needs no Node.
 *
 * One instance serves all clients of its thread. Memory may grow, and so move, in every call into the module: views of
 * it are made where they are used and never kept.
 */

const STATUS_TOO_LARGE = -3

/** Inputs of up to this many bytes share one block that stays allocated; larger ones get a block each. */
const SHARED_INPUT = 64 * 1024

/** UTF-8 takes at most this many bytes for a UTF-16 unit. */
const BYTES_PER_UNIT = 3

/** The status stands first in every reply; what is behind it is the reply as the C interface gives it. */
const STATUS = /^\{"status":(-?\d+),?/

const encoder = new TextEncoder()
const decoder = new TextDecoder()

class WasmEngine {
  #exports
  #sharedInput = 0
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
      const input = this.#write(json)
      if (input === undefined) return tooLarge()
      const packed = this.#exports[`posthog_${op}`](client, input.address, input.length, BigInt(Math.trunc(nowMs)))
      if (input.owned) this.#exports.posthog_free(input.address)
      return this.#read(op, BigInt.asUintN(64, packed))
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

  #write(json) {
    if (json.length === 0) return { address: 0, length: 0, owned: false }
    if (typeof json === 'string' && json.length * BYTES_PER_UNIT <= SHARED_INPUT) {
      this.#sharedInput ||= this.#exports.posthog_alloc(SHARED_INPUT) >>> 0
      const { written } = encoder.encodeInto(json, this.#bytes(this.#sharedInput, SHARED_INPUT))
      return { address: this.#sharedInput, length: written, owned: false }
    }
    const bytes = typeof json === 'string' ? encoder.encode(json) : json
    const address = this.#exports.posthog_alloc(bytes.length) >>> 0
    if (address === 0) return undefined
    this.#bytes(address, bytes.length).set(bytes)
    return { address, length: bytes.length, owned: true }
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

function tooLarge() {
  const error = { code: 'TOO_LARGE', message: 'the input is larger than any operation takes' }
  return { status: STATUS_TOO_LARGE, reply: JSON.stringify({ error }), body: undefined }
}

module.exports = { WasmEngine }
