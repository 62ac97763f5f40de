// The list of questions: filters, counts, order, the address that keeps them, and the keyboard.
(() => {
  const PAGE = 100;
  const SAID = 220;
  const byId = (id) => document.getElementById(id);
  const { styles, questions } = JSON.parse(byId("index").textContent);
  const [form, list, more, reset] = ["filter", "list", "more", "reset"].map(byId);
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const good = new Set(["right", "rightly abstained", "not judged"]);

  questions.forEach((question, place) => {
    question.place = place;
    question.text = folded(`${question.id} ${question.question} ${question.answer}`);
    question.outcomes = ["", question.outcome, ...(good.has(question.outcome) ? [] : ["failed"]), ...(question.problems ? ["with problems"] : [])];
    question.kinds = ["", question.kind];
    question.silences = question.abstained === null ? ["", "no"] : ["", "yes", `because ${question.abstained}`];
  });

  const FIELDS = ["q", "kind", "outcome", "abstained", "sort"];
  const state = { q: "", kind: "", outcome: "", abstained: "", sort: "", open: "" };
  let matches = [];
  let shown = 0;

  // ---- what matches ---------------------------------------------------------------------------------------------------

  function select() {
    const words = folded(state.q).split(/\s+/).filter(Boolean);
    const counts = { outcome: new Map(), kind: new Map(), abstained: new Map() };
    const add = (counted, values) => values.forEach((value) => counted.set(value, (counted.get(value) || 0) + 1));
    matches = questions.filter((question) => {
      if (!words.every((word) => question.text.includes(word))) return false;
      const kind = question.kinds.includes(state.kind);
      const outcome = question.outcomes.includes(state.outcome);
      const abstained = question.silences.includes(state.abstained);
      // Each choice counts what it would show beside the other choices that are made.
      if (kind && abstained) add(counts.outcome, question.outcomes);
      if (outcome && abstained) add(counts.kind, question.kinds);
      if (kind && outcome) add(counts.abstained, question.silences);
      return kind && outcome && abstained;
    });
    const by = { slow: (q) => -(q.ms ?? -1), sure: (q) => -(q.confidence ?? -1), unsure: (q) => q.confidence ?? 2 }[state.sort];
    if (by) matches.sort((one, other) => by(one) - by(other) || one.place - other.place);
    showCounts(counts);
  }

  function showCounts(counts) {
    const number = (value) => value.toLocaleString("en");
    for (const choice of form.querySelectorAll("input[name=outcome]")) {
      const found = counts.outcome.get(choice.value) || 0;
      choice.nextElementSibling.lastElementChild.textContent = number(found);
      choice.parentElement.classList.toggle("empty", !found);
    }
    for (const name of ["kind", "abstained"]) {
      for (const option of form.elements[name].options) {
        option.dataset.label ??= option.textContent;
        option.textContent = `${option.dataset.label} (${number(counts[name].get(option.value) || 0)})`;
      }
    }
    const all = matches.length === questions.length;
    byId("count").textContent = all ? `${number(questions.length)} questions` : `${number(matches.length)} of ${number(questions.length)} questions`;
    reset.hidden = all && !state.sort;
  }

  // ---- the list -------------------------------------------------------------------------------------------------------

  function line(question) {
    const said = question.answer.length > SAID ? `${question.answer.slice(0, SAID)} …` : question.answer;
    const meta = element("span", "meta", foreign("span", "", question.id), foreign("span", "", question.kind));
    if (question.time) meta.append(element("span", "", question.time));
    const outcome = element("span", `outcome ${styles[question.outcome] || "missed"}`, question.outcome);
    const summary = element("summary", "", outcome, foreign("span", "asked", question.question), foreign("span", "answered", said), meta);
    const made = element("details", "question", summary);
    made.dataset.place = question.place;
    return element("li", "", made);
  }

  function show(upTo) {
    const next = matches.slice(shown, upTo);
    list.append(...next.map(line));
    shown += next.length;
    more.hidden = shown >= matches.length;
  }

  function refresh() {
    select();
    list.replaceChildren();
    shown = 0;
    show(PAGE);
    openNamed();
  }

  function openNamed() {
    const place = state.open === "" ? -1 : matches.findIndex((question) => question.id === state.open);
    if (place < 0) return;
    if (place >= shown) show(place + 1);
    const details = list.children[place].firstElementChild;
    fill(details);
    details.open = true;
    details.scrollIntoView();
  }

  // What stands in a question is made when it is first opened.
  function fill(details) {
    if (details.children.length > 1) return;
    const question = questions[Number(details.dataset.place)];
    details.append(openedQuestion(question, JSON.parse(byId(`question-${question.place}`).textContent)));
  }

  // `toggle` does not bubble.
  list.addEventListener("toggle", (event) => {
    const details = event.target;
    if (!details.matches("details.question")) return;
    const { id } = questions[Number(details.dataset.place)];
    if (details.open) {
      fill(details);
      state.open = id;
    } else if (state.open === id) {
      state.open = "";
    }
    writeAddress();
  }, true);

  // ---- the address ----------------------------------------------------------------------------------------------------

  function writeAddress() {
    const kept = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== ""));
    const hash = kept.size ? `#${kept}` : location.href.split("#")[0];
    history.replaceState(null, "", hash);
  }

  function readAddress() {
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const name of Object.keys(state)) state[name] = kept.get(name) || "";
    for (const name of FIELDS) {
      form.elements[name].value = state[name];
      // A value that this report does not have.
      if (name !== "q" && form.elements[name].value !== state[name]) {
        state[name] = "";
        form.elements[name].value = "";
      }
    }
  }

  window.addEventListener("hashchange", () => {
    // `#kinds` and its like are places on the page.
    if (!location.hash.includes("=")) return;
    readAddress();
    refresh();
    if (state.open === "") byId("questions").scrollIntoView();
  });

  // ---- what the reader does -------------------------------------------------------------------------------------------

  function readForm() {
    for (const name of FIELDS) state[name] = form.elements[name].value;
    state.open = "";
    writeAddress();
    refresh();
  }

  form.addEventListener("input", readForm);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(readForm));
  more.addEventListener("click", () => show(shown + PAGE));
  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && !more.hidden && show(shown + PAGE), { rootMargin: "600px" }).observe(more.parentElement);

  function move(step) {
    const at = document.activeElement.closest("#list > li");
    const now = at ? [...list.children].indexOf(at) : step > 0 ? -1 : 0;
    const next = Math.min(Math.max(now + step, 0), matches.length - 1);
    if (next < 0) return;
    if (next >= shown) show(next + PAGE);
    const summary = list.children[next].querySelector("summary");
    summary.focus();
    summary.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target;
    const typing = target.matches("input[type=search], select, textarea");
    const steps = { j: 1, k: -1 };
    if (target.closest("summary") || target.matches("input[type=search]")) Object.assign(steps, { ArrowDown: 1, ArrowUp: -1 });
    if (event.key === "Escape") {
      const details = target.closest("details.question");
      if (details) {
        details.open = false;
        details.firstElementChild.focus();
      } else if (typing) target.blur();
      return;
    }
    if (typing && !event.key.startsWith("Arrow")) return;
    if (event.key === "/") form.elements.q.focus();
    else if (event.key in steps) move(steps[event.key]);
    else return;
    event.preventDefault();
  });

  form.hidden = false;
  readAddress();
  refresh();
})();
