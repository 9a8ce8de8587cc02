'use strict'

const zlib = require('node:zlib')
const { promisify } = require('node:util')
const { PostHogError } = require('./errors.js')
const { failure } = require('./transport.js')
const { encode } = require('./values.js')

const OK = 0
const PENDING = 1

/** The reply for an event that a client which is off has taken and dropped. */
const NOT_QUEUED = '{"uuid":null}'

/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

const gzip = promisify(zlib.gzip)

/** Bodies are compressed in Node's thread pool. Level 1 halves the time of the default and sends little more. */
const COMPRESS = { gzip: (body) => gzip(body, { level: 1 }) }

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} reply the parsed reply
 */

/**
 * Turns the crank of one client: performs the requests the library hands out, wakes it when it asks to be woken, and
 * settles the promises of operations that wait. It decides nothing; retries, batches and deadlines are the library's.
 *
 * Its timers and requests do not keep the process alive, except while somebody waits for a promise.
 */
class Driver {
  #engine
  #client
  #transport
  #onClose
  #now
  /** @type {Map<number, {resolve: (answer: Answer) => void, reject: (error: Error) => void}>} */
  #tickets = new Map()
  /** @type {Map<number, AbortController>} */
  #requests = new Map()
  #timer
  #turnDue = false
  /** Nothing is polled while the process is about to end. */
  #paused = false
  /** Set by every operation; see leave. */
  #used = false
  #closed = false
  /** @type {PostHogError | undefined} */
  #loss
  /** Undelivered events when the ledger was last read, and events taken since. */
  #undelivered = 0

  /**
   * @param {import('./engine.js').Engine} engine
   * @param {object} options the input of open
   * @param {object} surroundings
   * @param {import('./transport.js').Transport} surroundings.transport
   * @param {() => void} [surroundings.onClose] called once, when the client has ended or is lost
   * @param {() => number} [surroundings.now] milliseconds since 1970
   * @throws {PostHogError} when the library refuses the options
   */
  constructor(engine, options, { transport, onClose = () => {}, now = Date.now }) {
    this.#engine = engine
    this.#transport = transport
    this.#onClose = onClose
    this.#now = now
    const { status, reply } = engine.call('open', 0, encode({ ...options, ...engine.options }).json, now())
    if (status !== OK) throw PostHogError.fromReply(JSON.parse(reply))
    this.#client = JSON.parse(reply).client
    this.#turnSoon()
  }

  /** Called after every turn, with no argument. @type {(() => void) | undefined} */
  onTurn

  /** Events that were lost with the engine. */
  get lostEvents() {
    return this.#loss ? this.#undelivered : 0
  }

  /**
   * Performs an operation that answers at once, or that may answer PENDING; see wait.
   *
   * @param {string} op
   * @param {string} json
   * @returns {import('./engine.js').EngineReply}
   * @throws {PostHogError} ENGINE_LOST
   */
  call(op, json) {
    this.#paused = false
    this.#used = true
    const reply = this.#enter(op, json)
    this.#turnSoon()
    return reply
  }

  /**
   * The same for an operation that gives the library nothing to do, such as stats.
   *
   * @param {string} op
   * @param {string} json
   * @returns {import('./engine.js').EngineReply}
   * @throws {PostHogError} ENGINE_LOST
   */
  look(op, json) {
    return this.#enter(op, json)
  }

  /**
   * Performs an operation that queues one event.
   *
   * @param {string} op
   * @param {string} json
   * @returns {import('./engine.js').EngineReply}
   * @throws {PostHogError} ENGINE_LOST
   */
  capture(op, json) {
    // Counted before: if the engine is lost in this very call, so is the event.
    this.#undelivered++
    const answer = this.call(op, json)
    if (answer.status !== OK || answer.reply === NOT_QUEUED) this.#undelivered--
    return answer
  }

  /**
   * Performs an operation and waits for its outcome.
   *
   * @param {string} op
   * @param {string} json
   * @returns {Promise<Answer>} rejects with PostHogError ENGINE_LOST
   */
  async wait(op, json) {
    const { status, reply } = this.call(op, json)
    const parsed = JSON.parse(reply)
    if (status !== PENDING) return { status, reply: parsed }
    return new Promise((resolve, reject) => {
      this.#tickets.set(parsed.ticket, { resolve, reject })
      this.#turn()
    })
  }

  /**
   * Performs shutdown. Afterwards only stats and drain answer.
   *
   * @param {string} json
   * @returns {Promise<Answer>} rejects with PostHogError ENGINE_LOST
   */
  async shutdown(json) {
    const answer = await this.wait('shutdown', json)
    if (answer.status === OK) this.#close()
    return answer
  }

  /**
   * Flushes for at most `timeoutMs`, then gives up all requests and rests until the next operation, because the process
   * is about to end. Events that stayed were tried; a process that lives on tries them again.
   *
   * @param {number} timeoutMs
   */
  async leave(timeoutMs) {
    if (this.#paused || this.#closed) return
    try {
      const wanted = this.#readUndelivered() > 0
      const flushed = wanted && this.wait('flush', JSON.stringify({ timeout_ms: timeoutMs }))
      this.#used = false
      await flushed
    } catch {
      return // The engine is lost, and that has been noted.
    }
    // What came meanwhile deserves a flush of its own, when the process is about to end again.
    if (this.#used) return
    this.#paused = true
    this.#stop()
  }

  #enter(op, json) {
    if (this.#loss) throw this.#loss
    try {
      return this.#engine.call(op, this.#client, json, this.#now())
    } catch (error) {
      this.#lose(error)
      throw this.#loss
    }
  }

  #turnSoon() {
    if (this.#turnDue || this.#closed) return
    this.#turnDue = true
    setImmediate(() => {
      this.#turnDue = false
      this.#turn()
    })
  }

  #turn() {
    if (this.#paused || this.#closed) return
    clearTimeout(this.#timer)
    try {
      this.#poll()
    } catch {
      return // The engine is lost, and that has been noted.
    }
    this.onTurn?.()
  }

  #poll() {
    for (;;) {
      const { status, reply, body } = this.#enter('poll', '')
      const next = JSON.parse(reply)
      if (status !== OK) return this.#close()
      if (next.done) {
        this.#settle(next.done)
      } else if (next.request) {
        this.#perform(next.request, body)
        // One batch a turn: many of them must not keep the event loop from other work.
        return this.#turnSoon()
      } else {
        return this.#sleepUntil(next.wake_ms)
      }
    }
  }

  #settle({ ticket, status, reply }) {
    this.#tickets.get(ticket)?.resolve({ status, reply })
    this.#tickets.delete(ticket)
  }

  #sleepUntil(wakeMs) {
    if (wakeMs === null) return
    const delay = Math.min(Math.max(wakeMs - this.#now(), 1), LONGEST_TIMER_MS)
    this.#timer = setTimeout(() => this.#turn(), delay)
    // A pending ticket always has a deadline, so there is a timer to hold the process for whoever waits.
    if (this.#tickets.size === 0) this.#timer.unref()
  }

  async #perform(request, body) {
    const controller = new AbortController()
    this.#requests.set(request.id, controller)
    const deadline = setTimeout(() => controller.abort('timeout'), request.timeout_ms).unref()
    const answer = await this.#exchange(request, body, controller.signal)
    clearTimeout(deadline)
    this.#requests.delete(request.id)
    if (this.#closed) return
    this.#complete(request.id, answer)
    this.#turn()
  }

  /** Never rejects: what went wrong is an answer too. */
  async #exchange({ method, url, headers, encoding }, body, signal) {
    try {
      if (encoding !== 'identity') body = await COMPRESS[encoding](body)
    } catch {
      return { error: 'encoding', message: `${encoding} failed` }
    }
    try {
      return await this.#transport({ method, url, headers, body: body?.length ? body : undefined }, signal)
    } catch (error) {
      return signal.aborted ? { error: signal.reason, message: signal.reason } : failure(error)
    }
  }

  #complete(id, answer) {
    try {
      const { status } = this.#enter('complete', encode({ id, ...answer }).json)
      // A response the library cannot take, such as one beyond its size limit, is a request that failed.
      if (status !== OK) this.#enter('complete', JSON.stringify({ id, error: 'other', message: 'unusable response' }))
      this.#readUndelivered()
    } catch {
      // The engine is lost, and that has been noted.
    }
  }

  #readUndelivered() {
    const { status, reply } = this.#enter('stats', '')
    if (status === OK) {
      const ledger = JSON.parse(reply)
      this.#undelivered = ledger.queued + ledger.in_flight
    }
    return this.#undelivered
  }

  #stop() {
    clearTimeout(this.#timer)
    for (const controller of this.#requests.values()) controller.abort('cancelled')
  }

  /** The client is shut down, and so is everything that was still on its way. */
  #close() {
    this.#end(new PostHogError('CLOSED', 'the client is shut down'))
  }

  #lose(error) {
    this.#loss = new PostHogError(
      error.code,
      `${error.message}; with it went ${this.#undelivered} accepted events that were not delivered, and this client's` +
        ' registered properties and flag definitions. A new PostHog starts a fresh engine',
    )
    this.#end(this.#loss)
  }

  #end(error) {
    if (this.#closed) return
    this.#closed = true
    this.#stop()
    for (const { reject } of this.#tickets.values()) reject(error)
    this.#tickets.clear()
    this.#onClose()
  }
}

module.exports = { Driver, OK }
