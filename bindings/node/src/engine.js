'use strict'

const { PostHogError } = require('./errors.js')
const { addonFiles, firstOf, libraryFiles, wasmFiles } = require('./files.js')

/**
 * What an operation answers.
 *
 * @typedef {object} EngineReply
 * @property {number} status 0 OK, 1 PENDING, negative for a failure
 * @property {string} reply JSON text of an object, without the status
 * @property {Uint8Array | undefined} body a copy of the request body that a reply of poll refers to
 */

/**
 * A build of the library, entered by one thread. The driver knows no more of it than this, so that one build takes the
 * place of another.
 *
 * @typedef {object} Engine
 * @property {string} kind `native` or `wasm`
 * @property {boolean} lost true once the engine has failed for good; its clients, and all they held, are gone
 * @property {object} options what open needs to hear from this engine
 * @property {() => number} abiVersion
 * @property {() => string} [entropy] 64 random hex digits
 * @property {(op: string, client: number, json: string | Uint8Array, nowMs: number) => EngineReply} call performs an
 *   operation: `open` with client 0, all others with the handle from its reply. Throws PostHogError ENGINE_LOST, and
 *   nothing else.
 * @property {(client: number, key: string, distinctId: string, json: string, nowMs: number) =>
 *   string | boolean | null | undefined} flagValue a short way to a flag's value; undefined where get_flag has to be
 *   asked
 */

/** The version of the interface this binding is written for. */
const ABI_VERSION = 1

let compiled

const LOADERS = {
  native() {
    const { NativeEngine } = require('./native-engine.js')
    const addon = firstOf(addonFiles(), require)
    return firstOf(libraryFiles(), (file) => checked(NativeEngine.load(addon, file), file))
  },

  wasm() {
    const { WasmEngine } = require('./wasm-engine.js')
    const { webcrypto } = require('node:crypto')
    // Not a promise, so that a client can capture right after `new`.
    compiled ??= firstOf(wasmFiles(), (file) => ({ file, module: new WebAssembly.Module(require('node:fs').readFileSync(file)) }))
    const engine = WasmEngine.instantiate(compiled.module, (bytes) => webcrypto.getRandomValues(bytes))
    return checked(engine, compiled.file)
  },
}

/** 64 hex digits for open. The addon has a source of its own, since node:crypto takes as long to load as the library. */
function entropyOf(engine) {
  return engine.entropy?.() ?? require('node:crypto').randomBytes(32).toString('hex')
}

function checked(engine, file) {
  const version = engine.abiVersion()
  if (version === ABI_VERSION) return engine
  throw new PostHogError('ABI_MISMATCH', `${file} has ABI version ${version}, this package needs ${ABI_VERSION}`)
}

/** Engines of this thread, by kind; each is loaded by its first client and replaced only after it was lost. */
const engines = {}

/** The kind for clients that ask for none. */
let usual

/**
 * @param {'native' | 'wasm'} [kind] Default: native where its files are found and fit, else wasm
 * @returns {Engine}
 * @throws {PostHogError} LIBRARY_NOT_FOUND, ABI_MISMATCH
 */
function sharedEngine(kind = usual) {
  if (kind === undefined) {
    const engine = loadAny()
    usual = engine.kind
    return (engines[usual] = engine)
  }
  if (engines[kind] === undefined || engines[kind].lost) engines[kind] = load(kind)
  return engines[kind]
}

function load(kind) {
  try {
    return LOADERS[kind]()
  } catch (error) {
    throw explained(error, `the ${kind} engine could not be loaded. Tried:\n${error.message}`)
  }
}

function loadAny() {
  try {
    return LOADERS.native()
  } catch (native) {
    // A library that the environment names is wanted, and falling back from it would hide a mistake.
    if (process.env.LIBPOSTHOG_PATH) throw explained(native, `the library could not be loaded. Tried:\n${native.message}`)
    try {
      return LOADERS.wasm()
    } catch (wasm) {
      throw explained(wasm, `no engine could be loaded. Tried:\n${native.message}\n${wasm.message}`)
    }
  }
}

function explained(error, message) {
  if (error.code !== 'LIBRARY_NOT_FOUND') return error
  const hint = 'In a checkout, run "make node" first. LIBPOSTHOG_PATH and LIBPOSTHOG_WASM_PATH name other files.'
  return new PostHogError(error.code, `${message}\n${hint}`)
}

module.exports = { sharedEngine, entropyOf, ABI_VERSION }
