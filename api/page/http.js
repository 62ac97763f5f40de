// Asks the service. Whatever goes wrong comes out as a Problem that can be shown to people.

import { chosenKey, keyFromReader } from "./key.js";

export class Problem extends Error {
  constructor({ status = 0, title = "", detail = "", wait = null, requestId = null }) {
    super(detail || title);
    Object.assign(this, { status, title, wait, requestId });
  }

  /** Says what to do about it. */
  get advice() {
    if (this.status === 0) return "Check your connection and that the service runs, then try again.";
    if (this.wait) return `Try again in ${this.wait} second${this.wait === "1" ? "" : "s"}.`;
    if (this.status === 401) return "Enter an access key to go on.";
    if (this.status >= 500) return `This is a fault of the service. Its log has the details${this.requestId ? ` under ${this.requestId}` : ""}.`;
    return "";
  }
}

/** Returns the response, asking the reader for an access key where the service wants one; rejects with a Problem. */
export async function request(path, { body, signal } = {}) {
  for (;;) {
    const key = chosenKey();
    const response = await send(path, body, signal, key);
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

async function send(path, body, signal, key) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  if (body) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The service cannot be reached." });
  }
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
