// The same package from CommonJS.

import libposthog = require('libposthog')

export const posthog: libposthog.PostHog = new libposthog.PostHog('phc_key')
