// What the next question is limited to: days and publishers.

import { element, emptied } from "./elements.js";
import { count, described } from "./words.js";

const DAYS = ["from", "to", "as_of"];
// Longer lists get a field to search in.
const SEARCHED = 12;
const form = document.getElementById("ask-form");
const choices = document.getElementById("publisher-choices");
const find = document.getElementById("find-publisher");
const details = document.getElementById("filters");

/** Returns the limits as `POST /v1/answer` takes them; those not set are left out. */
export function chosenFilters() {
  const days = DAYS.map((name) => [name, form.elements[name].value]).filter(([, value]) => value);
  const publishers = [...choices.querySelectorAll("input:checked")].map((box) => box.value);
  return { ...Object.fromEntries(days), ...(publishers.length ? { publishers } : {}) };
}

/** Sets the limits, as an address gives them. */
export function chooseFilters({ publishers = [], ...days }) {
  for (const name of DAYS) form.elements[name].value = days[name] ?? "";
  for (const name of publishers) {
    const known = [...choices.querySelectorAll("input")].find((box) => box.value === name);
    if (!known) choices.append(choice(name));
  }
  for (const box of choices.querySelectorAll("input")) box.checked = publishers.includes(box.value);
  changed();
}

/** Offers the publishers of the archive; what is chosen stays chosen. */
export function offerPublishers(publishers) {
  const { publishers: before = [] } = chosenFilters();
  const named = publishers.filter(({ publisher }) => publisher);
  const gone = before.filter((name) => !named.some(({ publisher }) => publisher === name));
  emptied(choices).append(...named.map(({ publisher, articles }) => choice(publisher, articles)), ...gone.map((name) => choice(name)));
  if (!choices.hasChildNodes()) choices.append(element("p", { class: "help" }, "No article of the archive names its publisher."));
  for (const box of choices.querySelectorAll("input")) box.checked = before.includes(box.value);
  find.closest("label").hidden = named.length <= SEARCHED;
}

function choice(name, articles) {
  const box = element("input", { type: "checkbox", value: name });
  return element("label", { dir: "auto" }, box, ` ${name}`, articles !== undefined && element("small", {}, ` ${count(articles, "article")}`));
}

function changed() {
  document.getElementById("filters-chosen").textContent = described(chosenFilters());
}

details.addEventListener("change", changed);
find.addEventListener("input", () => {
  const wanted = find.value.trim().toLowerCase();
  for (const label of choices.querySelectorAll("label")) {
    const box = label.querySelector("input");
    label.hidden = !box.checked && !box.value.toLowerCase().includes(wanted);
  }
});
document.getElementById("clear-filters").addEventListener("click", () => chooseFilters({}));
