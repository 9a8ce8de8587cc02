'use strict'

const { identifier } = require('./values.js')

/**
 * posthog-node's arguments as the library's operations take them: names, and nothing else. A message's context is what
 * withContext gave, if anything.
 */

/** What all event operations take. */
function shared({ distinctId, properties, groups, timestamp, uuid, disableGeoip }) {
  return {
    distinct_id: identifier(distinctId),
    properties,
    groups,
    timestamp: typeof timestamp === 'number' ? new Date(timestamp) : timestamp,
    uuid: identifier(uuid),
    disable_geoip: disableGeoip,
  }
}

/** capture, captureAi and captureException: the events that take what a context has. */
function captured(message, context) {
  const fields = shared(message)
  fields.event = message.event
  fields.flags = message.flags
  if (message.sendFeatureFlags) fields.send_feature_flags = sendFeatureFlags(message.sendFeatureFlags)
  if (context === undefined) return fields
  fields.distinct_id ??= identifier(context.distinctId)
  const session = context.sessionId === undefined ? undefined : { $session_id: context.sessionId }
  fields.properties = { ...context.properties, ...session, ...fields.properties }
  return fields
}

function sendFeatureFlags(options) {
  if (typeof options !== 'object') return true
  return {
    only_evaluate_locally: options.onlyEvaluateLocally,
    person_properties: options.personProperties,
    group_properties: options.groupProperties,
    flag_keys_filter: options.flagKeys,
  }
}

function alias(message) {
  return { ...shared(message), alias: identifier(message.alias) }
}

function groupIdentify(message) {
  return { ...shared(message), group_type: message.groupType, group_key: identifier(message.groupKey) }
}

function personProperties(message) {
  return { ...shared(message), properties: undefined, set: message.properties, set_once: message.propertiesOnce }
}

function unsetProperties(message) {
  return { ...shared(message), properties: undefined, unset: [message.properties].flat() }
}

/** What all flag operations take. */
function flagOptions(options) {
  return {
    groups: options?.groups,
    person_properties: options?.personProperties,
    group_properties: options?.groupProperties,
    only_evaluate_locally: options?.onlyEvaluateLocally,
    send_feature_flag_events: options?.sendFeatureFlagEvents,
    disable_geoip: options?.disableGeoip,
    device_id: options?.deviceId,
    flag_keys: options?.flagKeys,
  }
}

/** All flags as posthog-node takes them: false, a list of keys that are on, values by key, or values and payloads. */
function overrides(given) {
  if (!given) return {}
  if (Array.isArray(given)) return { flags: Object.fromEntries(given.map((key) => [key, true])) }
  if (!('flags' in given) && !('payloads' in given)) return { flags: given }
  const { flags } = given.flags ? overrides(given.flags) : { flags: undefined }
  return { flags, payloads: given.payloads || undefined }
}

module.exports = { alias, captured, flagOptions, groupIdentify, overrides, personProperties, shared, unsetProperties }
