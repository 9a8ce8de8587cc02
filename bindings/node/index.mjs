// The ES module entry is a view of the CommonJS one: both give the same classes and share one engine.
import libposthog from './index.js'

export const { PostHog, PostHogError, FeatureFlagEvaluations } = libposthog
