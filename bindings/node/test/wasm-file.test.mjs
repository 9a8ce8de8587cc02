import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { CHECKOUT, PACKAGE, runModule } from './standin.mjs'
import wasmFile from '../src/wasm-file.js'

const { candidates, compileModule } = wasmFile

test('the packaged file comes before that of a checkout', () => {
  assert.deepEqual(candidates({}), [path.join(PACKAGE, 'posthog.wasm'), path.join(CHECKOUT, 'build', 'posthog.wasm')])
})

test('a path in the environment is the only one', () => {
  assert.deepEqual(candidates({ LIBPOSTHOG_WASM_PATH: '/some/where.wasm' }), ['/some/where.wasm'])
})

test('a failure lists what was tried, why it failed, and what to do', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'libposthog-'))
  const text = path.join(folder, 'text.wasm')
  fs.writeFileSync(text, 'not wasm')
  const missing = path.join(folder, 'missing.wasm')
  const failure = (problem) => ({ name: 'PostHogError', code: 'LIBRARY_NOT_FOUND', message: problem })
  assert.throws(() => compileModule({ LIBPOSTHOG_WASM_PATH: missing }), failure(/missing\.wasm: no such file[^]*make wasm/))
  assert.throws(() => compileModule({ LIBPOSTHOG_WASM_PATH: text }), failure(/text\.wasm: .*[^]*LIBPOSTHOG_WASM_PATH/))
  fs.rmSync(folder, { recursive: true })
})

test('importing the package loads nothing; the first client does', async () => {
  const source = `
    import { PostHog } from 'libposthog'
    console.log('imported')
    try { new PostHog('phc_key') } catch (error) { console.log(error.code) }`
  const { stdout, stderr } = await runModule(source, { env: { LIBPOSTHOG_WASM_PATH: '/no/such/file.wasm' } })
  assert.equal(stdout, 'imported\nLIBRARY_NOT_FOUND\n')
  assert.equal(stderr, '')
})
