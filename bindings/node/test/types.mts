// The same package from an ES module.

import { PostHog, PostHogError } from 'libposthog'

export const posthog: PostHog = new PostHog('phc_key')
export const error: Error = new PostHogError('CLOSED', 'the client is shut down')
