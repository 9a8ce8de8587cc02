// The stand-in PostHog server, and child processes that talk to it.

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const PACKAGE = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
export const CHECKOUT = path.join(PACKAGE, '..', '..')
export const SECRET_KEY = 'phs_standin'

const BINARY = path.join(CHECKOUT, 'build', 'posthog-standin')

/** Longer than any child needs; a child that hangs is a failure, not a stuck test run. */
const CHILD_LIMIT_MS = 30_000

export class StandIn {
  #process

  static async start() {
    if (!fs.existsSync(BINARY)) throw new Error(`${BINARY} is missing: run "make build/posthog-standin"`)
    const standIn = new StandIn()
    // It ends with its standard input, so it cannot outlive the tests.
    standIn.#process = spawn(BINARY, ['--exit-on-stdin-close'], { stdio: ['pipe', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: standIn.#process.stdout })) {
      const [, name, url] = /^(listening|control) on (\S+)$/.exec(line)
      if (name === 'listening') standIn.url = url
      else standIn.controlUrl = url
      if (standIn.url && standIn.controlUrl) break
    }
    return standIn
  }

  stop() {
    this.#process.stdin.end()
  }

  /** Every event received for a token, oldest first, as the control API lists them. */
  events(token) {
    return this.#control('GET', `events?token=${token}`)
  }

  requests(token) {
    return this.#control('GET', `requests?token=${token}`)
  }

  fault(script) {
    return this.#control('POST', 'faults', script)
  }

  clearFaults() {
    return this.#control('DELETE', 'faults')
  }

  remoteFlags(answer) {
    return this.#control('PUT', 'remote_flags', answer)
  }

  remoteConfig(key, answer) {
    return this.#control('PUT', `remote_config/${key}`, answer)
  }

  async #control(method, order, body) {
    const { status, text } = await request(method, `${this.controlUrl}/_control/${order}`, body && JSON.stringify(body))
    if (status !== 200) throw new Error(`${method} ${order}: ${status} ${text}`)
    return JSON.parse(text)
  }
}

function request(method, url, body) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, agent: false }, async (incoming) => {
      const chunks = []
      for await (const chunk of incoming) chunks.push(chunk)
      resolve({ status: incoming.statusCode, text: Buffer.concat(chunks).toString() })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/**
 * Runs an ES module in a process of its own, where `libposthog` is this package.
 *
 * @returns {Promise<{code: number | null, stdout: string, stderr: string}>}
 */
export function runModule(source, { env = {}, flags = [], limitMs = CHILD_LIMIT_MS } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...flags, '--input-type=module', '--eval', source], {
      cwd: PACKAGE,
      env: { ...process.env, ...env },
      timeout: limitMs,
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

let tokens = 0

/** A project key nobody else uses, so that tests share a server. */
export function newToken() {
  return `phc_${process.pid}_${++tokens}`
}
