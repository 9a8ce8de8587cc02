'use strict'

/**
 * The option before_send: functions that see every event last, in the shape posthog-node gives them, and may change or
 * drop it. They fail closed: when one throws or gives what is no event, nothing is sent, since what it was to remove may
 * still be in there.
 */

/**
 * @param {Function[]} hooks
 * @param {{event: string, distinct_id: string, properties: object, timestamp: string, uuid: string}} built as it would be
 *   sent
 * @returns {object | null} the same shape; null where a hook dropped the event
 * @throws what a hook throws, and an Error for what is no event
 */
function runHooks(hooks, built) {
  const { distinct_id, timestamp, ...rest } = built
  const time = new Date(timestamp)
  let event = { distinctId: distinct_id, ...rest, timestamp: time }
  for (const hook of hooks) {
    event = hook(event)
    if (event === null || event === undefined) return null
    if (typeof event !== 'object' || typeof (/** @type {any} */ (event).then) === 'function') {
      throw new Error('a function gave neither an event nor null')
    }
  }
  const { distinctId, timestamp: changed, ...members } = event
  // A time that nobody touched keeps the digits a Date has no room for.
  const kept = changed instanceof Date && changed.getTime() === Date.parse(timestamp)
  return { ...members, distinct_id: distinctId, timestamp: kept ? timestamp : changed }
}

/**
 * @param {unknown} option one function or several
 * @returns {Function[] | undefined} undefined where it is neither
 */
function readHooks(option) {
  const hooks = [option ?? []].flat()
  return hooks.every((hook) => typeof hook === 'function') ? /** @type {Function[]} */ (hooks) : undefined
}

module.exports = { readHooks, runHooks }
