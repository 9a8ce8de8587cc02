'use strict'

/**
 * The end of the process: what is queued gets one flush with a deadline, and nothing of ours holds the process before.
 *
 * Timers and idle or waiting sockets do not hold it anyway, they are unref'd. A socket whose connection is still being
 * made does, for as long as the network is silent, and Node has no way to let go of it. So while there is one, the
 * process is asked now and then whether anything else holds it; if not, the program is done, and it is as if Node had
 * said beforeExit.
 *
 * Signals, process.exit() and uncaught exceptions are the program's own: nothing is hooked there.
 */

/** How often the process is asked, in milliseconds. */
const ALONE_CHECK_MS = 50

/**
 * @typedef {object} Leaver
 * @property {() => void} leave flushes within its deadline, then lets the process go
 */

/** @type {Set<Leaver>} */
const leavers = new Set()

/** @type {Set<import('node:net').Socket>} */
const connecting = new Set()

let aloneCheck

/** @param {Leaver} leaver is told when the process is about to end */
function addLeaver(leaver) {
  if (leavers.size === 0) process.on('beforeExit', leaveAll)
  leavers.add(leaver)
}

/** @param {Leaver} leaver */
function removeLeaver(leaver) {
  leavers.delete(leaver)
  if (leavers.size === 0) process.off('beforeExit', leaveAll)
}

function leaveAll() {
  for (const leaver of leavers) leaver.leave()
}

/**
 * Lets the process end while a socket waits.
 *
 * @param {import('node:net').Socket} socket
 */
function releaseSocket(socket) {
  socket.unref()
  if (!socket.connecting) return
  connecting.add(socket)
  aloneCheck ??= setInterval(leaveIfAlone, ALONE_CHECK_MS).unref()
  const settled = () => {
    connecting.delete(socket)
    if (connecting.size > 0) return
    clearInterval(aloneCheck)
    aloneCheck = undefined
  }
  socket.once('connect', settled)
  socket.once('close', settled)
}

function leaveIfAlone() {
  // Standard output and error, when they are pipes, are listed although they hold nothing.
  const handles = /** @type {any} */ (process)._getActiveHandles()
  const stdio = handles.filter(({ fd }) => fd === 1 || fd === 2)
  if (process.getActiveResourcesInfo().length <= connecting.size + stdio.length) leaveAll()
}

module.exports = { addLeaver, removeLeaver, releaseSocket }
