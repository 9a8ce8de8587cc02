import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import vm from 'node:vm'
import wasi from '../src/wasi.js'
import files from '../src/files.js'

const BAD_FD = 8

function shim(fillRandom = () => {}) {
  const memory = new WebAssembly.Memory({ initial: 2 })
  return { memory, view: new DataView(memory.buffer), calls: wasi.createWasi(() => memory, fillRandom) }
}

test('the shim has exactly what the module imports', () => {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(fs.readFileSync(files.wasmFiles().find(fs.existsSync))))
  assert.deepEqual([...new Set(imports.map(({ module }) => module))], ['wasi_snapshot_preview1'])
  assert.deepEqual([...new Set(imports.map(({ name }) => name))].sort(), Object.keys(shim().calls).sort())
})

test('the shim needs nothing of Node', () => {
  const source = fs.readFileSync(new URL('../src/wasi.js', import.meta.url), 'utf8')
  const browser = { module: {}, DataView, BigInt, Uint8Array, Date, performance }
  vm.runInNewContext(source, browser)
  assert.equal(typeof browser.module.exports.createWasi, 'function')
})

test('clock_time_get gives wall time and a monotonic clock in nanoseconds', () => {
  const { view, calls } = shim()
  assert.equal(calls.clock_time_get(0, 0n, 8), 0)
  const wallMs = Number(view.getBigUint64(8, true) / 1_000_000n)
  assert.ok(Math.abs(wallMs - Date.now()) < 10_000, `${wallMs} is not now`)
  calls.clock_time_get(1, 0n, 8)
  const first = view.getBigUint64(8, true)
  calls.clock_time_get(1, 0n, 8)
  assert.ok(view.getBigUint64(8, true) >= first)
})

test('random_get asks for no more bytes at once than crypto gives', () => {
  const sizes = []
  const { calls } = shim((bytes) => sizes.push(bytes.length))
  assert.equal(calls.random_get(16, 70_000), 0)
  assert.deepEqual(sizes, [65536, 4464])
})

test('fd_write takes all that is written to stdout and stderr and shows none of it', () => {
  const { view, calls } = shim()
  view.setUint32(0, 1000, true)
  view.setUint32(4, 7, true)
  view.setUint32(8, 2000, true)
  view.setUint32(12, 5, true)
  for (const fd of [1, 2]) {
    assert.equal(calls.fd_write(fd, 0, 2, 64), 0)
    assert.equal(view.getUint32(64, true), 12)
  }
  assert.equal(calls.fd_write(3, 0, 2, 64), BAD_FD)
})

test('poll_oneoff ends every wait at once and tells whose it was', () => {
  const { view, calls } = shim()
  view.setBigUint64(0, 42n, true) // a clock subscription
  view.setBigUint64(48, 43n, true) // another
  for (let at = 1024; at < 1024 + 64; at++) view.setUint8(at, 255)
  assert.equal(calls.poll_oneoff(0, 1024, 2, 512), 0)
  assert.equal(view.getUint32(512, true), 2)
  assert.equal(view.getBigUint64(1024, true), 42n)
  assert.equal(view.getUint16(1024 + 8, true), 0)
  assert.equal(view.getBigUint64(1024 + 32, true), 43n)
  assert.equal(view.getUint16(1024 + 32 + 8, true), 0)
})

test('the module sees no argument, no variable and no file', () => {
  const { view, calls } = shim()
  for (const name of ['args_sizes_get', 'environ_sizes_get']) {
    view.setUint32(0, 9, true)
    view.setUint32(4, 9, true)
    assert.equal(calls[name](0, 4), 0)
    assert.deepEqual([view.getUint32(0, true), view.getUint32(4, true)], [0, 0])
  }
  for (const name of ['fd_prestat_get', 'fd_read', 'fd_fdstat_get']) assert.equal(calls[name](3, 0, 0, 0), BAD_FD)
})

test('proc_exit does not return', () => {
  assert.throws(() => shim().calls.proc_exit(2), /exited with code 2/)
})
