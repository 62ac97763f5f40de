// Adding articles: takes files that are dropped or chosen, sends them one after another, and shows the ledger of each.

import { element, emptied } from "./elements.js";
import { json, Problem, request } from "./http.js";
import { Ledger, summed } from "./ledger.js";
import { count, size } from "./words.js";

// What would go wrong with the next file as well, so that it is not sent.
const ALL_WRONG = new Set([0, 401, 403, 429, 503, 507]);
// What is wrong with the file itself, so that sending it again does not help.
const FILE_WRONG = new Set([409, 413, 415, 422]);
const section = document.getElementById("adding");
const files = document.getElementById("files");
const drop = document.getElementById("drop");
const stop = document.getElementById("stop-adding");
const status = document.getElementById("adding-status");
const ledgers = document.getElementById("ledgers");
const publisher = document.getElementById("adding-publisher");
const published = document.getElementById("adding-published");
let largest = Infinity;
let tellAdded = () => {};
let waiting = [];
let running = null;

/** Shows the section to those who may add articles; `added` is called whenever some were. */
export async function offerAdding(added) {
  const may = await json("v1/permissions");
  tellAdded = added;
  largest = may.max_upload_bytes;
  document.getElementById("largest").textContent = size(largest);
  section.hidden = !may.ingest;
}

/** Suggests publishers of the archive, so that one outlet does not get two names. */
export function suggestPublishers(publishers) {
  const named = publishers.filter(({ publisher: name }) => name);
  emptied(document.getElementById("known-publishers")).append(...named.map(({ publisher: name }) => element("option", { value: name })));
}

/** Takes files; those that come while others are sent go behind them. */
function add(chosen) {
  if (!running) emptied(ledgers);
  const assumed = { publisher: publisher.value.trim(), published: published.value };
  for (const file of chosen) {
    const ledger = new Ledger(file.name);
    ledgers.append(ledger.node);
    waiting.push({ file, ledger, assumed });
  }
  sendAll();
}

async function sendAll() {
  if (running || waiting.length === 0) return;
  running = new AbortController();
  stop.hidden = false;
  const totals = {};
  let done = 0;
  while (waiting.length) {
    const item = waiting.shift();
    try {
      const body = await sendOne(item, waiting.length, running.signal);
      done += 1;
      for (const [outcome, number] of Object.entries(body.counts)) totals[outcome] = (totals[outcome] ?? 0) + number;
      status.textContent = item.ledger.finish(body);
    } catch (error) {
      leave(item, error);
    }
  }
  if (done > 1) status.textContent = `${count(done, "file")} read: ${summed(totals)}.`;
  running = null;
  if (document.activeElement === stop) files.focus();
  stop.hidden = true;
  if (done) tellAdded();
}

async function sendOne({ file, ledger, assumed }, left, signal) {
  if (file.size > largest) {
    throw new Problem({ status: 413, detail: `The file has ${size(file.size)}; this service takes at most ${size(largest)}. Split it, or use dateline ingest where the archive is.` });
  }
  status.textContent = `Sending ${file.name}${left ? `; ${count(left, "file")} after it` : ""}.`;
  ledger.sent(0);
  const given = Object.entries(assumed).filter(([, value]) => value);
  const query = new URLSearchParams([["name", file.name], ...given]);
  return (await request(`v1/ingest?${query}`, { file, signal, sent: (share) => ledger.sent(share) })).json();
}

/** Says why a file was not taken, and leaves the others where they would fare no better. */
function leave(item, error) {
  const stopped = error.name === "AbortError";
  const problem = error instanceof Problem ? error : new Problem({ status: 500, detail: "The ledger could not be read." });
  const rest = stopped || ALL_WRONG.has(problem.status) ? waiting.splice(0) : [];
  const again = () => {
    for (const { ledger } of [item, ...rest]) ledger.wait();
    waiting.push(item, ...rest);
    files.focus();
    sendAll();
  };
  const lost = problem.status === 0 ? " What had been stored by then stays, and is known already when the file is sent again." : "";
  const words = stopped ? "Stopped. What had been stored by then stays." : `${problem.message}${lost} ${problem.advice}`.trim();
  item.ledger.fail(words, FILE_WRONG.has(problem.status) ? null : again);
  for (const { ledger } of rest) ledger.wait("Not sent.");
  status.textContent = `${item.file.name}: ${words}${rest.length ? ` ${count(rest.length, "file")} after it not sent.` : ""}`;
}

/** Returns the files of what was dropped; of a folder browsers give something that cannot be sent. */
function dropped({ items, files: given }) {
  const folders = [...items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry?.isDirectory).map(({ name }) => name);
  for (const name of folders) {
    status.textContent = `${name} is a folder. Choose the files in it, or use dateline ingest where the archive is.`;
  }
  return [...given].filter(({ name }) => !folders.includes(name));
}

function takes(event) {
  return !section.closest("[hidden]") && event.dataTransfer?.types.includes("Files");
}

files.addEventListener("change", () => {
  add([...files.files]);
  // So that the same file can be chosen again.
  files.value = "";
});
stop.addEventListener("click", () => running?.abort());
// Anywhere on the page: where it is not taken the browser would leave the page and open the file.
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    if (!takes(event)) return;
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  if (!takes(event)) return;
  event.preventDefault();
  drop.classList.remove("over");
  add(dropped(event.dataTransfer));
});
