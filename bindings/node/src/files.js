'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { PostHogError } = require('./errors.js')

/**
 * Where the files of an engine lie. What the environment names is the only candidate: falling back from a misspelt path
 * to another build would hide the mistake. Otherwise the package is looked through, then the checkout it lies in, then,
 * for the library alone, the system.
 */

const PACKAGE = path.join(__dirname, '..')
const BUILD = path.join(PACKAGE, '..', '..', 'build')

/** The name of the library that the system may have; its number is the version of the interface. */
const SYSTEM_LIBRARY = process.platform === 'darwin' ? 'libposthog.1.dylib' : 'libposthog.so.1'
const LIBRARY = process.platform === 'darwin' ? 'libposthog.dylib' : 'libposthog.so'

/**
 * @param {string} name of a file
 * @param {string} [variable] of the environment that may name another
 * @param {string[]} [more] what to try last
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string[]} in order
 */
function candidates(name, variable, more = [], env = process.env) {
  if (variable && env[variable]) return [env[variable]]
  return [path.join(PACKAGE, name), path.join(BUILD, name), ...more]
}

/** @param {NodeJS.ProcessEnv} [env] */
const wasmFiles = (env) => candidates('posthog.wasm', 'LIBPOSTHOG_WASM_PATH', [], env)

/** @param {NodeJS.ProcessEnv} [env] */
const libraryFiles = (env) => candidates(LIBRARY, 'LIBPOSTHOG_PATH', [SYSTEM_LIBRARY], env)

const addonFiles = () => candidates('posthog.node')

/**
 * What `load` makes of the first file it takes.
 *
 * @template T
 * @param {string[]} files
 * @param {(file: string) => T} load throws where it cannot take a file
 * @returns {T}
 * @throws {PostHogError} LIBRARY_NOT_FOUND, its message with every file that was tried and why it did not do
 */
function firstOf(files, load) {
  const problems = []
  for (const file of files) {
    try {
      return load(file)
    } catch (cause) {
      if (cause instanceof PostHogError) throw cause
      problems.push(`  ${file}: ${missing(file) ? 'no such file' : cause.message.split('\n')[0]}`)
    }
  }
  throw new PostHogError('LIBRARY_NOT_FOUND', problems.join('\n'))
}

function missing(file) {
  return path.isAbsolute(file) && !fs.existsSync(file)
}

module.exports = { wasmFiles, libraryFiles, addonFiles, firstOf }
