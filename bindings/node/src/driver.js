'use strict'

const { PostHogError } = require('./errors.js')
const { encode } = require('./values.js')

const OK = 0
const PENDING = 1

/** The reply for an event that a client which is off has taken and dropped. */
const NOT_QUEUED = '{"uuid":null}'

/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * How long an event may wait to be handed to the library, and the library to be asked what there is to do. An idle Go
 * runtime costs far more to enter than a busy one, and a request more than its events, so whoever captures all the time
 * is looked after now and then.
 */
const GATHER_MS = 50

/** How many events, and characters of them, are handed over in one turn of the event loop: a few milliseconds of it. */
const MAX_SHARE = 1000
const MAX_SHARE_LENGTH = 1 << 20

/** How many such shares may wait while the event loop does not turn. */
const MAX_SHARES = 16

/** Runs a function once this turn of the event loop is over. */
const soon = globalThis.setImmediate ?? ((run) => setTimeout(run, 0))

/** Lets the process end while a timer waits, where there is a process. */
const released = (timer) => timer.unref?.() ?? timer

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} reply the parsed reply
 */

/**
 * Of an AbortSignal what transports need: a real one costs more than the rest of a request, and its module at start-up.
 *
 * @typedef {import('./transport.js').TransportSignal} Signal
 */

/** @param {Signal} signal */
function abort(signal, reason) {
  Object.assign(signal, { aborted: true, reason })
  signal.onabort?.()
}

/**
 * Turns the crank of one client: performs the requests the library hands out, wakes it when it asks to be woken, and
 * settles the promises of operations that wait. It decides nothing; retries, batches and deadlines are the library's.
 * It needs nothing of Node: a page drives the wasm engine with it.
 *
 * Its timers and requests do not keep the process alive, except while somebody waits for a promise.
 */
class Driver {
  #engine
  #client
  #surroundings
  #now
  /** @type {Map<number, {resolve: (answer: Answer) => void, reject: (error: Error) => void}>} */
  #tickets = new Map()
  /** @type {Map<number, Signal>} */
  #requests = new Map()
  #timer
  /** When #timer fires. */
  #wakeMs = null
  /** The timer of gather. */
  #gathering
  #hastened = false
  /** Events that wait to be handed over, oldest first. @type {{op: string, json: string, nowMs: number}[]} */
  #posted = []
  #postedLength = 0
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
   * @param {Record<string, (body: Uint8Array) => Promise<Uint8Array>>} [surroundings.compress] by encoding
   * @param {(op: string, error: {code: string, message: string}) => void} [surroundings.onRefused] told why the library
   *   did not take an event that was posted
   * @param {number} [surroundings.gatherMs] Default: 50
   * @param {() => void} [surroundings.onClose] called once, when the client has ended or is lost
   * @param {() => number} [surroundings.now] milliseconds since 1970
   * @throws {PostHogError} when the library refuses the options
   */
  constructor(engine, options, surroundings) {
    this.#engine = engine
    this.#surroundings = surroundings
    this.#now = surroundings.now ?? Date.now
    const { status, reply } = engine.call('open', 0, encode({ ...options, ...engine.options }).json, this.#now())
    if (status !== OK) throw PostHogError.fromReply(JSON.parse(reply))
    this.#client = JSON.parse(reply).client
    this.#hasten()
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
    const reply = this.look(op, json)
    this.#gather()
    return reply
  }

  /**
   * The value of a flag that can be had at once, without the rest of what get_flag answers; undefined where get_flag has
   * to be asked.
   *
   * @param {string} key
   * @param {string} distinctId
   * @param {string} json the other members of get_flag's input
   * @returns {string | boolean | null | undefined}
   */
  flagValue(key, distinctId, json) {
    if (this.#posted.length > 0) this.#handOver()
    const value = this.#engine.flagValue(this.#client, key, distinctId, json, this.#now())
    if (value !== undefined) this.#gather()
    return value
  }

  /**
   * As call, for an operation that gives the library nothing to do, such as stats.
   *
   * @param {string} op
   * @param {string} json
   * @returns {import('./engine.js').EngineReply}
   * @throws {PostHogError} ENGINE_LOST
   */
  look(op, json) {
    if (this.#posted.length > 0) this.#handOver()
    return this.#perform(op, json, this.#now())
  }

  /**
   * Queues one event whose reply nobody wants. It is handed over soon, and before any other operation.
   *
   * @param {string} op
   * @param {string} json
   * @throws {PostHogError} ENGINE_LOST
   */
  post(op, json) {
    this.#undelivered++
    if (this.#loss) throw this.#loss
    this.#paused = false
    this.#used = true
    this.#posted.push({ op, json, nowMs: this.#now() })
    this.#postedLength += json.length
    const shares = Math.max(this.#posted.length / MAX_SHARE, this.#postedLength / MAX_SHARE_LENGTH)
    if (shares >= MAX_SHARES || this.#closed) this.#handOver()
    if (shares >= 1) this.#hasten()
    else this.#gather()
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
   * @param {(text: string) => any} [read] makes of a reply that comes at once what JSON.parse would
   * @returns {Promise<Answer>} rejects with PostHogError ENGINE_LOST
   */
  async wait(op, json, read = JSON.parse) {
    const { status, reply } = this.call(op, json)
    const parsed = status === OK ? read(reply) : JSON.parse(reply)
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

  /** Hands over all posted events, or no more than a share of them. */
  #handOver(most = Infinity, mostLength = Infinity) {
    let done = 0
    let length = 0
    while (done < this.#posted.length && done < most && length < mostLength) length += this.#posted[done++].json.length
    this.#postedLength -= length
    for (const { op, json, nowMs } of this.#posted.splice(0, done)) {
      const { status, reply } = this.#perform(op, json, nowMs)
      if (status !== OK || reply === NOT_QUEUED) this.#undelivered--
      if (status !== OK) this.#surroundings.onRefused?.(op, JSON.parse(reply).error)
    }
  }

  #perform(op, json, nowMs) {
    if (this.#loss) throw this.#loss
    try {
      return this.#engine.call(op, this.#client, json, nowMs)
    } catch (error) {
      this.#lose(error)
      throw this.#loss
    }
  }

  /** Looks soon at what there is to do. */
  #gather() {
    if (this.#gathering !== undefined || this.#closed) return
    this.#gathering = released(setTimeout(() => this.#turn(), this.#surroundings.gatherMs ?? GATHER_MS))
  }

  /** Looks as soon as this turn of the event loop is over, whatever else is captured in it. */
  #hasten() {
    if (this.#hastened || this.#closed) return
    this.#hastened = true
    soon(() => this.#turn())
  }

  #turn() {
    clearTimeout(this.#gathering)
    this.#gathering = undefined
    this.#hastened = false
    if (this.#paused || this.#closed) return
    try {
      this.#handOver(MAX_SHARE, MAX_SHARE_LENGTH)
      if (this.#posted.length > 0) this.#hasten()
      else this.#poll()
    } catch {
      return // The engine is lost, and that has been noted.
    }
    this.onTurn?.()
  }

  #poll() {
    for (;;) {
      const { status, reply, body } = this.look('poll', '')
      const next = JSON.parse(reply)
      if (status !== OK) return this.#close()
      if (next.done) {
        const { ticket, ...answer } = next.done
        this.#tickets.get(ticket)?.resolve(answer)
        this.#tickets.delete(ticket)
      } else if (next.request) {
        this.#request(next.request, body)
        // One batch a turn: many of them must not keep the event loop from other work.
        return this.#hasten()
      } else {
        return this.#sleepUntil(next.wake_ms)
      }
    }
  }

  #sleepUntil(wakeMs) {
    // A pending ticket always has a deadline, so there is a timer to hold the process for whoever waits.
    const holds = this.#tickets.size > 0
    if (this.#timer === undefined || wakeMs !== this.#wakeMs) {
      clearTimeout(this.#timer)
      this.#wakeMs = wakeMs
      const delay = Math.min(Math.max(wakeMs - this.#now(), 1), LONGEST_TIMER_MS)
      this.#timer = wakeMs === null ? undefined : setTimeout(() => this.#wake(), delay)
    }
    if (holds) this.#timer?.ref?.()
    else this.#timer?.unref?.()
  }

  #wake() {
    this.#timer = undefined
    this.#turn()
  }

  async #request(request, body) {
    const signal = { aborted: false, reason: undefined, onabort: undefined }
    this.#requests.set(request.id, signal)
    const deadline = released(setTimeout(() => abort(signal, 'timeout'), request.timeout_ms))
    const answer = await this.#exchange(request, body, signal)
    clearTimeout(deadline)
    this.#requests.delete(request.id)
    if (this.#closed) return
    this.#complete(request.id, answer)
    this.#turn()
  }

  /** Never rejects: what went wrong is an answer too. */
  async #exchange({ method, url, headers, encoding }, body, signal) {
    try {
      if (encoding !== 'identity') body = await this.#surroundings.compress[encoding](body)
    } catch {
      return { error: 'encoding', message: `${encoding} failed` }
    }
    try {
      // What was cancelled while its body was compressed is not begun.
      if (!signal.aborted) return await this.#surroundings.transport({ method, url, headers, body: body?.length ? body : undefined }, signal)
    } catch (error) {
      if (!signal.aborted) return { error: error.kind ?? 'other', message: error.kind ? error.message : 'the request failed' }
    }
    return { error: signal.reason, message: signal.reason }
  }

  #complete(id, answer) {
    try {
      const { status } = this.look('complete', encode({ id, ...answer }).json)
      // A response the library cannot take, such as one beyond its size limit, is a request that failed.
      if (status !== OK) this.look('complete', JSON.stringify({ id, error: 'other', message: 'unusable response' }))
      this.#readUndelivered()
    } catch {
      // The engine is lost, and that has been noted.
    }
  }

  #readUndelivered() {
    const { status, reply } = this.look('stats', '')
    if (status === OK) {
      const ledger = JSON.parse(reply)
      this.#undelivered = ledger.queued + ledger.in_flight
    }
    return this.#undelivered
  }

  #stop() {
    clearTimeout(this.#timer)
    clearTimeout(this.#gathering)
    this.#timer = this.#gathering = undefined
    for (const signal of this.#requests.values()) abort(signal, 'cancelled')
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
    this.#surroundings.onClose?.()
  }
}

module.exports = { Driver, OK }
