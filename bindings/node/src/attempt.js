'use strict'

/**
 * What a function gives, or something else where it throws: values and listeners may be anybody's.
 *
 * @template T, U
 * @param {() => T} run
 * @param {U} [otherwise]
 * @returns {T | U}
 */
function attempt(run, otherwise) {
  try {
    return run()
  } catch {
    return /** @type {U} */ (otherwise)
  }
}

module.exports = { attempt }
