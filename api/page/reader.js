// The panel in which an article is read, with the quoted words marked.

import { articleLink, element, emptied, outwardLink, webAddress } from "./elements.js";
import { json } from "./http.js";
import { day, outlet } from "./words.js";

const panel = document.getElementById("reader");
const place = document.getElementById("reader-article");
// Beside the answer where there is room for both, else over it.
const besides = matchMedia("(min-width: 68rem)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let opener = null;
let shown = "";

/** Shows an article, marked from `start` to `end` in code points; shown already, it stays. */
export async function showArticle({ id, start, end }) {
  const wanted = `${id} ${start} ${end}`;
  if (panel.open && shown === wanted) return;
  shown = wanted;
  pointOut(articleLink({ id, start, end }, {}).getAttribute("href"));
  if (!panel.contains(document.activeElement)) opener = document.activeElement;
  document.body.classList.add("reading");
  emptied(place).append(element("p", { id: "reader-title", role: "status" }, "Opening the article…"));
  if (!panel.open) {
    if (besides.matches) panel.show();
    else panel.showModal();
  }
  let parts;
  try {
    parts = articleParts(await json(`v1/articles/${encodeURIComponent(id)}`), start, end);
  } catch (error) {
    parts = [
      element("h2", { id: "reader-title", tabindex: "-1" }, "The article cannot be shown"),
      element("p", {}, `${error.message} ${error.advice ?? ""}`),
    ];
  }
  if (shown !== wanted) return;
  emptied(place).append(...parts);
  panel.scrollTop = 0;
  document.getElementById("reader-title").focus({ preventScroll: true });
  place.querySelector("mark")?.scrollIntoView({ block: "center", behavior: calm.matches ? "instant" : "smooth" });
}

export function hideArticle() {
  if (!panel.open) return;
  shown = "";
  pointOut(null);
  panel.close();
  document.body.classList.remove("reading");
  (opener?.isConnected && opener !== document.body ? opener : document.getElementById("question")).focus({ preventScroll: true });
}

/** Shows which of the links that lead to quotes is followed now. */
function pointOut(address) {
  for (const link of document.querySelectorAll("#conversation a[data-article]")) {
    if (link.getAttribute("href") === address) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Calls `close` when the reader wants to be done with the article. */
export function onLeaving(close) {
  document.getElementById("close-reader").addEventListener("click", close);
  panel.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  document.addEventListener("keydown", (event) => {
    // A modal dialog reports Escape by `cancel`.
    if (event.key === "Escape" && panel.open && !document.querySelector("dialog:modal")) close();
  });
}

function articleParts(article, start, end) {
  const dates = [article.published && day(article.published), article.updated && `updated ${day(article.updated)}`];
  const address = webAddress(article.url);
  return [
    element("p", { class: "kicker", dir: "auto" }, outlet(article), article.section && ` · ${article.section}`),
    element("h2", { id: "reader-title", tabindex: "-1", dir: "auto" }, article.title),
    !article.title_printed && element("p", { class: "help" }, "The article has no headline; this is its first sentence."),
    element("p", { class: "byline", dir: "auto" }, [...article.authors, ...dates].filter(Boolean).join(" · ") || "Undated"),
    address && element("p", { class: "outward-line" }, outwardLink(address.href, `Read it at ${address.hostname}`)),
    article.corrections.length > 0 &&
      element("section", { class: "corrections", "aria-label": "Corrections" }, article.corrections.map((text) => element("p", { dir: "auto" }, text))),
    element("div", { class: "text", lang: article.language ?? "" }, paragraphs(article.text, start, end)),
    copies(article.also_in),
    about(article),
  ].filter(Boolean);
}

/** Returns the text in paragraphs, with the words from `start` to `end` marked. */
export function paragraphs(text, start, end) {
  const [from, to] = Number.isInteger(start) && Number.isInteger(end) ? unitsOf(text, start, end) : [-1, -1];
  const gap = text.includes("\n\n") ? /\n\s*\n/g : /\n/g;
  const made = [];
  let at = 0;
  const gaps = [...text.matchAll(gap)].map((found) => [found.index, found.index + found[0].length]);
  for (const [until, next] of [...gaps, [text.length, text.length]]) {
    const [left, right] = [Math.min(Math.max(from, at), until), Math.max(Math.min(to, until), at)];
    const inside = left < right;
    const pieces = inside
      ? [text.slice(at, left), element("mark", {}, text.slice(left, right)), text.slice(right, until)]
      : [text.slice(at, until)];
    if (text.slice(at, until).trim()) made.push(element("p", { dir: "auto" }, pieces));
    at = next;
  }
  return made;
}

/** Turns places counted in code points into places in a string, which counts UTF-16 units: an emoji is two of them. */
export function unitsOf(text, start, end) {
  let points = 0;
  let units = 0;
  let from = text.length;
  for (const character of text) {
    if (points === start) from = units;
    if (points === end) return [from, units];
    points += 1;
    units += character.length;
  }
  return [from, text.length];
}

function copies(also) {
  if (also.length === 0) return null;
  const listed = also.map((copy) => {
    const words = `${copy.publisher ?? "Unknown publisher"}${copy.published ? `, ${day(copy.published)}` : ""}`;
    const link = copy.article_id ? articleLink({ id: copy.article_id }, {}, words) : outwardLink(copy.url, words);
    return element("li", { dir: "auto" }, link ?? words);
  });
  return element("section", { class: "copies", "aria-label": "Also carried by" }, element("h3", {}, "Also carried by"), element("ul", {}, listed));
}

function about(article) {
  const rows = [
    ["Published", article.published_detail && `${article.published_detail.value} (${article.published_detail.read_from})`],
    ["Updated", article.updated_detail && `${article.updated_detail.value} (${article.updated_detail.read_from})`],
    ["Read from", `${article.source}${article.position ? `, ${article.position}` : ""}`],
    ["Language", article.language],
    ["To know", article.flags.join(", ")],
    ...Object.entries(article.provenance).map(([field, from]) => [`${field} taken from`, from]),
    ["Id", article.article_id],
  ].filter(([, value]) => value);
  const list = rows.map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  return element("details", { class: "about" }, element("summary", {}, "About this article"), element("dl", {}, list));
}
