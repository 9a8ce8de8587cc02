'use strict'

const net = require('node:net')
const { attempt } = require('./attempt.js')
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
  const list = new net.BlockList()
  return attempt(() => list.addSubnet(start, Number(bits), family) ?? list.check(host, family), false)
}

/** TLS connections through a proxy's CONNECT: what an Agent's createConnection does. */
function tunnelThrough(proxy, ca) {
  return (options, done) => {
    const place = net.isIPv6(options.host) ? `[${options.host}]:${options.port}` : `${options.host}:${options.port}`
    const connect = moduleOf(proxy).request(proxy, {
      agent: false, method: 'CONNECT', path: place, headers: { host: place, ...authorization(proxy) }, ca,
    })
    connect.on('socket', releaseSocket)
    connect.on('error', done)
    connect.on('connect', ({ statusCode }, socket) => {
      const servername = options.servername || options.host
      if (statusCode === 200) return done(null, require('node:tls').connect({ ...options, socket, servername }))
      socket.destroy()
      done(Object.assign(new Error('the proxy refused'), { code: 'ECONNREFUSED' }))
    })
    connect.end()
  }
}

/** Loaded by the first request that needs it: TLS takes as long to load as everything else of this package. */
function moduleOf(url) {
  return url.protocol === 'https:' ? require('node:https') : require('node:http')
}

function authorization({ username, password }) {
  if (!username) return undefined
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
}

/** Agents keep connections alive, so one serves all requests that go the same way. @type {Map<string, import('node:http').Agent>} */
const agents = new Map()

/**
 * How to ask for a URL: what http.request or https.request takes besides method, headers and body.
 *
 * @param {URL} url
 * @param {Surroundings} surroundings
 * @returns {{request: typeof import('node:http').request, target: object, headers?: object}}
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
  const isTls = url.protocol === 'https:'
  const ca = isTls && caFile ? [...require('node:tls').rootCertificates, require('node:fs').readFileSync(caFile, 'utf8')] : undefined
  const agent = new (moduleOf(url).Agent)({ keepAlive: true, ca })
  return proxy && isTls ? Object.assign(agent, { createConnection: tunnelThrough(proxy, ca) }) : agent
}

module.exports = { proxyFor, wayTo }
