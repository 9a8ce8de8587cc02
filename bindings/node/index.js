'use strict'

const { PostHog } = require('./src/client.js')
const { PostHogError } = require('./src/errors.js')
const { FeatureFlagEvaluations } = require('./src/evaluations.js')

module.exports = { PostHog, PostHogError, FeatureFlagEvaluations }
