'use strict'

const { releaseSocket } = require('./exit.js')
const { wayTo } = require('./proxy.js')

/**
 * How requests reach the network. A transport performs one request and never retries: that is the library's decision.
 *
 * @typedef {object} TransportRequest
 * @property {string} method
 * @property {string} url
 * @property {Record<string, string>} headers lower-case names
 * @property {Uint8Array | undefined} body already encoded
 *
 * @typedef {object} TransportResponse
 * @property {number} status
 * @property {Record<string, string>} headers lower-case names
 * @property {string} body
 *
 * @typedef {object} TransportSignal
 * @property {boolean} aborted
 * @property {any} reason
 * @property {any} onabort called when the request is to end
 *
 * @typedef {(request: TransportRequest, signal: TransportSignal) => Promise<TransportResponse>} Transport rejects with a
 *   TransportError
 */

/**
 * Performs a request over node:http or node:https, without keeping the process alive: a program that is done ends even
 * when the server never answers. fetch cannot do that, since its sockets are out of reach.
 *
 * @param {import('./proxy.js').Surroundings} surroundings
 * @returns {Transport}
 */
function nodeTransport(surroundings) {
  return named(({ method, url, headers, body }, signal) => {
    return new Promise((resolve, reject) => {
      const way = wayTo(new URL(url), surroundings)
      const sent = { ...headers, ...way.headers, 'accept-encoding': 'gzip' }
      const outgoing = way.request({ ...way.target, method, headers: sent })
      signal.onabort = () => outgoing.destroy()
      outgoing.on('socket', releaseSocket)
      outgoing.on('response', (incoming) => receive(incoming, resolve, reject))
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  })
}

function receive(incoming, resolve, reject) {
  const chunks = []
  const answer = (error, bytes) => {
    if (error) return reject(error)
    resolve({ status: incoming.statusCode, headers: flatten(Object.entries(incoming.headers)), body: bytes.toString() })
  }
  incoming.on('data', (chunk) => chunks.push(chunk))
  incoming.on('error', reject)
  incoming.on('end', () => {
    const bytes = Buffer.concat(chunks)
    if (incoming.headers['content-encoding'] !== 'gzip' || bytes.length === 0) return answer(null, bytes)
    require('node:zlib').gunzip(bytes, answer)
  })
}

/**
 * Performs requests with a function of the shape of fetch.
 *
 * @param {Function} fetch
 * @returns {Transport}
 */
function fetchTransport(fetch) {
  return named(async ({ method, url, headers, body }, signal) => {
    const controller = new AbortController()
    signal.onabort = () => controller.abort(signal.reason)
    const response = await fetch(url, { method, headers, body, signal: controller.signal, redirect: 'manual' })
    return { status: response.status, headers: flatten(response.headers?.entries?.() ?? []), body: await response.text() }
  })
}

function flatten(entries) {
  return Object.fromEntries(Array.from(entries, ([name, value]) => [name.toLowerCase(), String(value)]))
}

/**
 * What the library calls the ways to fail, by the codes of Node and of its fetch.
 *
 * @type {[string, RegExp][]}
 */
const KINDS = [
  ['timeout', /^(ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/],
  ['dns', /^(ENOTFOUND|EAI_.*)$/],
  ['connect', /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EHOSTDOWN|ENETDOWN)$/],
  ['tls', /^(CERT_.*|ERR_TLS_.*|ERR_SSL_.*|EPROTO|.*_CERT_.*|.*_CERT|.*SIGNATURE|.*ISSUER.*)$/],
  ['reset', /^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|ERR_STREAM_PREMATURE_CLOSE)$/],
]

/** Why a request failed: a kind the library knows, and a code as the message; never a URL or a header. */
class TransportError extends Error {
  /** @param {any} error what the network or fetch failed with */
  constructor(error) {
    // Several addresses were tried, or fetch wraps what happened below it.
    const cause = error?.errors?.[0] ?? error?.cause ?? error
    const code = typeof cause?.code === 'string' ? cause.code : ''
    super(code || 'the request failed')
    this.kind = (KINDS.find(([, pattern]) => pattern.test(code)) ?? ['other'])[0]
  }
}

/** Failing as the driver wants it. */
function named(transport) {
  return (request, signal) => transport(request, signal).catch((error) => Promise.reject(new TransportError(error)))
}

/**
 * Bodies are compressed in Node's thread pool. Level 1 halves the time of the default and sends little more, and with room
 * for all that comes out a body goes to the pool once.
 */
const compress = {
  gzip: (body) => new Promise((resolve, reject) => {
    const options = { level: 1, chunkSize: Math.max(16384, body.length >> 1) }
    require('node:zlib').gzip(body, options, (error, bytes) => (error ? reject(error) : resolve(bytes)))
  }),
}

module.exports = { nodeTransport, fetchTransport, compress, TransportError }
