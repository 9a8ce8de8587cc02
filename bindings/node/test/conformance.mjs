// Runs the conformance corpus through the wasm engine: conformance.mjs CASES OUT.json
//
// Every case gets a fresh client in virtual time; the runner plays the network.

import fs from 'node:fs'
import path from 'node:path'
import engines from '../src/engine.js'
import { parse, Token, write } from './tokens.mjs'

const HOST = 'node-wasm'

/** What this host has of the things a case may need. */
const CAPABILITIES = new Set(['poll'])

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const ANY = {
  uuid: (got) => typeof got === 'string' && UUID.test(got),
  string: (got) => typeof got === 'string',
  number: (got) => got instanceof Token,
}

/** Throws where got is not what the case wants. */
function match(where, want, got) {
  const differs = () => new Error(`${where}: got ${write(got)}, want ${write(want)}`)
  if (want instanceof Map && want.has('$any')) {
    if (!ANY[want.get('$any')](got)) throw differs()
  } else if (want instanceof Map && got instanceof Map) {
    const names = [[...want.keys()].sort(), [...got.keys()].sort()]
    if (names[0].join('\0') !== names[1].join('\0')) throw new Error(`${where}: got members ${names[1]}, want ${names[0]}`)
    for (const [name, member] of want) match(`${where}.${name}`, member, got.get(name))
  } else if (Array.isArray(want) && Array.isArray(got)) {
    if (want.length !== got.length) throw differs()
    want.forEach((element, i) => match(`${where}[${i}]`, element, got[i]))
  } else if (want instanceof Map || got instanceof Map || write(want) !== write(got)) {
    throw differs()
  }
}

class Run {
  #engine = engines.sharedEngine()
  #client = 0
  #tickets = new Map()

  constructor(testCase) {
    const options = new Map(testCase.get('open')).set('entropy', testCase.get('entropy'))
    const { status, reply } = this.#call('open', write(options), testCase.get('t0_ms'))
    if (status !== 0) throw new Error(`open answers status ${status}: ${write(reply)}`)
    this.#client = Number(reply.get('client').text)
  }

  step(index, step) {
    const at = step.get('at_ms')
    if (step.has('http')) this.#exchange(at, step.get('http'))
    else if (step.has('done')) this.#done(at, step)
    else if (step.has('idle')) this.#poll(at, 'wake_ms')
    else this.#operation(index, at, step)
  }

  #operation(index, at, step) {
    const input = step.get('raw') ?? write(step.get('in') ?? new Map())
    const { status, reply } = this.#call(step.get('op'), input, at)
    match('status', step.get('status') ?? new Token('0'), new Token(String(status)))
    if (status === 1) this.#tickets.set(index, reply.get('ticket'))
    if (step.has('expect')) match('reply', step.get('expect'), reply)
  }

  #done(at, step) {
    const { found } = this.#poll(at, 'done')
    match('ticket', this.#tickets.get(Number(step.get('done').text)), found.get('ticket'))
    match('status', step.get('status') ?? new Token('0'), found.get('status'))
    if (step.has('expect')) match('reply', step.get('expect'), found.get('reply'))
  }

  #exchange(at, http) {
    const { found, body } = this.#poll(at, 'request')
    this.#compare(http.get('expect'), found, body)
    const answer = new Map(http.get('reply'))
    const content = answer.get('body')
    if (content instanceof Map || Array.isArray(content)) answer.set('body', write(content))
    const { status, reply } = this.#call('complete', write(new Map([['id', found.get('id')], ...answer])), at)
    if (status !== 0) throw new Error(`complete answers status ${status}: ${write(reply)}`)
  }

  #compare(want, request, body) {
    const url = new URL(request.get('url'))
    if (want.has('method')) match('method', want.get('method'), request.get('method'))
    if (want.has('path')) match('path', want.get('path'), url.pathname)
    if (want.has('query')) match('query', want.get('query'), new Map(url.searchParams))
    for (const [name, value] of want.get('headers') ?? []) match(`header ${name}`, value, request.get('headers').get(name))
    if (want.has('body')) match('body', want.get('body'), parse(new TextDecoder().decode(body)))
  }

  #poll(at, kind) {
    const { status, reply, body } = this.#call('poll', '', at)
    if (status !== 0 || [...reply.keys()].join() !== kind) throw new Error(`poll gives ${write(reply)}, want ${kind}`)
    return { found: reply.get(kind), body }
  }

  #call(op, input, at) {
    const { status, reply, body } = this.#engine.call(op, this.#client, input, Number(at.text))
    return { status, reply: parse(reply), body }
  }
}

/** How a case ends: a status and a message. */
function run(testCase) {
  for (const need of testCase.get('needs') ?? []) {
    if (!CAPABILITIES.has(need)) return { status: 'skipped', message: need }
  }
  let where = 'open'
  try {
    const underWay = new Run(testCase)
    testCase.get('steps').forEach((step, i) => {
      where = `step ${i}`
      underWay.step(i, step)
    })
  } catch (error) {
    return { status: 'failed', message: `${where}: ${error.message}` }
  }
  return { status: 'passed', message: '' }
}

function main([casesFolder, output]) {
  const read = (name) => parse(fs.readFileSync(path.join(casesFolder, name), 'utf8'))
  const results = []
  for (const file of read('index.json').get('files')) {
    for (const testCase of read(file).get('cases')) {
      results.push({ id: testCase.get('id'), group: testCase.get('group'), ...run(testCase) })
    }
  }
  fs.mkdirSync(path.dirname(output), { recursive: true })
  fs.writeFileSync(output, `${JSON.stringify({ host: HOST, results }, null, 1)}\n`)
  const failed = results.filter(({ status }) => status === 'failed')
  for (const { id, message } of failed) console.error(`${HOST}: ${id}: ${message}`)
  const skipped = results.filter(({ status }) => status === 'skipped')
  console.log(`${HOST}: ran ${results.length - skipped.length}, failed ${failed.length}, skipped ${skipped.length}`)
  process.exitCode = failed.length > 0 ? 1 : 0
}

main(process.argv.slice(2))
