// How long posthog.wasm takes from its bytes to a client, in V8: node wasm/start/v8.mjs build/posthog.wasm

import { webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { createWasi } = createRequire(import.meta.url)('../../bindings/node/src/wasi.js')

function report(title, work) {
  const begin = performance.now()
  const result = work()
  console.log(`V8: ${title} ${(performance.now() - begin).toFixed(1)} ms`)
  return result
}

const bytes = readFileSync(process.argv[2])
const module = report('compile', () => new WebAssembly.Module(bytes))
const wasi = createWasi(() => exports.memory, (buffer) => webcrypto.getRandomValues(buffer))
const exports = report('instantiate', () => {
  const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi })
  return exports
})
report('initialize', () => exports._initialize())
report('open a client', () => {
  const entropy = Buffer.from(webcrypto.getRandomValues(new Uint8Array(32))).toString('hex')
  const options = new TextEncoder().encode(JSON.stringify({ api_key: 'phc_start', entropy }))
  const block = exports.posthog_alloc(options.length)
  new Uint8Array(exports.memory.buffer).set(options, block)
  exports.posthog_open(0, block, options.length, BigInt(Date.now()))
})
console.log(`V8: memory ${(exports.memory.buffer.byteLength / 1e6).toFixed(1)} MB`)
