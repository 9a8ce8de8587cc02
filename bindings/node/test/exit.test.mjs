// The end of the process, seen from outside: each program runs in a process of its own.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { PACKAGE, newToken, runModule, SECRET_KEY, StandIn } from './standin.mjs'

/** The default exitTimeout, and ten times what a quiet machine needs on top of it. */
const DEADLINE_MS = 2000
const ALLOWANCE_MS = 5000

let standIn
before(async () => (standIn = await StandIn.start()))
after(() => standIn.stop())

/**
 * Runs a program that has `posthog` and must print nothing but what it prints itself.
 *
 * @returns {Promise<{token: string, code: number, ms: number}>} ms from the program's last line to the process's end, in
 *   the process's own time, so that neither its start nor Node's cleaning up counts
 */
async function run(program, { host = standIn.url, options = '', printed = '' } = {}) {
  const token = newToken()
  const source = `
    import { PostHog } from 'libposthog'
    let since
    process.on('exit', () => console.log(Math.round(performance.now() - since)))
    const posthog = new PostHog('${token}', { host: '${host}', ${options} })
    ${program}
    since = performance.now()`
  const { code, stdout, stderr } = await runModule(source)
  const lines = stdout.trimEnd().split('\n')
  const ms = Number(lines.pop())
  assert.deepEqual({ printed: lines.join('\n'), stderr }, { printed, stderr: '' })
  return { token, code, ms }
}

const capture = "posthog.capture({ distinctId: 'u', event: 'e' });"

test('what was captured before a normal end arrives, without shutdown', async () => {
  const { token, code, ms } = await run(`for (let i = 0; i < 250; i++) ${capture}`)
  assert.equal(code, 0)
  assert.equal((await standIn.events(token)).length, 250)
  assert.ok(ms < 10 * DEADLINE_MS, `a server that answers at once held the process for ${ms} ms`)
})

test('a shutdown that nobody awaits is finished', async () => {
  const { token } = await run(`${capture} posthog.shutdown();`)
  assert.equal((await standIn.events(token)).length, 1)
})

test('a program that captures again when it is about to end is heard again', async () => {
  const again = `let rounds = 0; process.on('beforeExit', () => { if (rounds++ < 3) setImmediate(() => { ${capture} }) })`
  const { token } = await run(`${capture} ${again}`)
  assert.equal((await standIn.events(token)).length, 4)
})

test('the exit code is the program\'s own', async () => {
  const { token, code } = await run(`${capture} process.exitCode = 3`)
  assert.equal(code, 3)
  assert.equal((await standIn.events(token)).length, 1)
})

test('a client that is idle does not hold the process', async () => {
  const { ms } = await run('', { options: `secretKey: '${SECRET_KEY}'` })
  assert.ok(ms < 10_000, `${ms} ms`)
})

test('a program can wait for a flag at its top level', async () => {
  const program = `console.log(await posthog.getFeatureFlag('button-color', 'u'))`
  const { code } = await run(program, { options: `secretKey: '${SECRET_KEY}'`, printed: 'green' })
  assert.equal(code, 0)
})

test('a server that never answers holds the process for no longer than exitTimeout', async () => {
  for (const [options, deadline] of [['', DEADLINE_MS], ['exitTimeout: 300', 300]]) {
    const silent = await listen(() => {})
    const { ms } = await run(`for (let i = 0; i < 1000; i++) ${capture}`, { host: silent.url, options })
    silent.close()
    assert.ok(ms >= deadline - ALLOWANCE_MS, `it gave up after ${ms} ms`)
    assert.ok(ms <= deadline + ALLOWANCE_MS, `it took ${ms} ms`)
  }
})

test('requests that are under way when the program ends are no reason to wait longer', async () => {
  const silent = await listen(() => {})
  const options = `flushAt: 1, secretKey: '${SECRET_KEY}'`
  const program = `${capture} await new Promise((resolve) => setTimeout(resolve, 300))`
  const { ms } = await run(program, { host: silent.url, options })
  silent.close()
  assert.ok(ms <= DEADLINE_MS + ALLOWANCE_MS, `it took ${ms} ms`)
})

test('a network that swallows connections holds the process no longer either', { skip: process.platform !== 'linux' }, async () => {
  const hole = await blackHole()
  assert.ok(hole.swallowed, 'every connection was accepted')
  const options = `flushAt: 1, secretKey: '${SECRET_KEY}'`
  const { ms } = await run(`for (let i = 0; i < 1000; i++) ${capture}`, { host: hole.url, options })
  hole.close()
  assert.ok(ms <= DEADLINE_MS + ALLOWANCE_MS, `it took ${ms} ms`)
})

test('a host that refuses connections does not delay a client with nothing to send', async () => {
  const gone = await listen(() => {})
  gone.close()
  const { ms } = await run('', { host: gone.url, options: `secretKey: '${SECRET_KEY}'` })
  assert.ok(ms < 10_000, `${ms} ms`)
})

test('signals keep their default', { skip: process.platform === 'win32' }, async () => {
  const source = `
    import { PostHog } from 'libposthog'
    const posthog = new PostHog('phc_key', { host: '${standIn.url}' })
    ${capture}
    console.log(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT'))
    process.kill(process.pid, 'SIGTERM')
    setInterval(() => {}, 1000)`
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: PACKAGE, timeout: 20_000, encoding: 'utf8',
  })
  assert.equal(child.signal, 'SIGTERM')
  assert.equal(child.stdout, '0\n')
})

test('a worker thread has an engine of its own, and its events arrive when it ends', async () => {
  const token = newToken()
  const worker = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { PostHog } = require('libposthog')
    const posthog = new PostHog('${token}', { host: '${standIn.url}', secretKey: '${SECRET_KEY}' })
    posthog.getFeatureFlag('button-color', 'u', { sendFeatureFlagEvents: false }).then((value) => {
      posthog.capture({ distinctId: 'u', event: 'from worker ' + workerData })
      parentPort.postMessage(value)
    })`
  const source = `
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    const workers = [1, 2, 3].map((workerData) => new Worker(${JSON.stringify(worker)}, { eval: true, execArgv: [], workerData }))
    await Promise.all(workers.map(async (worker) => {
      const [[value], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
      console.log(value, code)
    }))`
  const { code, stdout, stderr } = await runModule(source)
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'green 0\n'.repeat(3), stderr: '' })
  const events = (await standIn.events(token)).map(({ event }) => event)
  assert.deepEqual(events.sort(), ['from worker 1', 'from worker 2', 'from worker 3'])
})

test('processes of a cluster each have a client, and every event arrives once', async () => {
  const token = newToken()
  const source = `
    import cluster from 'node:cluster'
    import { PostHog } from 'libposthog'
    if (cluster.isPrimary) {
      cluster.setupPrimary({ exec: process.env.PROGRAM, execArgv: [] })
      for (let i = 0; i < 3; i++) cluster.fork()
      cluster.on('exit', (_, code) => console.log(code))
    }`
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'libposthog-'))
  const program = path.join(folder, 'worker.cjs')
  fs.writeFileSync(program, `
    const { PostHog } = require(${JSON.stringify(PACKAGE)})
    const posthog = new PostHog('${token}', { host: '${standIn.url}' })
    for (let i = 0; i < 50; i++) posthog.capture({ distinctId: 'u', event: process.pid + ' ' + i })
    require('node:cluster').worker.disconnect()`)
  const { stdout, stderr } = await runModule(source, { env: { PROGRAM: program } })
  fs.rmSync(folder, { recursive: true })
  assert.deepEqual({ stdout, stderr }, { stdout: '0\n0\n0\n', stderr: '' })
  const events = (await standIn.events(token)).map(({ event }) => event)
  assert.deepEqual([events.length, new Set(events).size], [150, 150])
})

test('nothing is printed while the host is down', async () => {
  const gone = await listen(() => {})
  gone.close()
  const program = `
    for (let i = 0; i < 50; i++) ${capture}
    await posthog.getAllFlags('u')
    await posthog.flush(1000)
    await posthog.shutdown(100)`
  await run(program, { host: gone.url, options: `secretKey: '${SECRET_KEY}'` })
})

async function listen(onConnection) {
  const sockets = new Set()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { url: `http://127.0.0.1:${server.address().port}`, close }
}

/** A port whose connections are neither accepted nor refused: its queue is full and its process asleep. */
async function blackHole() {
  const program = `
    const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
      require('node:fs').writeSync(1, String(server.address().port))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = await once(child.stdout, 'data')
  const sockets = []
  let swallowed = false
  while (!swallowed && sockets.length < 16) {
    const socket = net.connect(Number(port), '127.0.0.1')
    sockets.push(socket)
    swallowed = await Promise.race([once(socket, 'connect').then(() => false), delay(300, true)])
  }
  const close = () => {
    for (const socket of sockets) socket.destroy()
    child.kill('SIGKILL')
  }
  return { url: `http://127.0.0.1:${port}`, swallowed, close }
}
