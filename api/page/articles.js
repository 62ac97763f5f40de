// What is in the archive: by publisher and month, and every article.

import { articleLink, element, emptied, shape } from "./elements.js";
import { json } from "./http.js";
import { count, credit, day } from "./words.js";

const PAGE = 50;
// More bars than this become years.
const MOST_MONTHS = 60;
const BAR = 6;
const HEIGHT = 24;
const list = document.getElementById("article-list");
const more = document.getElementById("more-articles");
const status = document.getElementById("articles-status");

export function headline(article) {
  return element("li", { dir: "auto" },
    articleLink({ id: article.article_id }, { class: "headline" }, article.title),
    element("p", { class: "credit" }, credit(article), article.section && ` · ${article.section}`),
    article.corrections.map((text) => element("p", { class: "correction" }, text)));
}

/** Shows the newest articles below the first question, as on a front page. */
export function showLatest(articles) {
  const latest = document.getElementById("latest");
  emptied(latest.querySelector("ul")).append(...articles.map(headline));
  latest.hidden = articles.length === 0;
}

/** Shows how many articles of each publisher are dated when. `onlyAsk` limits the next question to one publisher. */
export function showHoldings(publishers, onlyAsk) {
  const place = emptied(document.querySelector(".holdings"));
  if (publishers.length === 0) {
    place.append(element("p", {}, "The archive is empty. Add articles with ", element("code", {}, "dateline ingest"), "."));
    return;
  }
  const axis = axisOf(publishers);
  const undated = publishers.flatMap(({ months }) => months).filter(({ month }) => !month).reduce((sum, { articles }) => sum + articles, 0);
  const caption = axis.periods.length
    ? `One bar for each ${axis.unit}, ${day(axis.periods[0])} to ${day(axis.periods.at(-1))}${undated ? `; ${count(undated, "article")} without a date` : ""}.`
    : "No article has a date.";
  const heads = ["Publisher", "Articles", "Dated", `By ${axis.unit}`].map((name, at) => element("th", { scope: "col", class: at === 3 ? "bars" : "" }, name));
  place.append(element("table", {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, heads)),
    element("tbody", {}, publishers.map((counted) => row(counted, axis, onlyAsk)))));
}

function row({ publisher, articles, months }, axis, onlyAsk) {
  const dated = months.map(({ month }) => month).filter(Boolean);
  const span = dated.length === 0 ? "undated" : dated[0] === dated.at(-1) ? day(dated[0]) : `${day(dated[0])} to ${day(dated.at(-1))}`;
  const name = publisher
    ? element("button", { type: "button", class: "plain", title: "Ask only this publisher", onclick: () => onlyAsk(publisher) }, publisher)
    : "Unknown publisher";
  return element("tr", {},
    element("th", { scope: "row", dir: "auto" }, name),
    element("td", { class: "number" }, articles.toLocaleString("en")),
    element("td", {}, span),
    element("td", { class: "bars" }, bars(months, axis)));
}

function axisOf(publishers) {
  const months = publishers.flatMap(({ months: counted }) => counted.map(({ month }) => month)).filter(Boolean).sort();
  if (months.length === 0) return { unit: "month", periods: [], most: 1, periodOf: (month) => month };
  const first = monthNumber(months[0]);
  const all = Array.from({ length: monthNumber(months.at(-1)) - first + 1 }, (_, at) => monthName(first + at));
  const yearly = all.length > MOST_MONTHS;
  const periodOf = yearly ? (month) => month.slice(0, 4) : (month) => month;
  const periods = [...new Set(all.map(periodOf))];
  const most = Math.max(...publishers.flatMap(({ months: counted }) => [...totals(counted, periodOf).values()]), 1);
  return { unit: yearly ? "year" : "month", periods, most, periodOf };
}

function totals(months, periodOf) {
  const found = new Map();
  for (const { month, articles } of months) {
    if (month) found.set(periodOf(month), (found.get(periodOf(month)) ?? 0) + articles);
  }
  return found;
}

function bars(months, { periods, most, periodOf }) {
  const found = totals(months, periodOf);
  const words = [...found].map(([period, articles]) => `${day(period)}: ${articles}`).join(", ") || "undated";
  const width = Math.max(periods.length * BAR, BAR);
  const drawn = periods.flatMap((period, at) => {
    if (!found.has(period)) return [];
    const height = Math.max((found.get(period) / most) * HEIGHT, 2);
    const title = shape("title");
    title.textContent = `${day(period)}: ${found.get(period)}`;
    return [shape("rect", { x: at * BAR, y: HEIGHT - height, width: BAR - 1, height }, title)];
  });
  return shape("svg", { role: "img", "aria-label": words, viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none" }, ...drawn);
}

function monthNumber(month) {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
}

function monthName(number) {
  return `${String(Math.floor(number / 12)).padStart(4, "0")}-${String((number % 12) + 1).padStart(2, "0")}`;
}

/** Adds the next articles to the list; focus goes to the first of them when a reader asked for more. */
export async function listMore({ focus = false } = {}) {
  more.disabled = true;
  try {
    const shown = list.childElementCount;
    const { articles, total } = await json(`v1/articles?limit=${PAGE}&offset=${shown}`);
    const added = articles.map(headline);
    list.append(...added);
    status.textContent = `${count(total, "article")}${list.childElementCount < total ? `, ${list.childElementCount} of them listed` : ""}.`;
    more.hidden = articles.length === 0 || list.childElementCount >= total;
    if (focus) added[0]?.querySelector("a").focus();
  } catch (error) {
    status.textContent = `${error.message} ${error.advice ?? ""}`;
    more.hidden = false;
  } finally {
    more.disabled = false;
  }
}

/** Lists from the beginning again, for when articles were added. */
export async function listAgain() {
  emptied(list);
  await listMore();
}

more.addEventListener("click", () => listMore({ focus: true }));
