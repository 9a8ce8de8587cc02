'use strict'

const { webcrypto } = require('node:crypto')
const { PostHogError } = require('./errors.js')
const { WasmEngine } = require('./wasm-engine.js')
const { compileModule } = require('./wasm-file.js')

/**
 * What an operation answers.
 *
 * @typedef {object} EngineReply
 * @property {number} status 0 OK, 1 PENDING, negative for a failure
 * @property {string} reply JSON text of an object, without the status
 * @property {Uint8Array | undefined} body a copy of the request body that a reply of poll refers to
 */

/**
 * A build of the library, entered by one thread. The driver knows no more of it than this, so that another build (a
 * native addon over libposthog.so with `"io":"host"`) takes its place by having the same members.
 *
 * @typedef {object} Engine
 * @property {string} kind `wasm`
 * @property {boolean} lost true once the engine has failed for good; its clients, and all they held, are gone
 * @property {() => number} abiVersion
 * @property {(op: string, client: number, json: string | Uint8Array, nowMs: number) => EngineReply} call performs an
 *   operation: `open` with client 0, all others with the handle from its reply. Throws PostHogError ENGINE_LOST, and
 *   nothing else.
 */

/** The version of the interface this binding is written for. */
const ABI_VERSION = 1

let compiled
let engine

/**
 * The engine of this thread, loaded by the first client and replaced only after it was lost.
 *
 * @returns {Engine}
 */
function sharedEngine() {
  if (engine === undefined || engine.lost) engine = load()
  return engine
}

function load() {
  compiled ??= compileModule()
  const loaded = WasmEngine.instantiate(compiled, (bytes) => webcrypto.getRandomValues(bytes))
  const version = loaded.abiVersion()
  if (version !== ABI_VERSION) {
    throw new PostHogError('ABI_MISMATCH', `posthog.wasm has ABI version ${version}, this package needs ${ABI_VERSION}`)
  }
  return loaded
}

module.exports = { sharedEngine, ABI_VERSION }
