import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import libposthog from '../index.js'
import { PACKAGE } from './standin.mjs'

const TSC = path.join(PACKAGE, 'node_modules', 'typescript', 'bin', 'tsc')

const PROJECTS = [
  ['tsconfig.json', 'the types accept and refuse what types.ts says, from TypeScript, CommonJS and ES modules'],
  ['tsconfig.src.json', 'the sources keep the types in their comments'],
]

for (const [project, claim] of PROJECTS) {
  test(claim, async () => {
    assert.ok(fs.existsSync(TSC), 'typescript is missing: run "make test-node", or npm ci in bindings/node')
    const { error, stdout } = await new Promise((resolve) => {
      const args = [TSC, '-p', path.join(PACKAGE, 'test', project)]
      execFile(process.execPath, args, (error, stdout) => resolve({ error, stdout }))
    })
    assert.equal(stdout, '')
    assert.equal(error, null)
  })
}

/** The members a class of index.d.ts declares. */
function declared(name) {
  const types = fs.readFileSync(path.join(PACKAGE, 'index.d.ts'), 'utf8')
  const body = types.split(`export class ${name} {`)[1].split('\n}')[0]
  const names = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:<]/gm)].map(([, member]) => member)
  return [...new Set(names)].filter(isMember).sort()
}

const isMember = (name) => name !== 'constructor'

for (const name of ['PostHog', 'FeatureFlagEvaluations']) {
  test(`the types of ${name} name every public method and no other`, () => {
    assert.deepEqual(declared(name), Object.getOwnPropertyNames(libposthog[name].prototype).filter(isMember).sort())
  })
}
