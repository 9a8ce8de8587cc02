'use strict'

/**
 * The one class of errors this package throws. `code` is for programs, `message` for people.
 *
 * Codes are the library's status names (INVALID_ARGUMENT, UNSUPPORTED, CLOSED, TIMEOUT, …) and three of the binding's
 * own: LIBRARY_NOT_FOUND, ABI_MISMATCH and ENGINE_LOST.
 */
class PostHogError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message)
    this.name = 'PostHogError'
    this.code = code
  }

  /**
   * @param {{error: {code: string, message: string}}} reply of a failed operation
   */
  static fromReply(reply) {
    return new PostHogError(reply.error.code, reply.error.message)
  }
}

module.exports = { PostHogError }
