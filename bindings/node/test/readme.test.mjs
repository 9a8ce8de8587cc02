import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import libposthog from '../index.js'
import { CHECKOUT, newToken, PACKAGE, runModule, SECRET_KEY, StandIn } from './standin.mjs'

const readme = fs.readFileSync(path.join(PACKAGE, 'README.md'), 'utf8')

const blocks = (language) => [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, code]) => code)

let standIn
before(async () => (standIn = await StandIn.start()))
after(() => standIn.stop())

/** What an example says it prints: the comments behind console.log, and those right below its last line. */
function announced(code) {
  const behind = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text)
  const below = /console\.log\([^/]*\)\n((?:\/\/ .*\n)+)$/.exec(code)?.[1] ?? ''
  return [...behind, ...[...below.matchAll(/^\/\/ (.*)$/gm)].map(([, text]) => text)]
}

blocks('js').forEach((code, i) => {
  test(`JavaScript example ${i + 1} runs and prints what it says`, async () => {
    const token = newToken()
    const program = code
      .replaceAll('https://us.i.posthog.com', standIn.url)
      .replaceAll('phs_your_secret_key', SECRET_KEY)
      .replaceAll('phc_your_project_key', token)
    const { code: exitCode, stdout, stderr } = await runModule(program)
    assert.equal(stderr, '')
    assert.equal(exitCode, 0)
    assert.deepEqual(stdout.split('\n').filter(Boolean), announced(code))
    if (program.includes(token) && code.includes('.capture(')) assert.notDeepEqual(await standIn.events(token), [])
  })
})

test('the shell commands exist', () => {
  const commands = blocks('sh').join('').trim().split('\n')
  assert.ok(commands.length > 0)
  for (const command of commands) {
    const [program, ...args] = command.split(' ')
    if (program === 'make') execFileSync('make', ['--dry-run', ...args], { cwd: CHECKOUT })
    else assert.equal(command, 'npm install ./bindings/node') // package.test.mjs installs the package
  }
})

test('the parity table names every method', () => {
  const table = readme.split('## Methods')[1].split('## Errors')[0]
  const names = Object.getOwnPropertyNames(libposthog.PostHog.prototype).filter((name) => name !== 'constructor')
  assert.deepEqual(names.filter((name) => !table.includes(`\`${name}\``)), [])
})

test('the options table names every option', () => {
  const types = fs.readFileSync(path.join(PACKAGE, 'index.d.ts'), 'utf8')
  const options = types.split('export interface PostHogOptions {')[1].split('\n}')[0]
  const names = [...options.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name)
  const table = readme.split('## Options')[1].split('## Methods')[0]
  assert.ok(names.length > 20)
  assert.deepEqual(names.filter((name) => !table.includes(`\`${name}\``)), [])
})
