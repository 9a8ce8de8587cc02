// Proxies and certificate authorities, by options and by an environment that is set while the program runs.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import libposthog from '../index.js'
import proxies from '../src/proxy.js'
import transport from '../src/transport.js'

const { PostHog } = libposthog
const { proxyFor } = proxies
const { nodeTransport } = transport

const file = (name) => fileURLToPath(new URL(`tls/${name}`, import.meta.url))
const CA = file('ca.pem')

const { signal } = new AbortController()

for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'REQUEST_METHOD']) {
  delete process.env[name]
  delete process.env[name.toLowerCase()]
}

/** Sets variables of the environment for one test. */
function environment(t, variables) {
  Object.assign(process.env, variables)
  t.after(() => Object.keys(variables).forEach((name) => delete process.env[name]))
}

async function listen(server) {
  const sockets = new Set()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return server.address().port
}

/** A server that answers with what it was asked for. */
const answer = (incoming, outgoing) => outgoing.end(`${incoming.headers.host} ${incoming.url}`)

const plain = () => listen(http.createServer(answer))
const secure = () => listen(https.createServer({ key: fs.readFileSync(file('server.key')), cert: fs.readFileSync(file('server.pem')) }, answer))

/** A proxy for both kinds of URL; `seen` tells what it was asked for. */
async function startProxy({ refuse = false } = {}) {
  const seen = []
  const server = http.createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`.trim())
    const onward = http.request(incoming.url, { method: incoming.method, headers: incoming.headers }, (answered) => {
      outgoing.writeHead(answered.statusCode, answered.headers)
      answered.pipe(outgoing)
    })
    incoming.pipe(onward)
  })
  server.on('connect', (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`.trim())
    if (refuse) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const onward = net.connect(incoming.url.split(':')[1], '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  return { port: await listen(server), seen }
}

const get = (url, surroundings = {}) => nodeTransport(surroundings)({ method: 'GET', url, headers: {}, body: undefined }, signal)

test('an http URL is asked of the proxy, with its host and a password', async () => {
  const [port, proxy] = [await plain(), await startProxy()]
  const { body } = await get(`http://localhost:${port}/a?b`, { proxy: `http://us%65r:p%40ss@127.0.0.1:${proxy.port}` })
  assert.equal(body, `localhost:${port} /a?b`)
  const basic = Buffer.from('user:p@ss').toString('base64')
  assert.deepEqual(proxy.seen, [`GET http://localhost:${port}/a?b Basic ${basic}`])
})

test('an https URL goes through a tunnel that is kept, to a server of a private authority', async () => {
  const [port, proxy] = [await secure(), await startProxy()]
  const surroundings = { proxy: `127.0.0.1:${proxy.port}`, caFile: CA }
  for (let i = 0; i < 3; i++) {
    assert.equal((await get(`https://localhost:${port}/ingest/`, surroundings)).body, `localhost:${port} /ingest/`)
  }
  assert.deepEqual(proxy.seen, [`CONNECT localhost:${port}`])
})

test('without the authority the server is not believed, proxy or not', async () => {
  const [port, proxy] = [await secure(), await startProxy()]
  await assert.rejects(get(`https://localhost:${port}/`), { kind: 'tls' })
  await assert.rejects(get(`https://localhost:${port}/`, { proxy: `127.0.0.1:${proxy.port}` }), { kind: 'tls' })
  assert.equal((await get(`https://localhost:${port}/`, { caFile: CA })).status, 200)
})

test('what is in the way is told by kind', async () => {
  const refusing = await startProxy({ refuse: true })
  const gone = await new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
  for (const proxy of [`http://127.0.0.1:${refusing.port}`, `http://127.0.0.1:${gone}`]) {
    await assert.rejects(get('https://localhost:1/', { proxy }), { kind: 'connect' })
  }
  await assert.rejects(get('https://localhost:1/', { caFile: '/no/such/file' }), { name: 'Error' })
})

test('the environment counts as it is at each request, and the options come before it', async (t) => {
  const [port, first, second] = [await secure(), await startProxy(), await startProxy()]
  const url = `https://localhost:${port}/`
  const perform = nodeTransport({})
  const ask = () => perform({ method: 'GET', url, headers: {}, body: undefined }, signal)
  await assert.rejects(ask())
  environment(t, { SSL_CERT_FILE: CA })
  assert.equal((await ask()).status, 200)
  environment(t, { HTTPS_PROXY: `http://127.0.0.1:${first.port}` })
  assert.equal((await ask()).status, 200)
  assert.equal(first.seen.length, 1)
  assert.equal((await get(url, { proxy: `http://127.0.0.1:${second.port}` })).status, 200)
  assert.equal((await get(url, { proxy: '' })).status, 200)
  environment(t, { NO_PROXY: 'localhost' })
  assert.equal((await ask()).status, 200)
  assert.deepEqual([first.seen.length, second.seen.length], [1, 1])
})

test('a client sends events below its path, flags and definitions through a proxy that was set late', async (t) => {
  const paths = []
  const server = https.createServer({ key: fs.readFileSync(file('server.key')), cert: fs.readFileSync(file('server.pem')) },
    (incoming, outgoing) => {
      paths.push(incoming.url.split('?')[0])
      incoming.resume()
      outgoing.end('{"status":1,"flags":[]}')
    })
  const [port, proxy] = [await listen(server), await startProxy()]
  environment(t, { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, SSL_CERT_FILE: CA })
  const posthog = new PostHog('phc_key', { host: `https://localhost:${port}/ingest/`, secretKey: 'phs_key' })
  await posthog.reloadFeatureFlags()
  await posthog.getFeatureFlag('unknown', 'u')
  posthog.capture({ distinctId: 'u', event: 'e' })
  await posthog.shutdown()
  assert.deepEqual([...new Set(paths)].sort(), ['/ingest/batch/', '/ingest/flags/', '/ingest/flags/definitions'])
  assert.ok(proxy.seen.length > 0)
})

test('what goes direct', () => {
  const proxy = 'http://proxy:3128'
  for (const [noProxy, url, direct] of [
    ['', 'http://example.com/', false],
    ['*', 'http://example.com/', true],
    ['example.com', 'http://example.com/', true],
    ['example.com', 'https://eu.example.com/', true],
    ['.example.com, *.other.org', 'https://eu.example.com/', true],
    ['.example.com, *.other.org', 'https://a.other.org/', true],
    ['EXAMPLE.com', 'https://example.com/', true],
    ['ample.com', 'http://example.com/', false],
    ['example.com:8080', 'http://example.com/', false],
    ['example.com:8080', 'http://example.com:8080/', true],
    ['example.com:443', 'https://example.com/', true],
    ['10.0.0.0/8', 'http://10.1.2.3/', true],
    ['10.0.0.0/8', 'http://11.1.2.3/', false],
    ['fd00::/8, nonsense/x', 'http://[fd12::1]/', true],
    ['fd00::/8', 'http://10.0.0.1/', false],
    ['::1', 'http://[::1]:8080/', true],
    ['[::1]:8080', 'http://[::1]:8080/', true],
    ['127.0.0.1', 'http://127.0.0.1:9/', true],
  ]) {
    assert.equal(proxyFor(new URL(url), { proxy, noProxy }) === undefined, direct, `${noProxy} ${url}`)
  }
})

test('which variable counts', (t) => {
  const chosen = (url) => proxyFor(new URL(url), {})?.host
  environment(t, { HTTP_PROXY: 'one:1', https_proxy: 'two:2', HTTPS_PROXY: 'three:3' })
  assert.equal(chosen('http://example.com/'), 'one:1')
  assert.equal(chosen('https://example.com/'), 'two:2')
  environment(t, { REQUEST_METHOD: 'GET' })
  assert.equal(chosen('http://example.com/'), undefined)
  assert.equal(chosen('https://example.com/'), 'two:2')
})
