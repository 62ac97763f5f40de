// The page inside the widget: it is given its key by the page around it, and tells that when the reader wants to be done.

import "./ask.js";
import { useGivenKey } from "./key.js";
import { ready } from "./ready.js";
import { hideArticle, onLeaving, showArticle } from "./reader.js";
import { count, day } from "./words.js";

// The service lets only pages of this origin show this one (`frame-ancestors`), so nobody else can be the page around.
const host = new URLSearchParams(location.search).get("host");
const around = window.parent === window ? null : window.parent;
const LABEL = 60;
const question = document.getElementById("question");
const ear = document.getElementById("ear-archive");

// At once, so that no key that a reader entered on the whole page is used here.
useGivenKey(null);

function tell(what) {
  around?.postMessage({ dateline: what }, host);
}

async function showArchive() {
  const { articles, newest } = await ready(ear);
  ear.textContent = `${count(articles, "article")}${newest ? `, the newest of ${day(newest)}` : ""}`;
}

window.addEventListener("message", ({ origin, source, data }) => {
  if (origin !== host || source !== around) return;
  if (data?.dateline === "begin" && (typeof data.key === "string" || data.key === null)) {
    useGivenKey(data.key);
    document.getElementById("label").textContent = String(data.label).slice(0, LABEL);
  } else if (data?.dateline === "open" && !document.querySelector("dialog[open]")) question.focus();
});

document.addEventListener("click", (event) => {
  const id = event.target.closest("a[data-article]")?.dataset.article;
  if (!id) return;
  event.preventDefault();
  const query = new URLSearchParams(event.target.closest("a").search);
  const [start, end] = ["start", "end"].map((name) => (query.has(name) ? Number(query.get(name)) : undefined));
  showArticle({ id, start, end });
});
onLeaving(hideArticle);

document.getElementById("close-widget").hidden = !around;
document.getElementById("close-widget").addEventListener("click", () => tell("close"));
document.addEventListener("keydown", (event) => {
  // With an article open, Escape closes that.
  if (event.key === "Escape" && !event.isComposing && !document.querySelector("dialog[open]")) tell("close");
});

tell("ready");
showArchive().catch((error) => {
  ear.textContent = error.message;
});
