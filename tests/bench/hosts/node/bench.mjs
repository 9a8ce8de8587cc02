// Measures one client in one scenario and prints one line of JSON: bench.mjs CLIENT SCENARIO name=value ...
//
// CLIENT is native or wasm, which are libposthog, or official, which is posthog-node. The scenarios and their parameters
// are those of tests/bench/README.md. BENCH_CLIENTS is the folder with node_modules in it for posthog-node.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

const USERS = 100
const EVENTS_PER_TURN = 100 // a server turns to its sockets now and then
const personProperties = { plan: 'pro', country: 'DE', age: 30, email: 'a@x.com' }
const local = { personProperties, onlyEvaluateLocally: true }
// What is told of a user who is asked about: a simple flag needs nothing.
const told = { simple: undefined, five: local }

const [name, scenario, ...pairs] = process.argv.slice(2)
const { host, ...texts } = Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s)))
const given = Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, Number(value)]))
const require = createRequire(import.meta.url)

function open({ gzip = 1, queue = 0 }, flags) {
  const options = { host, disableCompression: !gzip, featureFlagsPollingInterval: 30000 }
  if (queue) options.maxQueueSize = queue
  if (flags) options.secretKey = 'phs_bench'
  if (name === 'official') {
    const { PostHog } = createRequire(resolve(process.env.BENCH_CLIENTS, 'package.json'))('posthog-node')
    return new PostHog('phc_bench', options)
  }
  const { PostHog } = require('../../../../bindings/node/index.js')
  return new PostHog('phc_bench', { ...options, engine: name })
}

// The cheapest call of posthog-node for one value that is not deprecated is getFeatureFlagResult.
const flagOf = (client) =>
  name === 'official'
    ? async (key, user) => (await client.getFeatureFlagResult(key, user, told[key]))?.enabled
    : (key, user) => client.getFeatureFlag(key, user, told[key])

/** An event of ten properties, about 390 bytes. */
function event(number) {
  return {
    distinctId: `user-${number % 1000}`,
    event: 'order completed',
    properties: {
      amount: 129.99 + number,
      currency: 'EUR',
      items: 3,
      plan: 'pro',
      country: 'DE',
      first: true,
      coupon: null,
      path: '/checkout/done',
      referrer: 'https://www.example.com/shop/shoes?page=3&sort=price',
      note: 'hello world, this is an ordinary text of an ordinary length, and no more',
    },
  }
}

function cpuUs() {
  const { user, system } = process.cpuUsage()
  return user + system
}

function memoryMb(field) {
  return Number(readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${field}:\\s+(\\d+)`, 'm'))[1]) / 1024
}

function percentiles(milliseconds) {
  const ordered = Float64Array.from(milliseconds).sort()
  const at = (share) => ordered[Math.min(Math.floor(ordered.length * share), ordered.length - 1)] * 1000
  return { p50_us: at(0.5), p99_us: at(0.99), p999_us: at(0.999) }
}

/** Until nothing is left to do but for sockets and timers: what a call put off to microtasks is done. */
const microtasks = () => new Promise((done) => process.nextTick(done))
const turn = () => new Promise((done) => setImmediate(done))

async function warmUp(client, events) {
  for (let number = 0; number < events; number++) {
    client.capture(event(number))
    if (number % EVENTS_PER_TURN === 0) await turn()
  }
  await client.flush()
}

/** How late a timer of a millisecond was while something was done, worst and p99. */
async function lagWhile(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await work()
  delay.disable()
  return [delay.max, delay.percentile(99)].map((ns) => Math.max(0, ns / 1e6 - 1))
}

/** Calls step n times, rate times a second. */
async function pace(n, rate, step) {
  const start = performance.now()
  let done = 0
  while (done < n) {
    const due = Math.min(n, Math.floor(((performance.now() - start) / 1000) * rate) + 1)
    while (done < due) step(done++)
    await sleep(1)
  }
}

const scenarios = {
  async capture(client, { n, warm }) {
    await warmUp(client, warm)
    const taken = new Float64Array(n)
    let wall = 0
    for (let from = 0; from < n; from += EVENTS_PER_TURN) {
      const events = Array.from({ length: Math.min(EVENTS_PER_TURN, n - from) }, (_, index) => event(from + index))
      await microtasks()
      const before = performance.now()
      for (let index = 0; index < events.length; index++) {
        const one = performance.now()
        client.capture(events[index])
        taken[from + index] = performance.now() - one
      }
      await microtasks()
      wall += performance.now() - before
      await turn()
    }
    return { wall_us: (wall / n) * 1000, ...percentiles(taken) }
  },

  async deliver(client, { n, warm }) {
    await warmUp(client, warm)
    const started = Date.now()
    const before = cpuUs()
    for (let number = 0; number < n; number++) {
      client.capture(event(number))
      if (number % EVENTS_PER_TURN === 0) await turn()
    }
    await client.shutdown(120000)
    return { started_ms: started, cpu_us: cpuUs() - before, peak_rss_mb: memoryMb('VmHWM') }
  },

  async steady(client, { n, rate, warm }) {
    await warmUp(client, warm)
    const taken = []
    const before = cpuUs()
    await pace(n, rate, (number) => {
      const message = event(number)
      const one = performance.now()
      client.capture(message)
      taken.push(performance.now() - one)
    })
    await client.flush()
    return { cpu_us: cpuUs() - before, events: n, ...percentiles(taken) }
  },

  async nothing(client, { n, rate }) {
    const before = cpuUs()
    await pace(n, rate, event)
    return { cpu_us: cpuUs() - before, events: n }
  },

  async loop(client, { ms }) {
    const flag = flagOf(client)
    await flag('simple', 'user-1')
    const [emptyWorst, emptyP99] = await lagWhile(() => sleep(ms))
    const [worst, p99] = await lagWhile(async () => {
      const end = performance.now() + ms
      for (let number = 0; performance.now() < end; number++) {
        client.capture(event(number))
        await flag('simple', `user-${number % USERS}`)
        if (number % 10 === 0) client.getFeatureFlag('elsewhere', `user-${number}`)
        if (number % 100 === 0) client.flush(50)
        await sleep(1)
      }
    })
    return { worst_ms: worst, p99_ms: p99, empty_worst_ms: emptyWorst, empty_p99_ms: emptyP99 }
  },

  async flags(client, { budget_ms: budget, single }) {
    const flag = flagOf(client)
    const users = Array.from({ length: USERS }, (_, number) => `user-${number}`)
    const ask = async (call, warm) => {
      for (const user of users.slice(0, warm)) await call(user)
      const taken = []
      const end = performance.now() + budget
      while (performance.now() < end) {
        const user = users[taken.length % USERS]
        const one = performance.now()
        await call(user)
        taken.push(performance.now() - one)
      }
      return percentiles(taken)
    }
    const result = { all_us: (await ask((user) => client.getAllFlags(user, local), 20)).p50_us }
    if (single) {
      for (const key of ['simple', 'five']) {
        const asked = await ask((user) => flag(key, user), USERS)
        result[`${key}_us`] = asked.p50_us
        result[`${key}_p99_us`] = asked.p99_us
      }
    }
    return result
  },

  async idle(client, { ms, warm, beforeMb }) {
    await flagOf(client)('simple', 'user-1')
    await warmUp(client, warm)
    globalThis.gc?.()
    const before = cpuUs()
    await sleep(ms)
    const rss = memoryMb('VmRSS')
    return { idle_cpu_ms: (cpuUs() - before) / ms, rss_mb: rss, rss_added_mb: rss - beforeMb }
  },
}

const needsFlags = ['loop', 'flags', 'idle', 'startup'].includes(scenario)
const beforeMb = memoryMb('VmRSS')
const before = performance.now()
const client = open(given, needsFlags)
if (needsFlags && !(await client.waitForLocalEvaluationReady())) throw new Error('no definitions')
let result
if (scenario === 'startup') {
  const value = await flagOf(client)('simple', 'user-1')
  result = { startup_ms: performance.now() - before }
  if (value === undefined) throw new Error('the first flag was not decided')
} else {
  result = await scenarios[scenario](client, { ...given, beforeMb })
}
process.stdout.write(JSON.stringify(result) + '\n', () => process.reallyExit(0)) // what is still queued is of no interest
