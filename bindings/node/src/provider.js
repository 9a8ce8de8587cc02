'use strict'

/**
 * The option flagDefinitionCacheProvider: flag definitions that several processes share. At each look one of them
 * fetches and stores, the others read. What a provider throws is told and changes nothing: the definitions stay.
 *
 * @typedef {object} Provider
 * @property {() => any} getFlagDefinitions data, or undefined where there is none
 * @property {() => any} shouldFetchFlagDefinitions whether this process is the one that fetches
 * @property {(data: object) => any} onFlagDefinitionsReceived stores what was fetched
 * @property {() => any} shutdown
 */
class Definitions {
  #provider
  #library
  #timer
  #stored
  /** @type {Promise<boolean> | undefined} */
  #looking

  /**
   * @param {Provider} provider
   * @param {number} intervalMs
   * @param {object} library
   * @param {boolean} library.canFetch
   * @param {() => Promise<boolean>} library.fetch whether it worked
   * @param {() => any} library.read the document in use, {} where there is none
   * @param {(document: object) => void} library.use
   * @param {(error: any) => void} library.failed
   */
  constructor(provider, intervalMs, library) {
    this.#provider = provider
    this.#library = library
    this.#timer = setInterval(() => this.look(), intervalMs)
    this.#timer.unref()
    this.look()
  }

  /** One look; a second at the same time waits for the first. Resolves to whether there are definitions then. */
  look() {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #look() {
    const { canFetch, read, use } = this.#library
    const fetches = (await this.#ask(() => this.#provider.shouldFetchFlagDefinitions())) ?? canFetch
    if (fetches && canFetch) return this.#fetch(true)
    const data = await this.#ask(() => this.#provider.getFlagDefinitions())
    if (data) use(snakeCased(data))
    else if (canFetch && !read().flags) return this.#fetch(false)
    return read().flags !== undefined
  }

  async #fetch(owner) {
    const worked = await this.#library.fetch()
    const document = this.#library.read()
    const text = JSON.stringify(document)
    if (!worked || !owner || text === this.#stored) return worked
    this.#stored = text
    await this.#ask(() => this.#provider.onFlagDefinitionsReceived(bothCased(document)))
    return true
  }

  stop() {
    clearInterval(this.#timer)
  }

  /** Gives the provider its end, and so long for it. */
  async shutdown(timeoutMs) {
    this.stop()
    let timer
    const late = new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)))
    await Promise.race([this.#ask(() => this.#provider.shutdown()), late])
    clearTimeout(timer)
  }

  async #ask(call) {
    try {
      return await call()
    } catch (error) {
      this.#library.failed(error)
      return undefined
    }
  }
}

/** Two members have a name of their own in JavaScript; providers store and give back either. */
const NAMES = [
  ['group_type_mapping', 'groupTypeMapping'],
  ['minimal_flag_called_events', 'minimalFlagCalledEvents'],
  ['property_matching_version', 'propertyMatchingVersion'],
]

function snakeCased(data) {
  const document = { ...data }
  for (const [snake, camel] of NAMES) {
    document[snake] ??= document[camel]
    delete document[camel]
  }
  return document
}

function bothCased(document) {
  const data = { ...document }
  for (const [snake, camel] of NAMES) {
    if (data[snake] !== undefined) data[camel] = data[snake]
  }
  return data
}

module.exports = { Definitions }
