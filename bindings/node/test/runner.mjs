// Runs the conformance corpus through an engine, in Node and in browsers alike.
//
// Every case gets a fresh client in virtual time; the runner plays the network.

import { parse, Token, write } from './tokens.mjs'

/** What this host has of the things a case may need. */
const CAPABILITIES = new Set(['poll', 'virtual-time'])

/** The only group whose cases hold in real time too. */
const REAL_TIME = 'realtime'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const ANY = {
  uuid: (got) => typeof got === 'string' && UUID.test(got),
  string: (got) => typeof got === 'string',
  number: (got) => got instanceof Token,
}

const encoder = new TextEncoder()

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

/** SHA-256 in hex. */
async function sha256(parts) {
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
  const sum = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes))
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

class Run {
  /** What goes into the digests. */
  requests = []
  replies = []
  #engine
  #client = 0
  #tickets = new Map()

  constructor(engine, testCase) {
    this.#engine = engine
    const options = new Map(testCase.get('open')).set('entropy', testCase.get('entropy')).set('io', 'host')
    const { status, reply } = this.#call('open', write(options), testCase.get('t0_ms'))
    if (status !== 0) throw new Error(`open answers status ${status}: ${reply}`)
    this.#client = Number(parse(reply).get('client').text)
  }

  step(index, step) {
    const at = step.get('at_ms')
    if (step.has('http')) this.#exchange(at, step.get('http'))
    else if (step.has('done')) this.#done(at, step)
    else if (step.has('idle')) this.#idle(at, step)
    else this.#operation(index, at, step)
  }

  /** What is left of the client must not keep memory of an engine that serves all cases. */
  end(at) {
    this.#call('shutdown', '{"timeout_ms":0}', at)
  }

  #operation(index, at, step) {
    const padded = step.get('raw')?.replace('PADDING', () => 'x'.repeat(Number(step.get('pad').text)))
    const input = padded ?? write(step.get('in') ?? new Map())
    const { status, reply } = this.#take(step.get('op'), input, at)
    match('status', step.get('status') ?? new Token('0'), new Token(String(status)))
    if (status === 1) this.#tickets.set(index, reply.get('ticket'))
    if (step.has('expect')) match('reply', step.get('expect'), reply)
  }

  #idle(at, step) {
    const { found } = this.#poll(at, 'wake_ms')
    if (step.has('wake_ms')) match('wake_ms', step.get('wake_ms'), found)
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
    if (status !== 0) throw new Error(`complete answers status ${status}: ${reply}`)
  }

  #compare(want, request, body) {
    const url = new URL(request.get('url'))
    if (want.has('method')) match('method', want.get('method'), request.get('method'))
    if (want.has('origin')) match('origin', want.get('origin'), /^\w+:\/\/[^/?]*/.exec(request.get('url'))[0])
    if (want.has('path')) match('path', want.get('path'), url.pathname)
    if (want.has('query')) match('query', want.get('query'), new Map(url.searchParams))
    for (const [name, value] of want.get('headers') ?? []) match(`header ${name}`, value, request.get('headers').get(name))
    if (want.has('body')) match('body', want.get('body'), parse(new TextDecoder().decode(body)))
  }

  #poll(at, kind) {
    const { status, reply, body } = this.#take('poll', '', at)
    if (status !== 0 || [...reply.keys()].join() !== kind) throw new Error(`poll gives ${write(reply)}, want ${kind}`)
    return { found: reply.get(kind), body }
  }

  /** Calls an operation and takes its answer down: a request as such, anything else as the text it is. */
  #take(op, input, at) {
    const { status, reply, body } = this.#call(op, input, at)
    const parsed = parse(reply)
    const request = op === 'poll' && parsed.get('request')
    if (request) {
      const headers = [...request.get('headers')].map(([name, value]) => `${name}: ${value}\n`)
      const length = body?.length ?? 0
      const head = `${request.get('method')}\n${request.get('url')}\n${headers.join('')}\n${length}\n`
      this.requests.push(encoder.encode(head), body ?? new Uint8Array())
    } else {
      this.replies.push(encoder.encode(`${status}\n${reply}\n`))
    }
    return { status, reply: parsed, body }
  }

  #call(op, input, at) {
    return this.#engine.call(op, this.#client, input, Number(at.text))
  }
}

/** How a case ends: a status, a message, and the digests of what the client did. */
async function run(engine, testCase) {
  const needs = [...(testCase.get('needs') ?? [])]
  if (testCase.get('group') !== REAL_TIME) needs.push('virtual-time')
  const lacking = needs.find((need) => !CAPABILITIES.has(need))
  if (lacking) return { status: 'skipped', message: lacking }
  let where = 'open'
  try {
    const underWay = new Run(engine, testCase)
    const steps = testCase.get('steps')
    steps.forEach((step, i) => {
      where = `step ${i}`
      underWay.step(i, step)
    })
    underWay.end(steps.at(-1).get('at_ms'))
    const [requests, replies] = await Promise.all([underWay.requests, underWay.replies].map(sha256))
    return { status: 'passed', message: '', requests, replies }
  } catch (error) {
    return { status: 'failed', message: `${where}: ${error.message}` }
  }
}

/**
 * Runs all cases and resolves with the report.
 *
 * @param {string} host the name in the report
 * @param {() => import('../src/engine.js').Engine} engine gives the engine, a new one after it was lost
 * @param {(name: string) => Promise<string>} read gives a file of the corpus
 */
export async function runCorpus(host, engine, read) {
  const results = []
  for (const file of parse(await read('index.json')).get('files')) {
    for (const testCase of parse(await read(file)).get('cases')) {
      results.push({ id: testCase.get('id'), group: testCase.get('group'), ...(await run(engine(), testCase)) })
    }
  }
  return { host, results }
}
