// Performs the scenario through posthog-node, official or ours: driver.mjs OFFICIAL_FOLDER SCENARIO URL SIDE ANSWERS.
// LIBPOSTHOG_ENGINE chooses the engine of ours.
//
// Both sides run the same code: switching is changing an import.

import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** Everything a client needs to send at once and ask for nothing by itself. */
const QUIET = {
  flushInterval: 60_000, flushAt: 1000, featureFlagsPollingInterval: 3_600_000, fetchRetryCount: 0, disableCompression: true,
}

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())

class Model {
  constructor() {
    this.total = 12.5
    this.lines = [1, 2]
  }
}

class Money {
  toJSON() {
    return { amount: 5 }
  }
}

function cycle() {
  const loop = { name: 'loop' }
  loop.self = loop
  return loop
}

function deep(levels) {
  let nested = []
  for (let i = 0; i < levels; i++) nested = [nested]
  return nested
}

const hostile = () => ({ get v() { throw new Error('no value for you') } })

const VALUES = {
  time: (of) => new Date(of),
  date: (of) => new Date(of),
  duration: (of) => of,
  decimal: Number,
  uuid: (of) => of,
  float: (of) => ({ nan: NaN, inf: Infinity })[of] ?? Number(of),
  integer: BigInt,
  digits: (of) => 10n ** BigInt(of - 1),
  bytes: (of) => Buffer.from(of, 'hex'),
  set: (of) => new Set(of),
  symbol: () => Symbol('s'),
  cycle,
  surrogate: () => 'a\ud800b',
  object: () => new Model(),
  hostile,
  deep,
  map: () => new Map([['a', 1], [2, 'b']]),
  function: () => () => {},
  undefined: () => undefined,
  error: () => new TypeError('bad input'),
  regexp: () => /a+/g,
  json: () => new Money(),
  typed: () => new Float64Array([0.5, 1.5]),
}

/** A value of the scenario as JavaScript has it. */
function built(value) {
  if (Array.isArray(value)) return value.map(built)
  if (typeof value !== 'object' || value === null) return value
  if ('$' in value) return VALUES[value.$](value.of)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, built(member)]))
}

function scrub(event) {
  if (event.event === 'raise') throw new Error('of the hook')
  delete event.properties?.secret
  return event.event === 'drop me' ? null : event
}

function raised(kind) {
  if (kind === 'text') return 'only a text'
  if (kind === 'group') return new AggregateError([new TypeError('one'), new RangeError('two')], 'several')
  const cause = new RangeError('no number')
  return new TypeError('no such thing', { cause })
}

const message = ({ distinct_id: distinctId, ...rest }) => {
  const given = Object.fromEntries(Object.entries(rest).map(([name, value]) => [camel(name), value]))
  if (typeof given.sendFeatureFlags === 'object') given.sendFeatureFlags = options(given.sendFeatureFlags)
  return { distinctId, ...given }
}

const options = ({ flag_keys_filter: flagKeys, ...rest }) => ({
  ...(flagKeys && { flagKeys }),
  ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [camel(name), value])),
})

/** Steps by their name: how posthog-node calls what the scenario asks for. */
const STEPS = {
  capture: (posthog, step) => posthog.capture(message(step)),
  capture_immediate: (posthog, step) => posthog.captureImmediate(message(step)),
  identify_immediate: (posthog, step) => posthog.identifyImmediate(message(step)),
  alias_immediate: (posthog, step) => posthog.aliasImmediate(message(step)),
  group_identify_immediate: (posthog, step) => posthog.groupIdentifyImmediate(message(step)),
  capture_ai: (posthog, step) => posthog.captureAi(message(step)),
  identify: (posthog, step) => posthog.identify(message(step)),
  alias: (posthog, step) => posthog.alias(message(step)),
  group_identify: (posthog, step) => posthog.groupIdentify(message(step)),
  set: (posthog, step) => posthog.setPersonProperties(message(step)),
  set_once: (posthog, { properties, ...step }) =>
    posthog.setPersonProperties({ ...message(step), propertiesOnce: properties }),
  unset: (posthog, step) => posthog.unsetPersonProperties(message(step)),
  register: (posthog, { properties }) => posthog.register(properties),
  unregister: (posthog, { key }) => posthog.unregister(key),
  opt_out: (posthog) => posthog.optOut(),
  opt_in: (posthog) => posthog.optIn(),
  override_flags: (posthog, { flags }) => posthog.overrideFeatureFlags(flags),
  capture_exception: (posthog, { raise, distinct_id, properties }) =>
    posthog.captureException(raised(raise), distinct_id, properties),
  context: (posthog, { steps, tags, distinct_id, session_id }, perform) =>
    posthog.withContext({ distinctId: distinct_id, sessionId: session_id, properties: tags }, async () => {
      const answers = []
      for (const step of steps) answers.push(await perform(step))
      return answers
    }),
  load_feature_flags: (posthog) => posthog.reloadFeatureFlags(),
  get_feature_flag: (posthog, { key, distinct_id, ...rest }) => posthog.getFeatureFlag(key, distinct_id, options(rest)),
  feature_enabled: (posthog, { key, distinct_id, ...rest }) => posthog.isFeatureEnabled(key, distinct_id, options(rest)),
  get_feature_flag_payload: (posthog, { key, distinct_id, match_value, ...rest }) =>
    posthog.getFeatureFlagPayload(key, distinct_id, match_value, options(rest)),
  get_feature_flag_result: (posthog, { key, distinct_id, ...rest }) =>
    posthog.getFeatureFlagResult(key, distinct_id, options(rest)),
  get_all_flags: (posthog, { distinct_id, ...rest }) => posthog.getAllFlags(distinct_id, options(rest)),
  get_all_flags_and_payloads: (posthog, { distinct_id, ...rest }) =>
    posthog.getAllFlagsAndPayloads(distinct_id, options(rest)),
  get_remote_config_payload: (posthog, { key }) => posthog.getRemoteConfigPayload(key),
  async evaluate_flags(posthog, { read, then_capture, distinct_id, ...rest }) {
    const flags = await posthog.evaluateFlags(distinct_id, options(rest))
    const values = read.map((key) => flags.getFlag(key) ?? null)
    const payloads = read.map((key) => flags.getFlagPayload(key) ?? null)
    if (then_capture) {
      posthog.capture({ distinctId: distinct_id, event: then_capture, flags: flags.onlyAccessed() })
      posthog.capture({ distinctId: distinct_id, event: `${then_capture} all`, flags })
    }
    return [[...flags.keys].sort(), values, payloads]
  },
  flush: (posthog) => posthog.flush(),
  shutdown: (posthog) => posthog.shutdown(),
}

/** What a step returns, as JSON. */
async function answer(posthog, { do: name, ...fields }) {
  try {
    const perform = (step) => answer(posthog, step)
    const steps = fields.steps ? { ...fields } : built(fields)
    return (await STEPS[name](posthog, steps, perform)) ?? null
  } catch (error) {
    return { raised: error.name }
  }
}

function open(PostHog, url, token, { secret_key, before_send, ...given }) {
  const more = Object.fromEntries(Object.entries(given).map(([name, value]) => [camel(name), value]))
  if (secret_key) more.personalApiKey = 'phs_standin'
  if (before_send) more.before_send = scrub
  return new PostHog(token, { host: url, ...QUIET, ...more })
}

const [officialFolder, scenario, url, side, answers] = process.argv.slice(2)
const require = createRequire(import.meta.url)
const { PostHog } = side === 'official'
  ? createRequire(path.resolve(officialFolder, 'x.js'))('posthog-node')
  : require('../../../bindings/node')

// posthog-node prints what it would rather have its callers do, and a value that throws ends the program.
process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})
console.warn = console.error = console.log = () => {}

const told = {}
for (const { id, steps, options: given = {}, languages = ['node'] } of JSON.parse(fs.readFileSync(scenario, 'utf8')).cases) {
  if (!languages.includes('node')) continue
  const posthog = open(PostHog, url, `phc_${side}_${id}`, given)
  told[id] = []
  for (const step of steps) told[id].push(await answer(posthog, step))
  await posthog.shutdown().catch(() => {})
}
fs.writeFileSync(answers, JSON.stringify(told))
process.exit()
