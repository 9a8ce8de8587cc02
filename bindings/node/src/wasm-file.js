'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { PostHogError } = require('./errors.js')

/** Names the file to load instead of the packaged one. */
const VARIABLE = 'LIBPOSTHOG_WASM_PATH'

const PACKAGE = path.join(__dirname, '..')

/**
 * Where posthog.wasm may lie, in order. A path the environment names is the only one: falling back from a misspelt
 * path to another build would hide the mistake.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function candidates(env) {
  if (env[VARIABLE]) return [env[VARIABLE]]
  return [path.join(PACKAGE, 'posthog.wasm'), path.join(PACKAGE, '..', '..', 'build', 'posthog.wasm')]
}

/**
 * Finds and compiles posthog.wasm. It does not return a promise, so that a client can capture right after `new`.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {WebAssembly.Module}
 */
function compileModule(env = process.env) {
  const problems = []
  for (const file of candidates(env)) {
    try {
      return new WebAssembly.Module(fs.readFileSync(file))
    } catch (cause) {
      problems.push(`  ${file}: ${cause.code === 'ENOENT' ? 'no such file' : cause.message}`)
    }
  }
  throw new PostHogError(
    'LIBRARY_NOT_FOUND',
    `posthog.wasm could not be loaded. Tried:\n${problems.join('\n')}\n` +
      `In a checkout, run "make wasm" first; ${VARIABLE} names another file.`,
  )
}

module.exports = { compileModule, candidates }
