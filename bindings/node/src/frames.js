'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { attempt } = require('./attempt.js')

/**
 * Stack traces as PostHog takes them: from the entry point to the crash, with the source around each line.
 */

/** Lines before and after, as posthog-node has them, and how much of a long line. */
const CONTEXT_LINES = 7
const MAX_LINE = 1024

/** Larger files are bundles: their lines tell little and cost much. */
const MAX_FILE_BYTES = 1 << 20
const MAX_FILES = 50

/** Of a stack; V8 keeps 10 unless told otherwise. */
const MAX_FRAMES = 50

/** "    at name (place)" or "    at place"; the place ends in line and column. */
const CALL = /^\s*at (?:(.+?) \()?((?:.*?)(?::(\d+))?(?::(\d+))?)\)?$/

/**
 * @param {unknown} stack an Error's
 * @returns {object[]}
 */
function framesOf(stack) {
  if (typeof stack !== 'string') return []
  const frames = stack.split('\n').map(readFrame).filter(Boolean)
  return frames.slice(0, MAX_FRAMES).reverse()
}

function readFrame(line) {
  const [, name, place, row, column] = CALL.exec(line) ?? []
  if (place === undefined) return undefined
  const file = readFile(place, row, column)
  const inApp = isInApp(file)
  return {
    platform: 'node:javascript',
    filename: relative(file),
    function: name?.replace(/^async /, '').replace(/ \[as .*\]$/, '') ?? '?',
    module: moduleOf(file),
    lineno: row && Number(row),
    colno: column && Number(column),
    in_app: inApp,
    ...(row && path.isAbsolute(file) ? sourceAround(file, Number(row)) : undefined),
  }
}

function readFile(place, row, column) {
  // What eval made has a place inside of a place: the inner one is of no file.
  const inner = /^eval at .*?\(((?:\/|file:|[A-Za-z]:).*?):\d+:\d+\)/.exec(place)?.[1]
  const file = inner ?? place.slice(0, place.length - (column ? column.length + 1 : 0) - (row ? row.length + 1 : 0))
  return file.startsWith('file://') ? attempt(() => fileURLToPath(file), file) : file
}

/** Not Node's own, not a dependency's. */
function isInApp(file) {
  return (path.isAbsolute(file) || /^\w+:\/\//.test(file)) && !/[\\/]node_modules[\\/]/.test(file)
}

function relative(file) {
  return path.isAbsolute(file) ? path.relative(process.cwd(), file) || file : file
}

/** A dependency's name and file, or the file's place below the program, with dots for slashes. */
function moduleOf(file) {
  const { dir, name } = path.parse(file)
  const dependency = dir.split(/[\\/]node_modules[\\/]/)
  const program = process.argv[1] ? path.dirname(process.argv[1]) : process.cwd()
  const below = dependency.length > 1 ? dependency.at(-1) : path.relative(program, dir)
  if (!path.isAbsolute(file) || below === '' || below.startsWith('..')) return name
  return `${below.replace(/[\\/]/g, '.')}:${name}`
}

/** Lines of the files that were read last; undefined for one that cannot be read. @type {Map<string, string[] | undefined>} */
const files = new Map()

function sourceAround(file, row) {
  const lines = linesOf(file)
  const line = lines?.[row - 1]
  if (line === undefined) return undefined
  return {
    pre_context: lines.slice(Math.max(0, row - 1 - CONTEXT_LINES), row - 1).map(shortened),
    context_line: shortened(line),
    post_context: lines.slice(row, row + CONTEXT_LINES).map(shortened),
  }
}

function linesOf(file) {
  if (!files.has(file)) {
    if (files.size >= MAX_FILES) files.delete(files.keys().next().value)
    files.set(file, attempt(() => readLines(file)))
  }
  return files.get(file)
}

function readLines(file) {
  const { size } = fs.statSync(file)
  return size <= MAX_FILE_BYTES ? fs.readFileSync(file, 'utf8').replace(/\n$/, '').split(/\r?\n/) : undefined
}

function shortened(line) {
  return line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE)}…`
}

module.exports = { framesOf }
