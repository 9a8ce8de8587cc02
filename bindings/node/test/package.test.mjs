import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import libposthog from '../index.js'
import * as esm from '../index.mjs'
import { CHECKOUT, newToken, PACKAGE, StandIn } from './standin.mjs'

/** Lines of JavaScript without comments and types that the binding may have. */
const LINE_BUDGET = 2000

const read = (...names) => fs.readFileSync(path.join(...names), 'utf8')
const manifest = JSON.parse(read(PACKAGE, 'package.json'))

test('the package has the version of the project', () => {
  assert.equal(manifest.version, read(CHECKOUT, 'VERSION').trim())
  assert.equal(JSON.parse(read(PACKAGE, 'package-lock.json')).version, manifest.version)
})

test('the package needs no other at run time', () => {
  assert.deepEqual(Object.keys(manifest.dependencies ?? {}), [])
})

test('the lock file names no registry but the public one', () => {
  const hosts = [...read(PACKAGE, 'package-lock.json').matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map(([, host]) => host)
  assert.deepEqual(hosts.filter((host) => host !== 'registry.npmjs.org'), [])
})

test('both entries give the same classes', () => {
  const { default: _, ...names } = esm
  assert.deepEqual({ ...names }, { ...libposthog })
})

test('the binding stays thin', (t) => {
  const files = fs.readdirSync(path.join(PACKAGE, 'src')).map((name) => path.join('src', name))
  const isCode = (line) => !/^\s*(\/\/|\/?\*|$)/.test(line)
  const counts = [...files, 'index.js', 'index.mjs'].map((file) => read(PACKAGE, file).split('\n').filter(isCode).length)
  const lines = counts.reduce((sum, count) => sum + count, 0)
  t.diagnostic(`bindings/node: ${lines} lines of ${LINE_BUDGET}`)
  assert.ok(lines <= LINE_BUDGET, `${lines} lines`)
})

test('the binding contains no product logic', () => {
  // Words of what the library decides: how a flag hashes and rolls out, what is retried and when.
  const LOGIC = /sha-?1|createHash|rollout|bucketing|backoff|retry.?after|\b(408|429|50[234])\b|cohort|semver|attempt \*|\*\* ?attempt/i
  for (const name of fs.readdirSync(path.join(PACKAGE, 'src'))) {
    const code = read(PACKAGE, 'src', name).replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
    assert.doesNotMatch(code, LOGIC, name)
  }
})

let standIn
before(async () => (standIn = await StandIn.start()))
after(() => standIn.stop())

test('the packed package, installed without a network, sends an event', { timeout: 120_000 }, async (t) => {
  assert.ok(fs.existsSync(path.join(PACKAGE, 'posthog.wasm')), 'posthog.wasm is missing: run "make bindings/node/posthog.wasm"')
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'libposthog-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const npm = (args, cwd) => execFileSync('npm', [...args, '--loglevel=error'], { cwd, encoding: 'utf8' })
  const [{ filename, files }] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], PACKAGE))
  const unwanted = files.map(({ path }) => path).filter((file) => /test|node_modules|rules|lock/.test(file))
  assert.deepEqual(unwanted, [])

  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}')
  npm(['install', '--offline', '--no-audit', '--no-fund', path.join(folder, filename)], folder)
  const token = newToken()
  const program = `
    const { PostHog } = require('libposthog')
    new PostHog('${token}', { host: '${standIn.url}' }).capture({ distinctId: 'u', event: 'installed' })`
  const env = { ...process.env, LIBPOSTHOG_WASM_PATH: '', LIBPOSTHOG_ENGINE: '' }
  assert.equal(execFileSync(process.execPath, ['--eval', program], { cwd: folder, env, encoding: 'utf8' }), '')
  assert.deepEqual((await standIn.events(token)).map(({ event }) => event), ['installed'])
})

test('the package with both engines, installed without a network or a compiler, runs the native one', { timeout: 120_000 }, (t) => {
  const archive = path.join(CHECKOUT, 'build', `libposthog-${manifest.version}.tgz`)
  assert.ok(fs.existsSync(archive), `${archive} is missing: run "make package-node"`)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'libposthog-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}')
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', archive], { cwd: folder })
  const program = `
    const { PostHog } = require('libposthog')
    const posthog = new PostHog('phc_key', { mode: 'memory' })
    posthog.capture({ distinctId: 'u', event: 'e' })
    console.log(posthog.engine, posthog.captured().length)`
  const env = { ...process.env, LIBPOSTHOG_WASM_PATH: '', LIBPOSTHOG_PATH: '', LIBPOSTHOG_ENGINE: '' }
  const run = (more) => execFileSync(process.execPath, ['--eval', program], { cwd: folder, env: { ...env, ...more }, encoding: 'utf8' })
  assert.equal(run(), 'native 1\n')
  // Without the addon the other engine takes its place.
  fs.rmSync(path.join(folder, 'node_modules', 'libposthog', 'posthog.node'))
  assert.equal(run(), 'wasm 1\n')
})
