"use strict";
// What stands in an opened question. Every text comes from articles or answers: it only ever becomes a text node.

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

// A text of unknown language and direction; `dir=auto` also keeps its direction marks from turning what stands beside it.
function foreign(tag, className, ...children) {
  const made = element(tag, className, ...children);
  made.dir = "auto";
  return made;
}

function block(title, className, ...children) {
  return element("section", className, element("h4", "", title), ...children);
}

function list(texts) {
  return element("ul", "", ...texts.map((text) => foreign("li", "", text)));
}

function definitions(pairs) {
  return element("dl", "pairs", ...pairs.map(([name, value]) => element("div", "", element("dt", "", name), foreign("dd", "", value))));
}

function openedQuestion(shown, entry) {
  const cites = new Map(entry.citations.map((citation) => [citation.number, citationOf(citation)]));
  const main = element("div", "main", ...askedBefore(entry), answerOf(shown, entry, cites));
  if (entry.withheld) {
    main.append(block("What it would have said", "withheld", foreign("p", "answer", entry.withheld)));
  }
  if (entry.sentences.length) main.append(supportOf(entry.sentences));
  if (cites.size) main.append(block("Sources", "sources", ...cites.values()));
  const side = element("div", "side", expectedOf(entry), scoresOf(entry.scores), block("This question", "", definitions([["id", shown.id], ["kind", shown.kind], ...entry.facts])));
  const all = element("div", "opened", main, side);
  if (entry.passages.length) all.append(passagesOf(entry));
  return all;
}

function askedBefore(entry) {
  const parts = [];
  if (entry.error) parts.push(block("Error", "fault", foreign("p", "", entry.error)));
  if (entry.problems.length) parts.push(block("Problems", "fault", list(entry.problems)));
  if (entry.history.length) parts.push(block("Asked before", "history", element("ol", "", ...entry.history.map((text) => foreign("li", "", text)))));
  if (entry.as_of) parts.push(element("p", "as-of", "Asked as of ", element("time", "", entry.as_of)));
  return parts;
}

function answerOf(shown, entry, cites) {
  const title = shown.abstained === null ? "Answer" : `Abstained: ${shown.abstained}`;
  return block(title, "said", foreign("p", "answer", ...withMarkers(shown.answer || "–", cites)));
}

// `[1]` and `[1, 2]` become markers where they name citations of the answer; a quoted `[2021]` stays text.
function withMarkers(text, cites) {
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(/\s*\[(\d+(?:\s*,\s*\d+)*)\]/g)) {
    const numbers = found[1].split(",").map(Number);
    if (!numbers.every((number) => cites.has(number))) continue;
    parts.push(text.slice(last, found.index), ...numbers.map((number) => marker(number, cites)));
    last = found.index + found[0].length;
  }
  return [...parts, text.slice(last)];
}

function marker(number, cites) {
  const made = element("button", "marker", String(number));
  made.type = "button";
  made.setAttribute("aria-label", `source ${number}`);
  made.addEventListener("click", () => {
    const source = cites.get(number);
    source.scrollIntoView({ block: "nearest" });
    source.focus();
  });
  return made;
}

function supportOf(sentences) {
  const weak = sentences.filter((sentence) => !sentence.supported || sentence.unsupported.length);
  if (!weak.length) return element("p", "supported", "Every sentence is supported by its sources.");
  const rows = sentences.map((sentence) => {
    const verdict = sentence.supported ? "supported" : "not supported";
    const by = sentence.citations.length ? ` by ${sentence.citations.map((number) => `[${number}]`).join(" ")}` : "";
    const item = element("li", sentence.supported ? "" : "weak", foreign("span", "", sentence.text), element("small", "", verdict + by));
    if (sentence.unsupported.length) {
      const words = sentence.unsupported.flatMap((word, place) => [place ? ", " : "", foreign("b", "", word)]);
      item.append(element("small", "words", "in no quote: ", ...words));
    }
    return item;
  });
  return block("Support", "support", element("ol", "", ...rows));
}

function citationOf(citation) {
  const outlet = [citation.publisher, citation.agency].filter(Boolean).join(" / ") || "unknown outlet";
  const byline = element("p", "byline", element("b", "number", String(citation.number)), foreign("b", "outlet", outlet));
  if (citation.authors.length) byline.append(" ", foreign("span", "authors", citation.authors.join(", ")));
  byline.append(" ", element("time", "", citation.published || "undated"));
  if (citation.updated) byline.append(" ", element("span", "", "updated ", element("time", "", citation.updated)));
  if (citation.exact !== undefined && citation.exact !== null) {
    byline.append(" ", element("span", citation.exact ? "exact" : "inexact", citation.exact ? "exact" : "not exact"));
  }
  const made = element("article", "source", byline);
  const title = citation.title || citation.url;
  if (citation.url) {
    const link = foreign("a", "", title);
    link.href = citation.url;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    made.append(element("p", "title", link));
  } else if (title) {
    made.append(foreign("p", "title", title));
  }
  if (citation.unlinked) made.append(element("p", "note", "Address (not a web link): ", foreign("code", "", citation.unlinked)));
  const quote = foreign("mark", "", citation.quote);
  if (citation.in_passage) {
    made.append(foreign("blockquote", "", citation.before, quote, citation.after));
  } else {
    made.append(foreign("blockquote", "", quote));
    if (citation.after) made.append(element("p", "note", "The quote does not stand in its passage:"), foreign("blockquote", "", citation.after));
  }
  made.tabIndex = -1;
  return made;
}

function expectedOf(entry) {
  const { abstain, answers, all_of: parts, evidence, named, relevant } = entry.expected;
  const made = block("Expected", "expected");
  if (abstain) made.append(element("p", "", "To abstain: there is no answer."));
  if (answers.length) made.append(element("p", "note", answers.length > 1 ? "any of" : "to say"), list(answers));
  if (parts.length) made.append(element("p", "note", "all of"), list(parts.map((forms) => forms.join(" / "))));
  if (evidence.length) {
    const held = evidence.map((text, place) => {
      const rank = entry.passages.findIndex((passage) => passage[5].includes(place)) + 1;
      return element("li", rank ? "" : "weak", foreign("q", "", text), element("small", "", rank ? `in passage ${rank}` : "not retrieved"));
    });
    made.append(element("p", "note", "evidence"), element("ol", "evidence", ...held));
  }
  if (relevant.length) {
    const met = relevant.filter((article) => entry.passages.some((passage) => passage[6] === article)).length;
    made.append(element("p", "note", `${met} of ${relevant.length} relevant articles retrieved`));
  }
  if (named.length) made.append(definitions(named));
  if (made.children.length === 1) made.append(element("p", "", "Nothing is stated."));
  return made;
}

function scoresOf(scores) {
  if (!scores.length) return null;
  const rows = scores.map(([group, metric, value], place) => {
    const first = !place || scores[place - 1][0] !== group;
    const made = element("tr", first ? "first" : "", element("th", "", first ? group : ""), element("td", "", metric), foreign("td", "num", value));
    return made;
  });
  return block("Scores", "scores", element("table", "", element("tbody", "", ...rows)));
}

function passagesOf(entry) {
  const headings = ["", "passage", "outlet", "date", "holds", "score"].map((text) => element("th", text === "score" ? "num" : "", text));
  const rows = entry.passages.map(([title, publisher, published, score, relevant, evidence], place) => {
    const holds = evidence.map((number) => `evidence ${number + 1}`);
    if (relevant) holds.push("relevant");
    const cells = [foreign("td", "title", title || "–"), foreign("td", "", publisher || "–"), element("td", "", published || "undated")];
    return element("tr", holds.length ? "holds" : "", element("td", "num", String(place + 1)), ...cells, element("td", "", holds.join(", ")), element("td", "num", score));
  });
  const table = element("table", "", element("thead", "", element("tr", "", ...headings)), element("tbody", "", ...rows));
  const wide = element("div", "wide", table);
  // On a phone it is wider than the window: the keyboard must be able to scroll it.
  wide.tabIndex = 0;
  return block("Retrieved, best first", "passages", wide);
}
