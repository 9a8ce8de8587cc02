import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import transport from '../src/transport.js'

const { nodeTransport, fetchTransport, TransportError } = transport

const { signal } = new AbortController()

/** The URL of a server of its own for one test. */
async function serve(server) {
  const sockets = new Set()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${server.address().port}`
}

/** Answers with what it was sent. */
function echo(incoming, outgoing) {
  const chunks = []
  incoming.on('data', (chunk) => chunks.push(chunk))
  incoming.on('end', () => {
    const body = Buffer.concat(chunks).toString()
    outgoing.setHeader('X-Method', incoming.method)
    outgoing.end(JSON.stringify({ url: incoming.url, headers: incoming.headers, body }))
  })
}

const transports = { 'node:http': nodeTransport({}), fetch: fetchTransport(fetch) }

for (const [name, perform] of Object.entries(transports)) {
  test(`${name} sends method, path, headers and body, and gives status, headers and body`, async () => {
    const url = await serve(http.createServer(echo))
    const body = new TextEncoder().encode('{"é":1}')
    const request = { method: 'POST', url: `${url}/a/?b=c`, headers: { 'x-name': 'value' }, body }
    const response = await perform(request, signal)
    assert.equal(response.status, 200)
    assert.equal(response.headers['x-method'], 'POST')
    const echoed = JSON.parse(response.body)
    assert.equal(echoed.url, '/a/?b=c')
    assert.equal(echoed.headers['x-name'], 'value')
    assert.equal(echoed.headers['content-length'], '8')
    assert.equal(echoed.body, '{"é":1}')
  })

  test(`${name} sends a request without a body`, async () => {
    const url = await serve(http.createServer(echo))
    const response = await perform({ method: 'GET', url, headers: {}, body: undefined }, signal)
    assert.equal(JSON.parse(response.body).body, '')
  })

  test(`${name} reads a gzipped response`, async () => {
    const url = await serve(
      http.createServer((_, outgoing) => outgoing.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('plain'))),
    )
    assert.equal((await perform({ method: 'GET', url, headers: {} }, signal)).body, 'plain')
  })

  test(`${name} gives a redirect and an error status as they are`, async () => {
    for (const status of [302, 503]) {
      const url = await serve(
        http.createServer((_, outgoing) => outgoing.writeHead(status, { location: '/elsewhere', 'retry-after': '3' }).end()),
      )
      const response = await perform({ method: 'GET', url, headers: {} }, signal)
      assert.equal(response.status, status)
      assert.equal(response.headers['retry-after'], '3')
    }
  })

  test(`${name} ends with its signal`, async () => {
    const url = await serve(http.createServer(() => {}))
    const controller = new AbortController()
    const pending = perform({ method: 'GET', url, headers: {} }, controller.signal)
    setImmediate(() => controller.abort('timeout'))
    await assert.rejects(pending)
  })

  test(`${name} tells a refused connection`, async () => {
    const server = net.createServer()
    const url = await serve(server)
    await new Promise((resolve) => server.close(resolve))
    assert.equal(await kindOf(perform({ method: 'GET', url, headers: {} }, signal)), 'connect')
  })

  test(`${name} tells a connection that was reset`, async () => {
    const url = await serve(net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy())))
    assert.equal(await kindOf(perform({ method: 'GET', url, headers: {} }, signal)), 'reset')
  })

  test(`${name} tells a name that does not exist`, async () => {
    const request = { method: 'GET', url: 'http://posthog.invalid/', headers: {} }
    assert.equal(await kindOf(perform(request, signal)), 'dns')
  })

  test(`${name} tells a server that speaks no TLS`, async () => {
    const url = await serve(net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    assert.equal(await kindOf(perform({ method: 'GET', url: url.replace('http', 'https'), headers: {} }, signal)), 'tls')
  })
}

async function kindOf(promise) {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (cause) => cause,
  )
  return error.kind
}

const KINDS = [
  ['timeout', ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT']],
  ['dns', ['ENOTFOUND', 'EAI_AGAIN']],
  ['connect', ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']],
  ['tls', ['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID', 'EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER']],
  ['reset', ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']],
  ['other', ['ERR_INVALID_URL', undefined]],
]

for (const [kind, codes] of KINDS) {
  for (const code of codes) {
    test(`${code} is ${kind}, also below what fetch or several addresses wrap around it`, () => {
      const error = Object.assign(new Error('it failed at https://secret.example'), { code })
      for (const thrown of [error, new TypeError('fetch failed', { cause: error }), new AggregateError([error])]) {
        assert.equal(new TransportError(thrown).kind, kind)
        assert.doesNotMatch(new TransportError(thrown).message, /secret/)
      }
    })
  }
}

test('whatever is thrown has a kind', () => {
  for (const thrown of [undefined, null, 'text', 5, {}]) assert.equal(new TransportError(thrown).kind, 'other')
})

test('a function like fetch need not know headers', async () => {
  const perform = fetchTransport(async () => ({ status: 204, text: async () => '' }))
  assert.deepEqual(await perform({ method: 'GET', url: 'http://x/', headers: {} }, signal), { status: 204, headers: {}, body: '' })
})
