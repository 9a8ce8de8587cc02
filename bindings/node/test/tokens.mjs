// JSON that keeps what JSON.parse loses: the token of a number and the order of members.

/** A number as it was written. */
export class Token {
  constructor(text) {
    this.text = text
  }
}

const SPACE = /[ \t\r\n]*/y
const TEXT = /"(?:[^"\\]|\\.)*"/y
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y

/** Reads JSON text: objects become Maps, numbers Tokens, the rest what JSON.parse makes of it. */
export function parse(text) {
  let at = 0

  function take(pattern) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at += found[0].length
    return found?.[0]
  }

  function expect(character) {
    take(SPACE)
    if (text[at] !== character) throw new SyntaxError(`expected ${character} at ${at}`)
    at++
  }

  function next(character) {
    take(SPACE)
    if (text[at] !== character) return false
    at++
    return true
  }

  function list(closing, element) {
    if (next(closing)) return
    do element()
    while (next(','))
    expect(closing)
  }

  function object() {
    const members = new Map()
    list('}', () => {
      take(SPACE)
      const name = JSON.parse(take(TEXT))
      expect(':')
      members.set(name, value())
    })
    return members
  }

  function array() {
    const elements = []
    list(']', () => elements.push(value()))
    return elements
  }

  function value() {
    if (next('{')) return object()
    if (next('[')) return array()
    if (text[at] === '"') return JSON.parse(take(TEXT))
    const number = take(NUMBER)
    return number === undefined ? JSON.parse(take(WORD)) : new Token(number)
  }

  const whole = value()
  take(SPACE)
  if (at < text.length) throw new SyntaxError(`unexpected text at ${at}`)
  return whole
}

/** Compact JSON text of what parse returned. */
export function write(value) {
  if (value instanceof Token) return value.text
  if (value instanceof Map) return `{${[...value].map(([name, member]) => `${write(name)}:${write(member)}`).join(',')}}`
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  return JSON.stringify(value)
}
