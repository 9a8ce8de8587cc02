'use strict'

const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const tls = require('node:tls')
const { releaseSocket } = require('./exit.js')

/**
 * Who is asked for a URL, and whom it is believed: a proxy and certificate authorities, by options or else by the
 * environment as it is at that moment. Node itself reads the one not at all and the other when it starts.
 *
 * @typedef {object} Surroundings
 * @property {string} [proxy] Default: HTTPS_PROXY or HTTP_PROXY, by the URL
 * @property {string} [noProxy] what goes direct. Default: NO_PROXY
 * @property {string} [caFile] PEM file of authorities to trust besides Node's own. Default: SSL_CERT_FILE, else
 *   NODE_EXTRA_CA_CERTS
 */

const variable = (name) => process.env[name.toLowerCase()] || process.env[name] || ''

/**
 * @param {URL} url
 * @param {Surroundings} surroundings
 * @returns {URL | undefined} undefined where the way is direct
 * @throws {TypeError} for a proxy that is no URL
 */
function proxyFor(url, { proxy, noProxy }) {
  // In a CGI program HTTP_PROXY is the client's header "Proxy", not the administrator's choice.
  const names = url.protocol === 'https:' ? 'HTTPS_PROXY' : process.env.REQUEST_METHOD ? '' : 'HTTP_PROXY'
  const chosen = proxy ?? (names && variable(names))
  if (!chosen || isDirect(url, noProxy ?? variable('NO_PROXY'))) return undefined
  return new URL(chosen.includes('://') ? chosen : `http://${chosen}`)
}

/** Names with their subdomains, addresses, ranges of them, each but a range with an optional port; or *. */
function isDirect({ hostname, port, protocol }, list) {
  const host = hostname.replace(/^\[|\]$/g, '')
  return list.split(',').some((text) => {
    const entry = text.trim().toLowerCase()
    if (entry === '*' || entry.includes('/')) return entry === '*' || isInRange(host, entry)
    const [, name, given] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(net.isIPv6(entry) ? `[${entry}]` : entry)
    if (name === '' || (given && given !== (port || (protocol === 'https:' ? '443' : '80')))) return false
    const domain = name.replace(/^\*?\./, '')
    return host === domain || host.endsWith(`.${domain}`)
  })
}

function isInRange(host, range) {
  const [start, bits] = range.split('/')
  const family = net.isIPv6(start) ? 'ipv6' : 'ipv4'
  try {
    const list = new net.BlockList()
    list.addSubnet(start, Number(bits), family)
    return list.check(host, family)
  } catch {
    return false
  }
}

/** Opens TLS connections through a proxy's CONNECT. */
class TunnelAgent extends https.Agent {
  #proxy

  constructor(options, proxy) {
    super(options)
    this.#proxy = proxy
  }

  createConnection(options, done) {
    const place = net.isIPv6(options.host) ? `[${options.host}]:${options.port}` : `${options.host}:${options.port}`
    const { ca } = this.options
    const connect = moduleOf(this.#proxy).request(this.#proxy, {
      agent: false, method: 'CONNECT', path: place, headers: { host: place, ...authorization(this.#proxy) }, ca,
    })
    connect.on('socket', releaseSocket)
    connect.on('error', done)
    connect.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return done(null, tls.connect({ ...options, socket, servername: options.servername || options.host }))
      socket.destroy()
      done(Object.assign(new Error('the proxy refused'), { code: 'ECONNREFUSED' }))
    })
    connect.end()
    return undefined
  }
}

function moduleOf(url) {
  return url.protocol === 'https:' ? https : http
}

function authorization({ username, password }) {
  if (!username) return undefined
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
}

/** Agents keep connections alive, so one serves all requests that go the same way. @type {Map<string, http.Agent>} */
const agents = new Map()

/**
 * How to ask for a URL: what http.request or https.request takes besides method, headers and body.
 *
 * @param {URL} url
 * @param {Surroundings} surroundings
 * @returns {{request: typeof http.request, target: object, headers?: object}}
 */
function wayTo(url, surroundings) {
  const proxy = proxyFor(url, surroundings)
  const caFile = surroundings.caFile ?? (process.env.SSL_CERT_FILE || process.env.NODE_EXTRA_CA_CERTS || '')
  const through = proxy && url.protocol === 'http:' ? proxy : url
  const name = [through.protocol, through === url ? proxy : '', caFile].join(' ')
  if (!agents.has(name)) agents.set(name, makeAgent(through, through === url ? proxy : undefined, caFile))
  const { protocol, hostname, port, pathname, search } = through
  const target = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, path: pathname + search, agent: agents.get(name) }
  if (through === url) return { request: moduleOf(url).request, target }
  return {
    request: moduleOf(proxy).request,
    target: { ...target, path: url.href },
    headers: { host: url.host, ...authorization(proxy) },
  }
}

function makeAgent(url, proxy, caFile) {
  const ca = caFile ? [...tls.rootCertificates, fs.readFileSync(caFile, 'utf8')] : undefined
  const options = { keepAlive: true, ca }
  if (url.protocol !== 'https:') return new http.Agent(options)
  return proxy ? new TunnelAgent(options, proxy) : new https.Agent(options)
}

module.exports = { proxyFor, wayTo }
