// The ledger of one file: how far it has come, then what became of everything in it, or why it was not taken.

import { articleLink, element } from "./elements.js";

// In this order, so that what asks for a look comes first.
const OUTCOMES = {
  failed: "Refused",
  skipped: "Left out",
  duplicate: "Duplicate",
  near_duplicate: "Edited copy",
  updated: "New version",
  accepted: "Accepted",
  unchanged: "Known already",
};
const MANY = { duplicate: "duplicates", near_duplicate: "edited copies", updated: "new versions" };
const ORDER = Object.keys(OUTCOMES);
// Of what fills a file, the ledger names the text, which says nothing to people.
const WHOLE = /^(text [0-9a-f]{20})?$/;
const FIRST = 50;
const MORE = 500;
let made = 0;

export class Ledger {
  #name;
  #parts;

  constructor(name) {
    made += 1;
    this.#name = name;
    const heading = `ledger-${made}`;
    this.#parts = {
      progress: element("progress", { "aria-labelledby": heading, value: 0, hidden: true }),
      state: element("p", { class: "state" }, "Waits for its turn."),
      rows: element("div", { class: "entries" }),
    };
    const { progress, state, rows } = this.#parts;
    this.node = element("section", { class: "ledger", "aria-labelledby": heading },
      element("h4", { id: heading, dir: "auto" }, name), state, progress, rows);
  }

  /** Shows that this share of the file was sent; of a whole file nobody knows how long reading it takes. */
  sent(share) {
    const { progress, state, rows } = this.#parts;
    rows.replaceChildren();
    this.node.classList.remove("wrong-file");
    progress.hidden = false;
    if (share < 1) {
      progress.value = share;
      state.textContent = `${Math.floor(share * 100)} % sent`;
    } else {
      progress.removeAttribute("value");
      state.textContent = "Being read …";
    }
  }

  /** Shows what `POST /v1/ingest` gave; returns it in words. */
  finish({ counts, entries, read, stopped }) {
    const { state, rows } = this.#parts;
    this.#parts.progress.hidden = true;
    state.textContent = `${read.toLocaleString("en")} read: ${summed(counts)}.`;
    if (stopped) rows.append(element("p", { class: "problem" }, "The service was stopped meanwhile. Send the file again: what is stored is known already then."));
    const sorted = entries.toSorted((one, other) => ORDER.indexOf(one.outcome) - ORDER.indexOf(other.outcome));
    if (sorted.length) rows.append(...table(sorted));
    return `${this.#name}: ${state.textContent}`;
  }

  /** Shows why nothing came back; `again` is offered where trying once more can help. */
  fail(words, again) {
    const { progress, state, rows } = this.#parts;
    progress.hidden = true;
    this.node.classList.add("wrong-file");
    state.textContent = words;
    rows.replaceChildren();
    if (again) rows.append(element("button", { type: "button", onclick: again }, "Try again"));
  }

  /** Says that the file waits. */
  wait(words = "Waits for its turn.") {
    this.#parts.state.textContent = words;
    this.#parts.rows.replaceChildren();
    this.node.classList.remove("wrong-file");
  }
}

/** Writes counts as `2 accepted, 1 refused`. */
export function summed(counts) {
  const said = ORDER.toReversed().filter((outcome) => counts[outcome]).map((outcome) => {
    const words = (counts[outcome] > 1 && MANY[outcome]) || OUTCOMES[outcome].toLowerCase();
    return `${counts[outcome].toLocaleString("en")} ${words}`;
  });
  return said.join(", ") || "no article in it";
}

function table(entries) {
  const body = element("tbody", {}, entries.slice(0, FIRST).map(row));
  const heads = ["Outcome", "Article", "Place in the file", "Remarks"].map((head) => element("th", { scope: "col" }, head));
  const more = element("button", { type: "button", hidden: entries.length <= FIRST }, "Show more");
  more.addEventListener("click", () => {
    const shown = body.childElementCount;
    body.append(...entries.slice(shown, shown + MORE).map(row));
    body.children[shown].querySelector("th").focus();
    more.hidden = body.childElementCount >= entries.length;
  });
  return [element("table", {}, element("thead", {}, element("tr", {}, heads)), body), more];
}

function row(entry) {
  const title = entry.title || (entry.article_id ? "Untitled" : "—");
  return element("tr", { class: `outcome-${ORDER.includes(entry.outcome) ? entry.outcome : "other"}` },
    element("th", { scope: "row", tabindex: "-1" }, OUTCOMES[entry.outcome] ?? entry.outcome),
    element("td", { class: "what", dir: "auto" }, entry.article_id ? articleLink({ id: entry.article_id }, {}, title) : title),
    element("td", { class: "where", dir: "auto" }, WHOLE.test(entry.position) ? "whole file" : entry.position),
    element("td", { class: "why", dir: "auto" }, reasonParts(entry.reason ?? "")));
}

/** Reasons put names of fields between backticks. */
function reasonParts(reason) {
  return reason.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));
}
