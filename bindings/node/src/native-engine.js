'use strict'

/** Every operation of the library but open. */
const OPERATIONS = [
  ...['capture', 'identify', 'alias', 'group_identify', 'set', 'capture_exception', 'capture_ai', 'build', 'enqueue'],
  ...['register', 'unregister', 'evaluate_flags', 'get_flag', 'get_remote_config', 'flag_called', 'load_flags'],
  ...['wait_ready', 'set_flag_definitions', 'get_flag_definitions', 'override_flags', 'captured', 'flush', 'stats'],
  ...['drain', 'set_enabled', 'shutdown', 'poll', 'complete'],
]

/**
 * The library as libposthog.so, through a small addon. It implements Engine (see engine.js): the clients it opens leave
 * all I/O to the driver, as those of the wasm engine do.
 */
class NativeEngine {
  #library
  kind = 'native'
  /** A failure inside is contained there, as the status PANIC. */
  lost = false
  /** Bodies come out of poll compressed, but for long ones: Node does those in its thread pool. */
  options = { io: 'host', encodings: ['identity', 'gzip'], compress: true }

  /**
   * @param {any} library what the addon's load gave
   */
  constructor(library) {
    this.#library = library
  }

  /**
   * @param {{load: (file: string, operations: string[]) => any}} addon
   * @param {string} file libposthog.so
   */
  static load(addon, file) {
    return new NativeEngine(addon.load(file, OPERATIONS))
  }

  abiVersion() {
    return this.#library.abiVersion
  }

  entropy() {
    return this.#library.entropy()
  }

  /**
   * @param {string} op an operation's name
   * @param {number} client a handle; 0 for open
   * @param {string | Uint8Array} json the input
   * @param {number} nowMs the time, in milliseconds since 1970
   * @returns {import('./engine.js').EngineReply}
   */
  call(op, client, json, nowMs) {
    const library = this.#library
    const given = library[op](client, json, nowMs)
    const [reply, body] = op === 'poll' && typeof given !== 'string' ? given : [given, undefined]
    return { status: library.status[0], reply, body }
  }

  /**
   * The value of a flag where it can be had at once and nothing else is wanted of the answer; undefined where get_flag
   * has to be asked, for whatever reason.
   *
   * @param {number} client
   * @param {string} key
   * @param {string} distinctId
   * @param {string} json the other members of get_flag's input
   * @param {number} nowMs
   * @returns {string | boolean | null | undefined} null where the flag cannot be decided
   */
  flagValue(client, key, distinctId, json, nowMs) {
    return this.#library.flag_value(client, json, nowMs, key, distinctId)
  }
}

module.exports = { NativeEngine }
