// Runs the conformance corpus in Node: conformance.mjs CASES OUT.json

import fs from 'node:fs'
import path from 'node:path'
import { webcrypto } from 'node:crypto'
import engines from '../src/engine.js'
import { runCorpus } from './runner.mjs'

const HOST = 'node-wasm'

globalThis.crypto ??= webcrypto // Node 18 has it here alone

const [casesFolder, output] = process.argv.slice(2)
const read = (name) => fs.promises.readFile(path.join(casesFolder, name), 'utf8')
const report = await runCorpus(HOST, engines.sharedEngine, read)

fs.mkdirSync(path.dirname(output), { recursive: true })
fs.writeFileSync(output, `${JSON.stringify(report, null, 1)}\n`)
const failed = report.results.filter(({ status }) => status === 'failed')
for (const { id, message } of failed) console.error(`${HOST}: ${id}: ${message}`)
const skipped = report.results.filter(({ status }) => status === 'skipped')
console.log(`${HOST}: ran ${report.results.length - skipped.length}, failed ${failed.length}, skipped ${skipped.length}`)
process.exitCode = failed.length > 0 ? 1 : 0
