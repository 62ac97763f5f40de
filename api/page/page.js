// Starts the page and follows its address: which section is shown, which article is open, what is asked at once.

import { offerAdding, suggestPublishers } from "./adding.js";
import { listAgain, showHoldings, showLatest } from "./articles.js";
import { ask, limitBy } from "./ask.js";
import { chooseFilters, chosenFilters, offerPublishers } from "./filters.js";
import { json } from "./http.js";
import { hideArticle, onLeaving, showArticle } from "./reader.js";
import { ready } from "./ready.js";
import { count, day } from "./words.js";

const LATEST = 6;
const ear = document.getElementById("ear-archive");
const views = ["ask", "articles"];
const answering = ready(ear);
let listed = false;

/** Shows what the address says. */
function follow() {
  const query = new URLSearchParams(location.search);
  const hash = new URLSearchParams(location.hash.slice(1));
  show(hash.has("articles") ? "articles" : "ask");
  const id = query.get("article") ?? hash.get("article");
  if (id) showArticle({ id, start: whole(query.get("start")), end: whole(query.get("end")) });
  else hideArticle();
}

function whole(text) {
  return /^\d{1,9}$/.test(text ?? "") ? Number(text) : undefined;
}

function show(view) {
  for (const name of views) document.getElementById(`view-${name}`).hidden = name !== view;
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (view === "articles" && !listed) {
    listed = true;
    listAgain();
  }
}

function go(address, state = null) {
  history.pushState(state, "", address);
  follow();
}

function leaveArticle() {
  // The browser's Back closes the panel too, as people on phones expect.
  if (history.state?.reader) history.back();
  else {
    history.replaceState(null, "", `${location.pathname}${location.hash.includes("articles") ? "#articles" : ""}`);
    follow();
  }
}

function onlyAsk(publisher) {
  chooseFilters({ publishers: [publisher] });
  go(location.pathname);
  document.getElementById("filters").open = true;
  document.getElementById("question").focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  // With a modifier the browser opens a tab or a window, as everywhere.
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.classList.contains("skip")) {
    // Not by the address: when the browser goes back to a fragment it moves the focus there.
    event.preventDefault();
    document.getElementById(location.hash.includes("articles") ? "articles-heading" : "question").focus();
  } else if (link.dataset.article) {
    event.preventDefault();
    const address = `${link.getAttribute("href")}${location.hash.includes("articles") ? "#articles" : ""}`;
    if (history.state?.reader) {
      history.replaceState(history.state, "", address);
      follow();
    } else go(address, { reader: true });
  } else if (link.dataset.view) {
    event.preventDefault();
    go(link.dataset.view === "articles" ? `${location.pathname}#articles` : location.pathname);
    if (link.dataset.view === "articles") document.getElementById("articles-heading").focus();
  }
});
window.addEventListener("popstate", follow);
onLeaving(leaveArticle);

async function showArchive() {
  await answering;
  const { articles, newest } = await json("readyz");
  ear.textContent = count(articles, "article");
  document.getElementById("ear-newest").textContent = newest ? `Newest: ${day(newest)}` : "";
  const [{ publishers }, latest] = await Promise.all([json("v1/publishers"), json(`v1/articles?limit=${LATEST}`)]);
  offerPublishers(publishers);
  suggestPublishers(publishers);
  showHoldings(publishers, onlyAsk);
  showLatest(latest.articles);
}

function tellInMasthead(error) {
  ear.textContent = error.message;
}

async function askAtOnce() {
  const query = new URLSearchParams(location.search);
  const question = query.get("q")?.trim();
  if (!question) return;
  await answering;
  const days = Object.fromEntries(["from", "to", "as_of"].filter((name) => query.get(name)).map((name) => [name, query.get(name)]));
  const publishers = query.getAll("publisher");
  chooseFilters({ ...days, publishers });
  ask(question, { ...days, ...(publishers.length ? { publishers } : {}) });
}

limitBy(chosenFilters);
follow();
askAtOnce().catch(() => {
  // What is wrong stands in the masthead.
});
showArchive().catch(tellInMasthead);
answering.then(() => offerAdding(() => {
  showArchive().catch(tellInMasthead);
  listAgain();
})).catch(() => {
  // Whoever may ask can; what is wrong stands in the masthead.
});
