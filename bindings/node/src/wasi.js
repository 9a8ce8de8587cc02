'use strict'

/**
 * The part of WASI preview 1 that posthog.wasm imports, without Node: it runs in browsers and workers too.
 *
 * The module gets a clock, randomness and a place to exit to; no file, no argument, no environment variable. What it
 * writes, such as the runtime's last words before a trap, is discarded: a library prints nothing.
 */

const SUCCESS = 0
const BAD_FD = 8

const CLOCK_REALTIME = 0
const SUBSCRIPTION_SIZE = 48
const EVENT_SIZE = 32

const FILE_CALLS = 'fd_read fd_close fd_fdstat_get fd_fdstat_set_flags fd_prestat_get fd_prestat_dir_name'.split(' ')

/** crypto.getRandomValues gives at most this many bytes a call. */
const RANDOM_CHUNK = 65536

/**
 * Imports for one instance.
 *
 * @param {() => WebAssembly.Memory} memory of the instance; asked for at every call, since it exists only afterwards
 * @param {(bytes: Uint8Array) => unknown} fillRandom such as crypto.getRandomValues
 * @returns {Record<string, (...args: any[]) => number>} the members of wasi_snapshot_preview1
 */
function createWasi(memory, fillRandom) {
  // Memory moves when it grows, so no view outlives a call.
  const view = () => new DataView(memory().buffer)
  const nanoseconds = (ms) => BigInt(Math.round(ms * 1e6))

  function writeSizes(countPointer, sizePointer) {
    view().setUint32(countPointer, 0, true)
    view().setUint32(sizePointer, 0, true)
    return SUCCESS
  }

  return {
    args_sizes_get: writeSizes,
    args_get: () => SUCCESS,
    environ_sizes_get: writeSizes,
    environ_get: () => SUCCESS,

    clock_time_get(clock, _precision, pointer) {
      const ms = clock === CLOCK_REALTIME ? Date.now() : performance.now()
      view().setBigUint64(pointer, nanoseconds(ms), true)
      return SUCCESS
    },

    random_get(pointer, length) {
      for (let at = 0; at < length; at += RANDOM_CHUNK) {
        fillRandom(new Uint8Array(memory().buffer, pointer + at, Math.min(RANDOM_CHUNK, length - at)))
      }
      return SUCCESS
    },

    fd_write(fd, vectors, count, writtenPointer) {
      if (fd !== 1 && fd !== 2) return BAD_FD
      let written = 0
      for (let i = 0; i < count; i++) written += view().getUint32(vectors + 8 * i + 4, true)
      view().setUint32(writtenPointer, written, true)
      return SUCCESS
    },

    // There are no other files, and nothing to learn about these two. The module looks for open directories from
    // descriptor 3 on and stops at the first refusal.
    ...Object.fromEntries(FILE_CALLS.map((name) => [name, () => BAD_FD])),

    // Every wait is over at once, and it is for a clock: there is no file to wait for. The module sleeps nowhere; its
    // runtime checks the clock and asks again if it must.
    poll_oneoff(subscriptions, events, count, countPointer) {
      const data = view()
      new Uint8Array(data.buffer, events, count * EVENT_SIZE).fill(0)
      for (let i = 0; i < count; i++) {
        data.setBigUint64(events + i * EVENT_SIZE, data.getBigUint64(subscriptions + i * SUBSCRIPTION_SIZE, true), true)
      }
      data.setUint32(countPointer, count, true)
      return SUCCESS
    },

    sched_yield: () => SUCCESS,

    // WASI says that this does not return; a throw is the only way out of the module.
    proc_exit(code) {
      throw new Error(`the module exited with code ${code}`)
    },
  }
}

module.exports = { createWasi }
