// Runs the conformance corpus in this page, through the wasm engine of the Node binding, and posts the report.

import { runCorpus } from './test/runner.mjs'

const text = async (path) => {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.text()
}

/** The binding's CommonJS modules, by name. */
const modules = new Map()

/** Loads a module of the binding and, before it, those it requires from its own folder. */
async function load(name) {
  if (modules.has(name)) return modules.get(name).exports
  const source = await text(`src/${name}`)
  for (const [, required] of source.matchAll(/require\('\.\/([^']+)'\)/g)) await load(required)
  const module = { exports: {} }
  modules.set(name, module)
  new Function('module', 'require', source)(module, (path) => modules.get(path.replace('./', '')).exports)
  return module.exports
}

async function report() {
  const { WasmEngine } = await load('wasm-engine.js')
  const compiled = await WebAssembly.compileStreaming(fetch('posthog.wasm'))
  let engine
  const current = () => {
    if (engine === undefined || engine.lost) engine = WasmEngine.instantiate(compiled, (bytes) => crypto.getRandomValues(bytes))
    return engine
  }
  return runCorpus('chromium', current, (name) => text(`cases/${name}`))
}

const body = await report().then(JSON.stringify, (error) => `${error.stack}`)
await fetch('report', { method: 'POST', body })
