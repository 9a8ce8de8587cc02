// Answers a corpus with PostHog's SDK for Node: evaluate.mjs PACKAGES CORPUS RESULTS
//
// PACKAGES is the folder with node_modules in it. The only request a client may make is the one for its definitions,
// and that is answered here: sockets are refused.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { resolve } from "node:path";

const [packages, corpusPath, resultsPath] = process.argv.slice(2);
const corpus = JSON.parse(readFileSync(corpusPath, "utf8"));

// Timers keep the real time: they do not ask Date.
class FrozenDate extends Date {
  constructor(...args) {
    super(...(args.length > 0 ? args : [corpus.now_ms]));
  }
  static now() {
    return corpus.now_ms;
  }
}
globalThis.Date = FrozenDate;

function refuse() {
  throw new Error("the oracle has no network");
}
net.Socket.prototype.connect = refuse;
globalThis.fetch = refuse;

const require = createRequire(resolve(packages, "package.json"));
const { PostHog } = require("posthog-node");

// clientWith returns a client that holds the definitions, and the requests it makes.
async function clientWith(definitions) {
  const requests = [];
  const client = new PostHog("phc_oracle", {
    host: "http://127.0.0.1:9",
    secretKey: "phx_oracle",
    featureFlagsPollingInterval: 24 * 60 * 60 * 1000,
    fetch: async (url) => {
      requests.push(url);
      const body = JSON.stringify(definitions);
      return { status: 200, headers: new Headers(), text: async () => body, json: async () => JSON.parse(body) };
    },
  });
  client.on("error", (error) => {
    throw error;
  });
  if (!(await client.waitForLocalEvaluationReady())) throw new Error("the client did not take the definitions");
  return { client, requests };
}

async function answer(client, call) {
  const result = await client.getFeatureFlagResult(call.key, call.distinct_id, {
    groups: call.groups,
    personProperties: call.person_properties,
    groupProperties: call.group_properties,
    onlyEvaluateLocally: true,
    sendFeatureFlagEvents: false,
  });
  if (result === undefined) return { value: null, payload: null };
  return { value: result.enabled ? (result.variant ?? true) : false, payload: result.payload ?? null };
}

console.warn = () => {};
const results = [];
for (const document of corpus.documents) {
  const { client, requests } = await clientWith(document.definitions);
  for (const call of document.calls) results.push(await answer(client, call));
  await client.shutdown();
  const others = requests.filter((url) => !url.includes("/flags/definitions"));
  if (requests.length !== 1 || others.length > 0) throw new Error(`unexpected requests: ${requests}`);
}
const { version } = JSON.parse(readFileSync(resolve(packages, "node_modules/posthog-node/package.json"), "utf8"));
writeFileSync(resultsPath, JSON.stringify({ name: "posthog-node", version, results }));
