// Runs the conformance corpus through an engine of this binding: conformance.mjs native|wasm CASES OUT.json

import fs from 'node:fs'
import path from 'node:path'
import { webcrypto } from 'node:crypto'
import engines from '../src/engine.js'
import { runCorpus } from './runner.mjs'

globalThis.crypto ??= webcrypto // Node 18 has it here alone

const [kind, casesFolder, output] = process.argv.slice(2)
const host = `node-${kind}`
const read = (name) => fs.promises.readFile(path.join(casesFolder, name), 'utf8')
const report = await runCorpus(host, () => engines.sharedEngine(kind), read)

fs.mkdirSync(path.dirname(output), { recursive: true })
fs.writeFileSync(output, `${JSON.stringify(report, null, 1)}\n`)
const failed = report.results.filter(({ status }) => status === 'failed')
for (const { id, message } of failed) console.error(`${host}: ${id}: ${message}`)
const skipped = report.results.filter(({ status }) => status === 'skipped')
console.log(`${host}: ran ${report.results.length - skipped.length}, failed ${failed.length}, skipped ${skipped.length}`)
process.exitCode = failed.length > 0 ? 1 : 0
