// Asks the service. Whatever goes wrong comes out as a Problem that can be shown to people.

import { chosenKey, isGiven, keyFromReader } from "./key.js";

export class Problem extends Error {
  constructor({ status = 0, title = "", detail = "", wait = null, requestId = null }) {
    super(detail || title);
    Object.assign(this, { status, title, wait, requestId });
  }

  /** Says what to do about it. */
  get advice() {
    if (this.status === 0) return "Check your connection and that the service runs, then try again.";
    if (this.wait) return `Try again in ${this.wait} second${this.wait === "1" ? "" : "s"}.`;
    if (this.status === 401) return isGiven() ? "Tell whoever runs this page." : "Enter an access key to go on.";
    if (this.status === 507) return "What was stored before stays.";
    if (this.status >= 500) return `This is a fault of the service. Its log has the details${this.requestId ? ` under ${this.requestId}` : ""}.`;
    return "";
  }
}

/**
 * Returns the response, asking the reader for an access key where the service wants one; rejects with a Problem.
 *
 * `body` is sent as JSON. `file` is sent as it is, and `sent` is told what share of it has gone.
 */
export async function request(path, { body, file, sent, signal } = {}) {
  for (;;) {
    const key = chosenKey();
    const headers = key ? { Authorization: `Bearer ${key}` } : {};
    const response = await (file ? sendFile(path, { file, sent, signal, headers }) : send(path, { body, signal, headers }));
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (response.status !== 401) throw problem;
    // Another request may have been given a key while this one was under way.
    if (chosenKey() === key && !(await keyFromReader(key ? problem.message : ""))) throw problem;
  }
}

export async function json(path, options) {
  return (await request(path, options)).json();
}

async function send(path, { body, signal, headers }) {
  if (body) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The service cannot be reached." });
  }
}

/** Does what `fetch` cannot: tells how much of the file has gone. */
function sendFile(path, { file, sent, signal, headers }) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", path);
    // The name says how it is read; what the system takes the file for is left out.
    for (const [name, value] of Object.entries({ ...headers, "Content-Type": "application/octet-stream" })) sending.setRequestHeader(name, value);
    sending.upload.addEventListener("progress", ({ loaded, total }) => sent?.(loaded / total));
    sending.addEventListener("load", () => resolve(responseOf(sending)));
    sending.addEventListener("error", () => reject(new Problem({ detail: "The connection broke off." })));
    sending.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    signal?.addEventListener("abort", () => sending.abort(), { once: true });
    sending.send(file);
  });
}

function responseOf(sending) {
  const headers = ["Retry-After", "X-Request-Id"].map((name) => [name, sending.getResponseHeader(name)]).filter(([, value]) => value);
  return new Response(sending.responseText, { status: sending.status, statusText: sending.statusText, headers });
}

async function problemOf(response) {
  let told = {};
  try {
    told = await response.json();
  } catch {
    // A proxy in between answers in its own words.
  }
  return new Problem({
    status: response.status,
    title: told.title ?? response.statusText,
    detail: told.detail ?? `The service answered with status ${response.status}.`,
    wait: response.headers.get("Retry-After"),
    requestId: told.request_id ?? response.headers.get("X-Request-Id"),
  });
}

/** Yields `{name, data}` of server-sent events as they come; comments that only keep the line open are left out. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (waiting + value).split("\n\n");
      waiting = blocks.pop();
      for (const block of blocks) {
        const event = parsed(block);
        if (event) yield event;
      }
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The connection broke off." });
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parsed(block) {
  const fields = new Map(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trimStart()]));
  return fields.has("data") ? { name: fields.get("event"), data: JSON.parse(fields.get("data")) } : null;
}
