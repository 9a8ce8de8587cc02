"use strict";

// Everything shown comes from the network, so it reaches the page through textContent and nowhere else.

const refreshEvery = 250; // ms; a busy library must not make a busy page
const tintFor = 3000; // ms; how long an answer that changed stays tinted

const byId = (id) => document.getElementById(id);
const flagRows = new Map(); // key -> the elements of its row, kept so that an update does not steal the focus
const lastAnswers = new Map(); // flag and library -> the response and when it changed
let shownETag = null;
let edits = 0; // grows when an edit starts and when it ends
let timer = null;
let stale = false;

/** Makes an element; children are elements or text. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function clock(ms) {
  if (!ms) {
    return make("span", { class: "muted" }, "never");
  }
  const at = new Date(ms);
  const text = [at.getHours(), at.getMinutes(), at.getSeconds()].map((n) => String(n).padStart(2, "0")).join(":");
  return make("time", { datetime: at.toISOString() }, text);
}

function cell(label, content, className = "") {
  const td = make("td", { "data-label": label, class: className });
  td.append(typeof content === "number" ? content.toLocaleString("en") : content);
  return td;
}

/** Replaces a list's rows. A list without rows gives way to its placeholder, with the table around it. */
function fill(id, rows) {
  const list = byId(id);
  list.replaceChildren(...rows);
  (list.closest("table") ?? list).hidden = rows.length === 0;
  byId(`${id}-empty`).hidden = rows.length > 0;
}

function showProblem(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = text === "";
}

async function call(method, path, body) {
  const response = await fetch(`/_control/${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.error);
  }
  return answer;
}

/** What became of the last definitions poll, in a word or two. */
function pollState(library, etag) {
  switch (library.last_poll_status) {
    case 200:
    case 304:
      return library.last_poll_etag === etag ? "current" : "older version";
    case 0:
      return "no answer";
    default:
      return `failed, ${library.last_poll_status}`;
  }
}

function libraryRow(library, etag) {
  const poll = make("span", {}, clock(library.last_poll_ms));
  if (library.last_poll_ms) {
    const state = pollState(library, etag);
    poll.append(make("span", { class: "tag", "data-kind": state === "current" ? "current" : "older" }, state));
  }
  return make("tr", {},
    cell("Library", make("code", {}, library.lib)),
    cell("Events", library.events, "number"),
    cell("Distinct", library.distinct, "number"),
    cell("Last event", clock(library.last_event_ms)),
    cell("Last definitions poll", poll));
}

function responseTag(response) {
  const kinds = { string: "variant", boolean: String(response) };
  const text = response === null ? "undecided" : typeof response === "string" ? response : JSON.stringify(response);
  return make("span", { class: "value", "data-kind": kinds[typeof response] ?? "other" }, text);
}

/** Whether the answer differs from the one shown before it, and not for long. */
function changedLately(read) {
  const id = JSON.stringify([read.flag, read.lib]);
  const response = JSON.stringify(read.response);
  const last = lastAnswers.get(id);
  if (last?.response !== response) {
    lastAnswers.set(id, { response, changedAt: last ? Date.now() : 0 });
    if (last) {
      setTimeout(schedule, tintFor);
    }
  }
  return Date.now() - lastAnswers.get(id).changedAt < tintFor;
}

function answerRow(read) {
  return make("tr", { class: changedLately(read) ? "changed" : "" },
    cell("Flag", make("code", {}, read.flag)),
    cell("Library", read.lib),
    cell("User", read.distinct_id),
    cell("Answer", responseTag(read.response)),
    cell("Time", clock(read.at_ms)));
}

function eventRow(event) {
  return make("li", {},
    clock(event.received_at_ms),
    make("span", { class: "event-name" }, event.event),
    make("span", { class: "muted" }, event.lib),
    make("span", { class: "muted" }, event.distinct_id));
}

/** One line about what a flag is, from its definition. */
function describe(flag, groupTypes) {
  const filters = flag.filters ?? {};
  const variants = filters.multivariate?.variants ?? [];
  const parts = [flag.name, variants.length > 0 ? variants.map((variant) => variant.key).join(", ") : ""];
  const group = filters.aggregation_group_type_index;
  if (typeof group === "number") {
    parts.push(`by ${groupTypes?.[group] ?? "group"}`);
  }
  return parts.filter((part) => part).join(" · ");
}

function makeFlagRow(key) {
  const power = make("input", { type: "checkbox", role: "switch" });
  const name = make("span", { class: "muted" });
  const slider = make("input", { type: "range", min: 0, max: 100, "aria-label": `Rollout of ${key}` });
  const output = make("output", {});
  power.setAttribute("aria-label", `${key} active`);
  power.dataset.flag = key;
  slider.dataset.flag = key;
  power.addEventListener("change", () => edit(key, { active: power.checked }));
  slider.addEventListener("input", () => {
    slider.dataset.dragging = "true";
    output.textContent = `${slider.value} %`;
  });
  slider.addEventListener("change", async () => {
    await edit(key, { rollout_percentage: Number(slider.value) });
    delete slider.dataset.dragging;
  });
  const element = make("li", {},
    make("label", { class: "flag-head" }, make("span", { class: "flag-words" }, make("code", {}, key), name), power),
    make("div", { class: "rollout" }, make("span", { class: "muted", "aria-hidden": "true" }, "Rollout"), slider, output));
  return { element, power, name, slider, output };
}

function showFlag(flag, groupTypes) {
  const row = flagRows.get(flag.key) ?? makeFlagRow(flag.key);
  flagRows.set(flag.key, row);
  row.name.textContent = describe(flag, groupTypes);
  row.power.checked = Boolean(flag.active);
  const condition = flag.filters?.groups?.[0];
  row.slider.disabled = !condition;
  if (!row.slider.dataset.dragging) {
    const rollout = condition ? condition.rollout_percentage ?? 100 : 0;
    row.slider.value = rollout;
    row.output.textContent = condition ? `${rollout} %` : "none";
  }
  return row.element;
}

async function refreshFlags(etag) {
  if (etag === shownETag) {
    return;
  }
  const editsBefore = edits;
  const definitions = await call("GET", "definitions");
  if (edits !== editsBefore) {
    return; // the document may be older than the edit, and the edit asks for a refresh of its own
  }
  const flags = definitions.flags.filter((flag) => typeof flag?.key === "string");
  const rows = flags.map((flag) => showFlag(flag, definitions.group_type_mapping));
  const list = byId("flags");
  // Elements that are in place already stay there: moving one would end a drag or lose the focus.
  if (rows.length === 0 || rows.length !== list.children.length || rows.some((row, i) => row !== list.children[i])) {
    fill("flags", rows);
  }
  shownETag = etag;
}

async function edit(key, change) {
  edits++;
  try {
    await call("POST", `flags/${encodeURIComponent(key)}`, change);
    showProblem("");
  } catch (error) {
    showProblem(`${key} was not changed: ${error.message}`);
    shownETag = null; // the control shows what was asked for; show what is
  }
  edits++;
  schedule();
}

async function refresh() {
  const overview = await call("GET", "overview");
  for (const name of ["events", "distinct", "duplicates"]) {
    byId(`count-${name}`).textContent = overview.summary[name].toLocaleString("en");
  }
  fill("libraries", overview.libraries.map((library) => libraryRow(library, overview.definitions_etag)));
  fill("answers", overview.flag_reads.map(answerRow));
  fill("events", overview.events.map(eventRow));
  await refreshFlags(overview.definitions_etag);
}

/** Asks for a refresh: now, or soon after the one before it. Any number of messages meanwhile make one. */
function schedule() {
  stale = true;
  timer ??= setTimeout(async () => {
    while (stale) {
      stale = false;
      await refresh().catch(() => showLink("lost", "Not refreshed"));
      await new Promise((resolve) => setTimeout(resolve, refreshEvery));
    }
    timer = null;
  }, 0);
}

function showLink(state, text) {
  byId("link").dataset.state = state;
  byId("link").textContent = text;
}

function connect() {
  const stream = new EventSource("/_control/stream");
  stream.addEventListener("open", () => {
    showLink("live", "Live");
    schedule();
  });
  stream.addEventListener("error", () => {
    showLink("lost", "Connection lost, retrying");
    if (stream.readyState === EventSource.CLOSED) {
      setTimeout(connect, 1000);
    }
  });
  for (const kind of ["event", "flag_read", "definitions", "request", "reset"]) {
    stream.addEventListener(kind, schedule);
  }
}

byId("reset").addEventListener("click", async () => {
  lastAnswers.clear();
  await call("POST", "reset").catch((error) => showProblem(error.message));
  schedule();
});

connect();
