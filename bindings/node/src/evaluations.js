'use strict'

/**
 * The flags of one user at one moment, from PostHog.evaluateFlags. Reading is free of I/O. The first read of a flag by
 * isEnabled or getFlag reports `$feature_flag_called`, once per user and value as every flag call does; payloads are
 * read silently. As `flags` of a capture it stands for its values.
 */
class FeatureFlagEvaluations {
  #records
  #report
  #isSlice
  #accessed
  #reported = new Set()

  /**
   * @param {Record<string, any>} records the library's, by key
   * @param {(record: object | undefined, key: string, sendEvents?: boolean) => void} report called for a flag that is read
   *   and was not reported before
   * @param {Set<string>} [accessed] what was read before, given for a slice of another snapshot
   */
  constructor(records, report, accessed) {
    this.#records = new Map(Object.entries(records))
    this.#report = report
    this.#isSlice = accessed !== undefined
    this.#accessed = new Set(accessed)
  }

  /** The flags that could be decided. */
  get keys() {
    return Object.keys(this.toJSON())
  }

  /** Keys of flags that could not be decided, with the reason. */
  get unresolvedFlags() {
    const undecided = this.#isSlice ? [] : [...this.#records].filter(([, { value }]) => value === null)
    return Object.fromEntries(undecided.map(([key, { reason }]) => [key, reason]))
  }

  isEnabled(key, options) {
    const value = this.getFlag(key, options)
    return value === undefined ? (options?.defaultValue ?? false) : value !== false
  }

  getFlag(key, options) {
    const record = this.#records.get(key)
    const sendEvents = options?.sendFeatureFlagEvents
    this.#accessed.add(key)
    // A key that a slice lacks was left out of it; that does not make it missing.
    if (sendEvents !== false && !this.#reported.has(key) && (record || !this.#isSlice)) {
      this.#reported.add(key)
      this.#report(record, key, sendEvents)
    }
    return record?.value ?? undefined
  }

  getFlagPayload(key) {
    return this.#records.get(key)?.payload ?? undefined
  }

  only(keys) {
    const records = Object.fromEntries([...this.#records].filter(([key]) => keys.includes(key)))
    return new FeatureFlagEvaluations(records, this.#report, this.#accessed)
  }

  onlyAccessed() {
    return this.only([...this.#accessed])
  }

  /** The values that are decided, by key. */
  toJSON() {
    const values = [...this.#records].map(([key, { value }]) => [key, value])
    return Object.fromEntries(values.filter(([, value]) => value !== null))
  }
}

module.exports = { FeatureFlagEvaluations }
