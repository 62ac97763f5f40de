// Shows one question and its answer: sentences as they come, then sources and notes.

import { articleLink, element, emptied, outwardLink, webAddress } from "./elements.js";
import { count, credit, day, outlet } from "./words.js";

const NUMBER = /\[(\d{1,3})\]/g;
const EXCERPT = 280;
// A longer word may have to be broken.
const TIED = 20;

export class Turn {
  #number;
  #written = "";
  #parts;

  /** `chosen` says in words what the question was limited to, `address` leads to the question. */
  constructor({ number, question, chosen, address }) {
    this.#number = number;
    const heading = `turn-${number}`;
    this.#parts = {
      understood: element("p", { class: "understood", hidden: true }),
      status: element("p", { class: "status", role: "status" }),
      answer: element("div", { class: "answer", "aria-live": "polite", dir: "auto" }),
      notes: element("div", { class: "notes" }),
      sources: element("section", { class: "sources", hidden: true }),
      colophon: element("footer", { class: "colophon" }, element("a", { href: address }, "Link to this question")),
    };
    const { understood, status, answer, notes, sources, colophon } = this.#parts;
    this.node = element("article", { class: "turn", "aria-labelledby": heading },
      chosen && element("p", { class: "kicker" }, chosen),
      element("h2", { id: heading, dir: "auto" }, question),
      understood, status,
      element("div", { class: "columns" }, element("div", { class: "words" }, answer, notes), sources),
      colophon);
  }

  say(status) {
    this.#parts.status.textContent = status;
  }

  found(hits) {
    const articles = new Set(hits.map((hit) => hit.article.article_id)).size;
    this.say(hits.length ? `Reading ${count(hits.length, "passage")} of ${count(articles, "article")}…` : "Searching the archive…");
  }

  /** Adds a verified sentence. Its numbers become links only when the sources are known. */
  write(text) {
    this.#written += text;
    this.#parts.answer.append(element("span", {}, pieces(text, (number) => element("a", { class: "chip" }, `[${number}]`))));
  }

  finish(answer) {
    const { understood, answer: place, notes, sources, colophon } = this.#parts;
    const cited = new Map(answer.citations.map((citation) => [citation.number, citation]));
    if (answer.standalone) {
      understood.hidden = false;
      understood.textContent = `Understood as: ${answer.standalone}`;
    }
    if (!answer.answer.startsWith(this.#written)) {
      emptied(place);
      this.#written = "";
    }
    if (answer.answer !== this.#written) this.write(answer.answer.slice(this.#written.length));
    for (const chip of place.querySelectorAll(".chip")) {
      const citation = cited.get(Number(chip.textContent.slice(1, -1)));
      if (!citation) chip.replaceWith(chip.textContent);
      // The same element, for a new one in its place would be read aloud again.
      else for (const { name, value } of chipOf(citation).attributes) chip.setAttribute(name, value);
    }
    place.dataset.state = "whole";
    notes.append(...noteParts(answer));
    if (answer.abstained) {
      this.node.classList.add("abstained");
      place.append(element("p", { class: "reason" }, answer.abstained.message));
      if (answer.nearest.length) this.#list("Nearest passages", answer.nearest.map(passage), "nearest");
    } else if (answer.citations.length) {
      this.#list("Sources", answer.citations.map((citation) => this.#source(citation)), "cited");
    }
    this.say(answer.abstained ? "No answer in the archive." : `Answered from ${count(answer.citations.length, "source")}.`);
    const seconds = (answer.timings_ms.total ?? 0) / 1000;
    const writer = answer.generator === "extractive" ? "Sentences of the archive" : `Written by ${answer.generator}`;
    colophon.append(answer.abstained ? "" : ` · ${writer}`, ` · ${seconds.toFixed(2)} s`);
    sources.hidden = !sources.hasChildNodes();
  }

  stop() {
    this.#leave("Stopped.");
  }

  fail(problem, again) {
    this.#leave("");
    this.#parts.notes.append(element("div", { class: "problem", role: "alert" },
      element("p", {}, element("strong", {}, problem.message), " ", problem.advice),
      element("button", { type: "button", onclick: again }, "Try again")));
  }

  #leave(status) {
    this.say(status);
    this.#parts.answer.dataset.state = "broken off";
    // Without the last event nobody knows what the numbers stand for.
    if (this.#written) this.#parts.notes.append(note("Incomplete", "The sources come with the end of an answer, so these numbers lead nowhere."));
  }

  #list(heading, items, kind) {
    const id = `sources-${this.#number}`;
    this.#parts.sources.setAttribute("aria-labelledby", id);
    this.#parts.sources.append(element("h3", { id, class: "rubric" }, heading), element("ol", { class: kind }, items));
  }

  #source(citation) {
    const also = citation.also_in.map((copy) => copy.publisher).filter(Boolean);
    const address = webAddress(citation.url);
    return element("li", { value: citation.number, dir: "auto" },
      element("span", { class: "numeral", "aria-hidden": "true" }, String(citation.number)),
      articleLink({ id: citation.article_id, ...citation }, { class: "headline" }, citation.title),
      element("p", { class: "credit" }, outlet(citation), citation.authors.length > 0 && ` · ${citation.authors.join(", ")}`),
      element("p", { class: "credit" }, element("span", { class: "date" }, day(citation.published || citation.updated)),
        citation.published && citation.updated && `, updated ${day(citation.updated)}`),
      element("blockquote", {}, `“${citation.quote}”`),
      citation.verified !== "exact" && element("p", { class: "credit" }, "Quoted but for case, spacing and punctuation."),
      citation.corrections.map((text) => element("p", { class: "correction" }, text)),
      also.length > 0 && element("p", { class: "credit" }, `Also carried by ${[...new Set(also)].join(", ")}.`),
      address && element("p", { class: "credit" }, outwardLink(address.href, address.hostname)));
  }
}

/** Returns the text in pieces, with what `made` returns in place of every number in brackets. */
function pieces(text, made) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(NUMBER)) {
    const before = text.slice(at, found.index);
    const word = before.trimEnd().search(/\S*$/);
    const cut = before.length - word <= TIED ? word : before.length;
    // A number stays on the line of its word.
    parts.push(before.slice(0, cut), element("span", { class: "tied" }, before.slice(cut), made(found[1])));
    at = found.index + found[0].length;
  }
  return [...parts, text.slice(at)];
}

function chipOf(citation) {
  const label = `[${citation.number}] ${credit(citation)}: ${citation.title}`;
  return articleLink({ id: citation.article_id, ...citation }, { class: "chip", "aria-label": label, title: label });
}

function passage(hit) {
  const letters = [...hit.text];
  const excerpt = letters.length > EXCERPT ? `${letters.slice(0, EXCERPT).join("").replace(/\s+\S*$/, "")} …` : hit.text;
  return element("li", { dir: "auto" },
    articleLink({ id: hit.article.article_id, start: hit.start, end: hit.end }, { class: "headline" }, hit.article.title),
    element("p", { class: "credit" }, credit(hit.article)),
    element("blockquote", {}, excerpt));
}

function noteParts(answer) {
  const missing = answer.sentences.flatMap((sentence) => sentence.unsupported);
  const told = [
    ["The question assumes otherwise", answer.premise],
    ["Compared", answer.conclusion],
    ...answer.conflicts.map((conflict) => ["Sources differ", conflict]),
    ["How new", answer.newest_note],
    ["Not in the quoted words", missing.join(", ")],
    ["How it was written", answer.degraded],
    ["Order of the passages", answer.unranked],
  ];
  return told.filter(([, text]) => text).map(([label, text]) => note(label, text));
}

function note(label, text) {
  return element("p", { class: "note" }, element("strong", {}, label), " ", text);
}
