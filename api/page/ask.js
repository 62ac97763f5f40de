// The conversation: asks, shows what comes, stops, and sends what was said before along with a follow-up.

import { Turn } from "./answer.js";
import { events, Problem, request } from "./http.js";
import { described } from "./words.js";

// A follow-up is understood from the last few turns; a whole day's conversation would only be sent to be left unread.
const EARLIER = 10;
const LONGEST = 20_000;
const form = document.getElementById("ask-form");
const field = document.getElementById("question");
const conversation = document.getElementById("conversation");
const buttons = { ask: document.getElementById("ask"), stop: document.getElementById("stop"), over: document.getElementById("start-over") };
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let answered = [];
let turns = 0;
let running = null;
let limits = () => ({});

/** From now on, what readers ask is limited to what `chosen` returns, in the form of `POST /v1/answer`. */
export function limitBy(chosen) {
  limits = chosen;
}

/** Asks a question and shows its answer; does nothing while another is under way. */
export async function ask(question, filters = limits()) {
  if (running || !question.trim()) return;
  const stopping = new AbortController();
  running = stopping;
  turns += 1;
  const turn = new Turn({ number: turns, question, chosen: described(filters), address: addressOf(question, filters) });
  conversation.append(turn.node);
  turn.say("Searching the archive…");
  busy(true);
  turn.node.scrollIntoView({ block: "start", behavior: calm.matches ? "instant" : "smooth" });
  try {
    const answer = await streamed(turn, { question, ...filters, messages: earlier(), stream: true }, stopping.signal);
    turn.finish(answer);
    if (!stopping.signal.aborted) answered.push({ question, answer: answer.answer });
  } catch (error) {
    if (stopping.signal.aborted) turn.stop();
    else {
      turn.fail(error instanceof Problem ? error : new Problem({ status: 500, detail: "The answer could not be shown." }), () => {
        turn.node.remove();
        ask(question, filters);
      });
    }
  } finally {
    // A conversation that was started over has its own.
    if (running === stopping) {
      running = null;
      busy(false);
    }
  }
}

async function streamed(turn, body, signal) {
  const response = await request("v1/answer", { body, signal });
  for await (const { name, data } of events(response)) {
    if (name === "evidence") turn.found(data.hits);
    else if (name === "token") turn.write(data.text);
    else if (name === "answer") return data;
    else if (name === "error") throw new Problem({ status: data.status, title: data.title, detail: data.detail, requestId: data.request_id });
  }
  throw new Problem({ detail: "The connection broke off before the answer was whole." });
}

function earlier() {
  return answered.slice(-EARLIER).flatMap(({ question, answer }) => [
    { role: "user", content: question },
    { role: "assistant", content: [...answer].slice(0, LONGEST).join("") },
  ]);
}

/** Returns an address that asks the same again. */
function addressOf(question, { publishers = [], ...days }) {
  return `./?${new URLSearchParams([["q", question], ...Object.entries(days), ...publishers.map((name) => ["publisher", name])])}`;
}

function busy(is) {
  const had = document.activeElement;
  buttons.ask.hidden = is;
  buttons.stop.hidden = !is;
  buttons.over.hidden = turns === 0;
  document.body.classList.toggle("conversing", turns > 0);
  document.getElementById("question-label").textContent = turns > 0 ? "Ask a follow-up" : "Ask the archive";
  // Focus on a button that disappears would be lost.
  if (is && had === buttons.ask) buttons.stop.focus();
  if (!is && had === buttons.stop) field.focus({ preventScroll: true });
}

function startOver() {
  running?.abort();
  running = null;
  answered = [];
  turns = 0;
  conversation.replaceChildren();
  busy(false);
  field.value = "";
  field.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (running) return;
  const question = field.value.trim();
  field.value = "";
  ask(question);
});
field.addEventListener("keydown", (event) => {
  // While a word is being composed, Enter only ends the word.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
buttons.stop.addEventListener("click", () => running?.abort());
buttons.over.addEventListener("click", startOver);
