'use strict'

const { attempt } = require('./attempt.js')
const { framesOf } = require('./frames.js')

/** Of one chain; the library keeps no more. */
const MAX_EXCEPTIONS = 50

/**
 * Whatever was thrown, and what it was caused by, as the exceptions of capture_exception: the outermost first. Never
 * throws, whatever an error does when it is looked at.
 *
 * @param {unknown} thrown
 * @param {{type?: string, handled?: boolean}} [mechanism] how it was caught
 * @returns {object[]}
 */
function exceptionsOf(thrown, { type = 'generic', handled = true } = {}) {
  const found = []
  const seen = new Set()
  const visit = (error, link) => {
    if (found.length >= MAX_EXCEPTIONS || seen.has(error)) return
    if (isObject(error)) seen.add(error)
    const id = found.length
    const synthetic = !isError(error)
    const nested = link && { type: 'chained', parent_id: link.parent, source: link.source }
    found.push({
      ...describe(error),
      mechanism: { type, handled, synthetic, exception_id: id, ...nested },
      // What is no error has no stack but that of the call that told of it.
      frames: framesOf(synthetic ? link === undefined && new Error().stack : read(error, 'stack')),
    })
    for (const member of members(error)) visit(member, { parent: id, source: 'member' })
    const cause = read(error, 'cause')
    if (cause !== undefined && cause !== null) visit(cause, { parent: id, source: 'cause' })
  }
  visit(thrown)
  return found
}

/** The type by which autocapture counts. */
function typeOf(thrown) {
  return describe(thrown).type
}

function describe(error) {
  if (isError(error)) return { type: nameOf(error), value: text(read(error, 'message') ?? '') }
  if (!isObject(error)) return { type: 'Error', value: text(error) }
  const message = read(error, 'message')
  if (typeof message === 'string') return { type: nameOf(error), value: message }
  return { type: className(error), value: `an object with the keys ${attempt(() => Object.keys(error), []).join(', ')}` }
}

/** An Error of whatever realm. */
function isError(value) {
  return attempt(() => isObject(value) && (value instanceof Error || typeof value.stack === 'string'), false)
}

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** The errors an AggregateError stands for. */
function members(error) {
  const errors = read(error, 'errors')
  return Array.isArray(errors) ? errors : []
}

/** A member of what may be anything; undefined where looking at it throws. */
function read(value, name) {
  return attempt(() => (isObject(value) ? value[name] : undefined))
}

function text(value) {
  return attempt(() => String(value), '')
}

function nameOf(error) {
  return text(read(error, 'name') ?? '') || className(error)
}

function className(value) {
  return text(read(read(value, 'constructor'), 'name') ?? '') || 'Error'
}

module.exports = { exceptionsOf, isObject, typeOf }
