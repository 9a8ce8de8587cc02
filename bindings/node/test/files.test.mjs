import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { CHECKOUT, PACKAGE, runModule } from './standin.mjs'
import files from '../src/files.js'

const BUILD = path.join(CHECKOUT, 'build')

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'libposthog-'))
after(() => fs.rmSync(folder, { recursive: true }))
const missing = path.join(folder, 'missing')
const text = path.join(folder, 'text')
fs.writeFileSync(text, 'neither wasm nor a library')

test('the packaged file comes before that of a checkout, and the system comes last', () => {
  assert.deepEqual(files.wasmFiles({}), [path.join(PACKAGE, 'posthog.wasm'), path.join(BUILD, 'posthog.wasm')])
  assert.deepEqual(files.libraryFiles({}), [
    path.join(PACKAGE, 'libposthog.so'), path.join(BUILD, 'libposthog.so'), 'libposthog.so.1',
  ])
})

test('a path in the environment is the only one', () => {
  assert.deepEqual(files.wasmFiles({ LIBPOSTHOG_WASM_PATH: '/some/where.wasm' }), ['/some/where.wasm'])
  assert.deepEqual(files.libraryFiles({ LIBPOSTHOG_PATH: '/some/where.so' }), ['/some/where.so'])
})

/** What a program prints that opens a client and tells which engine it has, or why it has none. */
async function open(option, env) {
  const source = `
    import { PostHog } from 'libposthog'
    console.log('imported')
    try {
      const posthog = new PostHog('phc_key', { mode: 'memory', ${option} })
      console.log(posthog.engine)
      await posthog.shutdown()
    } catch (error) {
      console.log(error.name, error.code, error.message)
    }`
  const none = { LIBPOSTHOG_ENGINE: '', LIBPOSTHOG_PATH: '', LIBPOSTHOG_WASM_PATH: '' }
  const { stdout, stderr } = await runModule(source, { env: { ...none, ...env } })
  assert.equal(stderr, '')
  assert.match(stdout, /^imported\n/)
  return stdout.slice('imported\n'.length).trimEnd()
}

test('the engine is native where its files are, and what the option or the environment says', async () => {
  assert.equal(await open(''), 'native')
  assert.equal(await open("engine: 'wasm'"), 'wasm')
  assert.equal(await open('', { LIBPOSTHOG_ENGINE: 'wasm' }), 'wasm')
  assert.equal(await open("engine: 'native'", { LIBPOSTHOG_ENGINE: 'wasm' }), 'native')
  assert.match(await open("engine: 'jvm'"), /^PostHogError INVALID_ARGUMENT engine must be/)
  assert.match(await open('', { LIBPOSTHOG_ENGINE: 'jvm' }), /^PostHogError INVALID_ARGUMENT engine must be/)
})

test('an installed package without the addon has the wasm engine, and says so when it is asked for the other', async () => {
  const copy = path.join(folder, 'package')
  fs.cpSync(PACKAGE, copy, { recursive: true, filter: (name) => !/node_modules|\.node$|\/test$/.test(name) })
  const env = { LIBPOSTHOG_ENGINE: '', LIBPOSTHOG_PATH: '', LIBPOSTHOG_WASM_PATH: path.join(BUILD, 'posthog.wasm') }
  const run = (option) => `
    const { PostHog } = require(${JSON.stringify(copy)})
    try { console.log(new PostHog('phc_key', { mode: 'memory', ${option} }).engine) } catch (error) { console.log(error.message) }`
  const printed = async (option) => (await runModule(`import { createRequire } from 'node:module'
    const require = createRequire(import.meta.url); ${run(option)}`, { env })).stdout
  assert.equal(await printed(''), 'wasm\n')
  assert.match(await printed("engine: 'native'"), /native engine could not be loaded[^]*posthog\.node: no such file/)
})

test('a failure lists what was tried, why it failed, and what to do', async () => {
  for (const [option, env, problem] of [
    ["engine: 'wasm'", { LIBPOSTHOG_WASM_PATH: missing }, /missing: no such file\n.*make node/],
    ["engine: 'wasm'", { LIBPOSTHOG_WASM_PATH: text }, /text: .*\n.*LIBPOSTHOG_WASM_PATH/],
    ["engine: 'native'", { LIBPOSTHOG_PATH: missing }, /missing: no such file\n.*make node/],
    ["engine: 'native'", { LIBPOSTHOG_PATH: text }, /text: .*(invalid ELF|file too short).*\n.*LIBPOSTHOG_PATH/],
    ['', { LIBPOSTHOG_PATH: missing }, /missing: no such file\n/],
  ]) {
    const told = await open(option, env)
    assert.match(told, /^PostHogError LIBRARY_NOT_FOUND the .*could not be loaded/)
    assert.match(told, problem)
  }
})

test('a library of another interface is refused', async () => {
  const other = path.join(folder, 'other.c')
  fs.writeFileSync(other, 'unsigned posthog_abi_version(void) { return 99; }')
  const library = path.join(folder, 'other.so')
  const { execFileSync } = await import('node:child_process')
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, other])
  const told = await open("engine: 'native'", { LIBPOSTHOG_PATH: library })
  assert.match(told, /^PostHogError ABI_MISMATCH .*other\.so has ABI version 99, this package needs 1$/)
})
