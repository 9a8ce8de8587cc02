/// <reference lib="esnext.disposable" />

/**
 * PostHog for Node: posthog-node's names over the libposthog core.
 *
 * Only the constructor, `stats` and `captured` throw. Every other method accepts any input: what cannot be used is
 * counted in `stats` and told by `drain`.
 */

/** A variant's name, or whether the flag is on. */
export type FeatureFlagValue = string | boolean

export type JsonType = string | number | boolean | null | JsonType[] | { [key: string]: JsonType }

/** Any values; see "differences" in the README for what becomes of those that JSON does not have. */
export type Properties = Record<string, unknown>

/** A text, or what has one: the wire knows only texts. */
export type Identifier = string | number | bigint

/** Group type to group key. */
export type Groups = Record<string, string | number>

export interface PostHogOptions {
  /** Where requests go; a path is kept, for reverse proxies. Default: https://us.i.posthog.com */
  host?: string | null
  /** A secret (phs_) or personal (phx_) API key: enables local evaluation. */
  secretKey?: string | null
  /** The older name of secretKey, which wins. */
  personalApiKey?: string | null
  /** Events that trigger a request. Default: 20 */
  flushAt?: number
  /** The longest an event waits, in ms; 0 sends at once. Default: 10000 */
  flushInterval?: number
  /** Events in one request. Default: 100 */
  maxBatchSize?: number
  /** Events waiting; later ones are refused and counted. Default: 100000 */
  maxQueueSize?: number
  /** Bytes waiting. Default: 64 MiB */
  maxQueueBytes?: number
  /** Of one request, in ms. Default: 10000 */
  requestTimeout?: number
  /** Attempts after the first. Default: 3 */
  fetchRetryCount?: number
  /** Default of shutdown and flush, in ms. Default: 30000 */
  shutdownTimeout?: number
  /** For the flush when the program ends by itself, in ms. Default: 2000 */
  exitTimeout?: number
  /** Between looks at the flag definitions, in ms. Default: 30000 */
  featureFlagsPollingInterval?: number
  /** Of one flags request, in ms. Default: 3000 */
  featureFlagsRequestTimeoutMs?: number
  /** Attempts of a flags request after the first. Default: 1 */
  featureFlagsRequestMaxRetries?: number
  /** Fetch flag definitions when there is a secretKey. Default: true */
  enableLocalEvaluation?: boolean
  /** Never ask the service for a flag: what cannot be decided locally is undefined. Default: false */
  strictLocalEvaluation?: boolean
  /** Report $feature_flag_called. Default: true */
  sendFeatureFlagEvent?: boolean
  /** Bounds flag requests; local answers need none. Default: no bound */
  remoteBudgetPerMinute?: number
  /** Remembered values that keep $feature_flag_called to one per user and value. Default: 50000 */
  maxCacheSize?: number
  /** Only flags with one of these tags, or with none. */
  evaluationContexts?: readonly string[]
  /** The older name of evaluationContexts. */
  evaluationEnvironments?: readonly string[]
  /** Default: true */
  disableGeoip?: boolean
  /** Default: false */
  historicalMigration?: boolean
  /** Mark events as coming from a server. Default: true */
  isServer?: boolean
  /** Accept every call, send nothing. Default: false */
  disabled?: boolean
  /** Send bodies as they are instead of gzipped. Default: false */
  disableCompression?: boolean
  /** The protocol of analytics events. Default: "v0" */
  captureMode?: 'v0' | 'v1'
  /** On every event; the event's own properties win. */
  superProperties?: Properties
  /** False starts opted out: see optIn. Default: true */
  defaultOptIn?: boolean
  /**
   * See every event last, exposures included, and change or drop it. In order; the first null ends the chain. One that
   * throws, or gives what is no event, drops it.
   */
  before_send?: BeforeSend | BeforeSend[]
  /** Capture errors that nobody catches. Default: false */
  enableExceptionAutocapture?: boolean
  /** How many errors of a type that nobody catches are captured at once. Default: 10 */
  exceptionRateLimiterBucketSize?: number
  /** How many more of a type every 10 s. Default: 1 */
  exceptionRateLimiterRefillRate?: number
  /** Shares flag definitions between processes. */
  flagDefinitionCacheProvider?: FlagDefinitionCacheProvider
  /** Is handed a promise for as long as there is something to send, on platforms that freeze a program otherwise. */
  waitUntil?: (promise: Promise<unknown>) => void
  /** Of quiet before that flush, in ms. Default: 50 */
  waitUntilDebounceMs?: number
  /** After the first capture, at the latest, in ms. Default: 500 */
  waitUntilMaxWaitMs?: number
  /** Added to every request. */
  headers?: Record<string, string>
  /** "memory" keeps events for `captured`, "off" drops them; both open no socket. Default: "live" */
  mode?: 'live' | 'memory' | 'off'
  /** Warnings go to drain in any case: this is accepted and changes nothing. */
  featureFlagsLogWarnings?: boolean
  /**
   * "native" is libposthog.so through an addon, "wasm" works everywhere; both give the same answers. Default: what the
   * environment variable LIBPOSTHOG_ENGINE names, else native where its files are found, else wasm
   */
  engine?: 'native' | 'wasm'
  /** URL of an http or https proxy; "" for none. Default: HTTPS_PROXY or HTTP_PROXY, as they are at each request */
  proxy?: string
  /** What goes direct: "example.com,10.0.0.0/8,[::1]:8443", or "*". Default: NO_PROXY */
  noProxy?: string
  /** PEM file of authorities to trust besides Node's own. Default: SSL_CERT_FILE, else NODE_EXTRA_CA_CERTS */
  caFile?: string
  /** Performs the requests instead of node:http; proxies and authorities are then its own affair. */
  fetch?: (url: string, options: FetchOptions) => Promise<FetchResponse>
}

export interface FetchOptions {
  method: string
  headers: Record<string, string>
  /** A Uint8Array or undefined. Libraries and TypeScript versions disagree about which bytes fetch takes, so: any. */
  body: any
  signal: AbortSignal
  redirect: 'manual'
}

export interface FetchResponse {
  status: number
  text(): Promise<string>
  headers?: { entries(): Iterable<[string, string]> }
}

/** An event as before_send sees it: complete, as it is about to be queued. */
export interface BuiltEvent {
  event: string
  distinctId: string
  properties: Properties
  timestamp: Date
  uuid: string
}

export type BeforeSend = (event: BuiltEvent) => BuiltEvent | null | undefined

/** A document of flag definitions, as PostHog's service gives it. */
export interface FlagDefinitions {
  flags: unknown[]
  group_type_mapping?: Record<string, string>
  groupTypeMapping?: Record<string, string>
  cohorts?: Record<string, unknown>
  minimal_flag_called_events?: boolean
  minimalFlagCalledEvents?: boolean
  property_matching_version?: number
  propertyMatchingVersion?: number
}

/** All of it may answer with a promise. What it throws is told by drain, and the definitions in use stay. */
export interface FlagDefinitionCacheProvider {
  /** What is stored, or undefined. */
  getFlagDefinitions(): Promise<FlagDefinitions | undefined> | FlagDefinitions | undefined
  /** Whether this process fetches them now; the others read. Asked at every look. */
  shouldFetchFlagDefinitions(): Promise<boolean> | boolean
  /** Stores what was fetched and is new. */
  onFlagDefinitionsReceived(data: FlagDefinitions): Promise<void> | void
  /** Called by shutdown, which waits for it within its deadline. */
  shutdown(): Promise<void> | void
}

/** What withContext and enterContext say for all events of a piece of work. */
export interface ContextData {
  distinctId?: string
  /** Becomes the property $session_id. */
  sessionId?: string
  properties?: Properties
}

export interface ContextOptions {
  /** Take nothing over from the context outside. Default: false */
  fresh?: boolean
  /** Ends the context, and those inside that take over from it, once it is aborted. What runs in it goes on. */
  signal?: AbortSignal
}

/** What every event takes. */
export interface BaseMessage {
  groups?: Groups
  /** When it happened. Default: now */
  timestamp?: Date | string | number
  /** Its id; one that is no UUID is replaced. Default: a new one */
  uuid?: string
  /** Default: the client's option */
  disableGeoip?: boolean
}

export interface EventMessage extends BaseMessage {
  /** Without one the event is personless. */
  distinctId?: Identifier
  event: string
  properties?: Properties
  /** Flag values that become $feature/<key>: what evaluateFlags or getAllFlags gave. */
  flags?: FeatureFlagEvaluations | Record<string, FeatureFlagValue>
  /** Puts on the flags that can be decided locally, where there are no `flags`. Makes no request. Default: false */
  sendFeatureFlags?: boolean | SendFeatureFlagsOptions
}

export interface SendFeatureFlagsOptions {
  onlyEvaluateLocally?: boolean
  personProperties?: Properties
  groupProperties?: Record<string, Properties>
  flagKeys?: string[]
}

export interface IdentifyMessage extends BaseMessage {
  distinctId: Identifier
  /** Person properties; $set and $set_once among them are taken apart. */
  properties?: Properties
}

export interface AliasMessage extends BaseMessage {
  distinctId: Identifier
  alias: Identifier
}

export interface GroupIdentifyMessage extends BaseMessage {
  groupType: string
  groupKey: Identifier
  properties?: Properties
  /** Default: $<groupType>_<groupKey> */
  distinctId?: Identifier
}

export interface SetPersonPropertiesMessage extends BaseMessage {
  distinctId: Identifier
  properties?: Properties
  /** Set only if not set yet. */
  propertiesOnce?: Properties
}

export interface UnsetPersonPropertiesMessage extends BaseMessage {
  distinctId: Identifier
  properties: string | string[]
}

/** What all flag calls take. */
export interface AllFlagsOptions {
  groups?: Groups
  personProperties?: Properties
  /** Group type to that group's properties. */
  groupProperties?: Record<string, Properties>
  /** Make no request: undefined for what needs one. Default: strictLocalEvaluation */
  onlyEvaluateLocally?: boolean
  /** Default: the client's option */
  disableGeoip?: boolean
  /** For flags that roll out by device. */
  deviceId?: string
  /** Default: all flags */
  flagKeys?: string[]
}

export interface FlagOptions extends Omit<AllFlagsOptions, 'flagKeys'> {
  /** Report $feature_flag_called, once per user and value. Default: sendFeatureFlagEvent */
  sendFeatureFlagEvents?: boolean
}

export interface FeatureFlagResult {
  key: string
  enabled: boolean
  variant: string | undefined
  payload: JsonType | undefined
  /** Why it is so, such as "condition_match". */
  reason?: string
}

/** The flags of one user at one moment. Reading it makes no request. */
export class FeatureFlagEvaluations {
  private constructor()
  /** The flags that could be decided. */
  readonly keys: string[]
  /** Flags that could not be decided, with the reason. Empty in what only and onlyAccessed give. */
  readonly unresolvedFlags: Record<string, string>
  /** Whether the flag is on or has a variant; defaultValue, or false, where it has no value. Reports $feature_flag_called. */
  isEnabled(key: string, options?: { defaultValue?: boolean; sendFeatureFlagEvents?: boolean }): boolean
  /** The flag's value; undefined where it has none. Reports $feature_flag_called unless told otherwise. */
  getFlag(key: string, options?: { sendFeatureFlagEvents?: boolean }): FeatureFlagValue | undefined
  getFlagPayload(key: string): JsonType | undefined
  /** A copy with these flags alone. */
  only(keys: string[]): FeatureFlagEvaluations
  /** A copy with the flags that were read so far. */
  onlyAccessed(): FeatureFlagEvaluations
  /** The values that are decided, by key. */
  toJSON(): Record<string, FeatureFlagValue>
}

/** false ends all overrides; a list turns flags on; an object gives values, or values and payloads. */
export type FlagOverrides =
  | false
  | string[]
  | Record<string, FeatureFlagValue>
  | { flags?: false | string[] | Record<string, FeatureFlagValue>; payloads?: false | Record<string, JsonType> }

export interface FlagsAndPayloads {
  featureFlags: Record<string, FeatureFlagValue>
  featureFlagPayloads: Record<string, JsonType>
}

/** What became of the events that a flush or a shutdown covers. */
export interface DeliveryCounts {
  delivered: number
  dropped: number
  pending: number
}

/** The ledger. accepted = delivered + queued + inFlight + spooled + the sum of dropped, at every instant. */
export interface Stats {
  accepted: number
  invalid: number
  delivered: number
  queued: number
  inFlight: number
  spooled: number
  /** Reason to count. */
  dropped: Record<string, number>
  queueBytes: number
  definitions: {
    loadedAtMs: number | null
    ageMs: number | null
    flags: number
    source: string | null
  }
}

export interface DrainRecord {
  kind: 'log' | 'drop' | 'error' | 'definitions' | 'notice'
  atMs: number
  level: string
  code: string
  message: string
  /** Of a drop. */
  reason?: string
  count?: number
  uuids?: string[]
}

export interface Drained {
  records: DrainRecord[]
  /** Older records that had to go. */
  missed: number
}

export class PostHog {
  /**
   * @param apiKey the project's key; a blank one makes a client that sends nothing
   * @throws {PostHogError} INVALID_ARGUMENT, UNSUPPORTED, LIBRARY_NOT_FOUND, ABI_MISMATCH
   */
  constructor(apiKey: string, options?: PostHogOptions)

  /** What runs the library. */
  readonly engine: 'native' | 'wasm'

  capture(message: EventMessage): void
  /** Sends this one event now; resolves when it was delivered or given up. So do the others of that name. */
  captureImmediate(message: EventMessage): Promise<void>
  /** An event on the lane of its own for large AI traces: its uuid, or undefined where it was not queued. */
  captureAi(message: EventMessage): string | undefined
  /** Its uuid, or undefined where the service did not take it. */
  captureAiImmediate(message: EventMessage): Promise<string | undefined>
  identify(message: IdentifyMessage): void
  identifyImmediate(message: IdentifyMessage): Promise<void>
  alias(message: AliasMessage): void
  aliasImmediate(message: AliasMessage): Promise<void>
  groupIdentify(message: GroupIdentifyMessage): void
  groupIdentifyImmediate(message: GroupIdentifyMessage): Promise<void>
  setPersonProperties(message: SetPersonPropertiesMessage): void
  unsetPersonProperties(message: UnsetPersonPropertiesMessage): void
  /**
   * Whatever was thrown, with its stack and its causes, as $exception; once for each error. Without a distinctId, here
   * or in the context, it is personless.
   */
  captureException(
    error: unknown,
    distinctId?: Identifier,
    additionalProperties?: Properties,
    uuid?: string,
    flags?: FeatureFlagEvaluations | Record<string, FeatureFlagValue>,
  ): void
  captureExceptionImmediate(
    error: unknown,
    distinctId?: Identifier,
    additionalProperties?: Properties,
    flags?: FeatureFlagEvaluations | Record<string, FeatureFlagValue>,
  ): Promise<void>

  /** Runs a function, and all that it starts, with a user, a session and properties for its events. */
  withContext<T>(data: ContextData, run: () => T, options?: ContextOptions): T
  /** The same for what is left of the present piece of work. */
  enterContext(data: ContextData, options?: ContextOptions): void
  getContext(): ContextData | undefined

  /** Whether the flag is on or has a variant; undefined where it cannot be decided. */
  isFeatureEnabled(key: string, distinctId: Identifier, options?: FlagOptions): Promise<boolean | undefined>
  /** The flag's value; undefined where it cannot be decided. */
  getFeatureFlag(key: string, distinctId: Identifier, options?: FlagOptions): Promise<FeatureFlagValue | undefined>
  /** The payload, decoded: of matchValue where given, else of the flag's value. Reports nothing. */
  getFeatureFlagPayload(
    key: string,
    distinctId: Identifier,
    matchValue?: FeatureFlagValue,
    options?: FlagOptions,
  ): Promise<JsonType | undefined>
  /** Without a distinctId, here and below, the user is that of the context. */
  getFeatureFlagResult(key: string, options?: FlagOptions): Promise<FeatureFlagResult | undefined>
  getFeatureFlagResult(key: string, distinctId: Identifier, options?: FlagOptions): Promise<FeatureFlagResult | undefined>
  /** Every flag that can be decided, by at most one request. Reports nothing. */
  getAllFlags(options?: AllFlagsOptions): Promise<Record<string, FeatureFlagValue>>
  getAllFlags(distinctId: Identifier, options?: AllFlagsOptions): Promise<Record<string, FeatureFlagValue>>
  getAllFlagsAndPayloads(options?: AllFlagsOptions): Promise<FlagsAndPayloads>
  getAllFlagsAndPayloads(distinctId: Identifier, options?: AllFlagsOptions): Promise<FlagsAndPayloads>
  /** All flags, or those in flagKeys, as one snapshot, by at most one request. */
  evaluateFlags(options?: AllFlagsOptions): Promise<FeatureFlagEvaluations>
  evaluateFlags(distinctId: Identifier, options?: AllFlagsOptions): Promise<FeatureFlagEvaluations>
  /** The decoded payload of a remote config flag. Needs the secret key. */
  getRemoteConfigPayload(key: string): Promise<JsonType | undefined>
  /** Fixes flag values, for tests: they win over every other answer and make no request. */
  overrideFeatureFlags(overrides: FlagOverrides): void
  /** Fetches the definitions now: whether that worked. */
  reloadFeatureFlags(): Promise<boolean>
  isLocalEvaluationReady(): boolean
  /** Waits for the first definitions: whether they came. Default: 30000 ms */
  waitForLocalEvaluationReady(timeoutMs?: number): Promise<boolean>

  /** Adds super properties; in effect when the call returns. */
  register(properties: Properties): Promise<void>
  unregister(property: string | string[]): Promise<void>
  /** Opts in again. */
  enable(): Promise<void>
  /** Opts out: later events are counted and dropped. */
  disable(): Promise<void>
  /** The same as enable. */
  optIn(): Promise<void>
  /** The same as disable. */
  optOut(): Promise<void>
  readonly optedOut: boolean

  /** Waits until what was captured before is delivered or dropped. */
  flush(timeoutMs?: number): Promise<DeliveryCounts>
  /** Flushes within the deadline and ends the client; what is left is dropped and counted. */
  shutdown(timeoutMs?: number): Promise<DeliveryCounts>
  /** The same as shutdown. */
  shutdownAsync(timeoutMs?: number): Promise<DeliveryCounts>
  [Symbol.asyncDispose](): Promise<void>

  /** @throws {PostHogError} ENGINE_LOST */
  stats(): Stats
  /** What the library has to say since the last call: drops, errors, its log. */
  drain(): Drained
  /**
   * The events that a client with mode "memory" kept, as they would be sent.
   * @throws {PostHogError} WRONG_MODE, CLOSED, ENGINE_LOST
   */
  captured(options?: { clear?: boolean }): Record<string, JsonType>[]
  /**
   * Listens to what drain tells, which drain keeps: "error" for events that were dropped and requests that failed,
   * "localEvaluationFlagsLoaded", a record's kind, or "*" for everything with its name.
   * @returns ends it
   */
  on(event: 'error', listener: (error: PostHogError & { record: DrainRecord }) => void): () => void
  on(event: 'localEvaluationFlagsLoaded', listener: (flags: number) => void): () => void
  on(event: DrainRecord['kind'], listener: (record: DrainRecord) => void): () => void
  on(event: '*', listener: (event: string, payload: unknown) => void): () => void
  on(event: string, listener: (...args: any[]) => void): () => void
  /** Writes to stderr what drain tells, as it comes. */
  debug(enabled?: boolean): void
}

export class PostHogError extends Error {
  constructor(code: string, message: string)
  readonly code: string
}
