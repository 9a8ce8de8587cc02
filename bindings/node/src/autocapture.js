'use strict'

const { inspect } = require('node:util')
const { typeOf } = require('./exceptions.js')

/**
 * The option enableExceptionAutocapture: errors that nobody catches are captured, by every client that asked for it. What
 * they do to the process stays as it is: a program that listens for them itself goes on, any other prints the error and
 * ends with the code 1, after one flush with a deadline.
 *
 * A listener for unhandledRejection would silence rejections that end the process otherwise. So there is one of ours only
 * while the program has one of its own; without it Node hands rejections on as uncaught exceptions.
 */

/** How often each type of error may be captured some more times. */
const REFILL_MS = 10_000

/** Types are few; a program that makes up names as it goes must not fill memory with them. */
const MAX_TYPES = 1000

class Limiter {
  /** What each type of error may still do, and since when. @type {Map<string, {left: number, since: number}>} */
  #buckets = new Map()

  /** Of a type so many at once, and so many more in each interval. */
  allows(type, { burst, refill }) {
    if (!this.#buckets.has(type) && this.#buckets.size >= MAX_TYPES) this.#buckets.clear()
    const bucket = this.#buckets.get(type) ?? { left: burst, since: Date.now() }
    const refills = Math.floor((Date.now() - bucket.since) / REFILL_MS)
    const left = Math.min(burst, bucket.left + refills * refill)
    this.#buckets.set(type, { left: Math.max(0, left - 1), since: bucket.since + refills * REFILL_MS })
    return left >= 1
  }
}

/**
 * @typedef {object} Watcher
 * @property {(error: unknown, hint: {source: string, level: string, mechanism: object}) => void} capture
 * @property {() => Promise<unknown>} flush with the deadline of the end of the process
 * @property {number} burst
 * @property {number} refill
 */

/** @type {Map<Watcher, Limiter>} */
const watchers = new Map()

/** @type {Record<string, (...args: any[]) => void>} */
const listeners = {
  uncaughtExceptionMonitor: (error, origin) => {
    const fatal = othersFor('uncaughtException') === 0
    capture(error, origin === 'unhandledRejection' ? 'onunhandledrejection' : 'onuncaughtexception', fatal)
  },
  uncaughtException: (error) => {
    if (othersFor('uncaughtException') === 0) end(error)
  },
  newListener: (name, listener) => {
    if (name === 'unhandledRejection' && listener !== rejected) process.on(name, rejected)
  },
  removeListener: (name, listener) => {
    if (name === 'unhandledRejection' && listener !== rejected && othersFor(name) === 0) process.off(name, rejected)
  },
}

function rejected(reason) {
  capture(reason, 'onunhandledrejection', false)
}

function othersFor(name) {
  return process.listeners(name).filter((listener) => listener !== listeners[name] && listener !== rejected).length
}

function capture(error, type, fatal) {
  const source = type === 'onunhandledrejection' ? 'node.process_unhandled_rejection' : 'node.process_uncaught_exception'
  const level = fatal ? 'fatal' : 'error'
  for (const [watcher, limiter] of watchers) {
    if (limiter.allows(typeOf(error), watcher)) watcher.capture(error, { source, level, mechanism: { type, handled: false } })
  }
}

let ending = false

async function end(error) {
  process.stderr.write(`${error instanceof Error ? inspect(error) : `Uncaught ${inspect(error)}`}\n\nNode.js ${process.version}\n`)
  if (ending) return
  ending = true
  await Promise.all([...watchers.keys()].map((watcher) => watcher.flush()))
  process.exit(1)
}

/** @param {Watcher} watcher */
function watch(watcher) {
  if (watchers.size === 0) {
    for (const [name, listener] of Object.entries(listeners)) process.on(name, listener)
    if (process.listenerCount('unhandledRejection') > 0) process.on('unhandledRejection', rejected)
  }
  watchers.set(watcher, new Limiter())
}

/** @param {Watcher} watcher */
function unwatch(watcher) {
  if (!watchers.delete(watcher) || watchers.size > 0) return
  for (const [name, listener] of Object.entries(listeners)) process.off(name, listener)
  process.off('unhandledRejection', rejected)
}

module.exports = { watch, unwatch }
