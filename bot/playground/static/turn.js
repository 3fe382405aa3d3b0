/** One question with its reply, drawn as the job's events come in. */

import { prose } from "./prose.js";
import { fill, texts } from "./texts.js";

const form = document.getElementById("turn");

export class Turn {
  /** `open(citation, opener)` shows a source; `answered(answer)` is called once. */
  constructor(question, { open, answered }) {
    Object.assign(this, { open, answered });
    this.element = form.content.firstElementChild.cloneNode(true);
    this.element.querySelector(".words").textContent = question;
    this.step({ step: "queued" });
  }

  /** An event of the job (see job.js). */
  hear(type, data) {
    this[type]?.(data);
  }

  step({ step, count }) {
    if (!(step in texts.steps)) return;
    const list = this.part("steps");
    for (const passed of list.children) passed.className = "done";
    if (step !== "queued") list.querySelector('[data-step="queued"]')?.remove();
    const item = list.querySelector(`[data-step="${step}"]`) ?? list.appendChild(document.createElement("li"));
    item.dataset.step = step;
    item.className = "now";
    item.textContent = fill(texts.steps[step], { count });
    this.state("");
  }

  draft({ text }) {
    const cite = (number) => sup(document.createElement("span"), number);
    this.part("answer").replaceChildren(prose(text, { cite }));
    this.state("");
  }

  progress({ text }) {
    this.state(text);
  }

  waiting() {
    this.state(texts.page.no_worker);
  }

  away({ text }) {
    this.state(text);
  }

  back() {
    this.state("");
  }

  failed({ text }) {
    this.settle();
    this.state(text, "bad");
  }

  refused({ text }) {
    this.failed({ text });
  }

  /** The answer, also one that was kept from before a reload. */
  answer(answer) {
    this.settle();
    const sources = new Map(answer.citations.map((citation) => [citation.number, citation]));
    const words = this.part("answer");
    words.lang = answer.language;
    words.classList.toggle("unknown", !answer.known);
    words.replaceChildren(prose(answer.text, { cite: (number) => this.mark(sources.get(number)) }));
    this.sources(answer.citations);
    this.notes(answer.notes);
    this.seconds(answer.seconds);
    this.answered(answer);
  }

  /** Nothing more is awaited. */
  settle() {
    this.part("steps").hidden = true;
    this.part("answer").removeAttribute("aria-busy");
    this.state("");
  }

  mark(citation) {
    if (!citation) return null;
    const button = this.opener(citation);
    button.setAttribute("aria-label", fill(texts.page.source, citation));
    return sup(button, citation.number);
  }

  sources(citations) {
    const list = this.part("sources");
    list.hidden = !citations.length;
    list.querySelector("ol").replaceChildren(...citations.map((citation) => this.source(citation)));
  }

  source(citation) {
    const button = this.opener(citation);
    const shown = { ...citation, quote: flat(citation.quote) };
    const parts = Object.fromEntries(["number", "title", "place", "quote"].map((name) => [name, span(name, shown[name])]));
    parts.title.append(parts.place);
    button.append(parts.number, parts.title, parts.quote);
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  opener(citation) {
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => this.open(citation, button));
    return button;
  }

  notes(codes) {
    const known = codes.filter((code) => code in texts.notes);
    const list = this.part("notes");
    list.hidden = !known.length;
    list.replaceChildren(...known.map((code) => Object.assign(document.createElement("li"), { textContent: texts.notes[code] })));
  }

  seconds(steps) {
    const total = steps.total ?? Object.values(steps).reduce((sum, seconds) => sum + seconds, 0);
    const line = this.part("seconds");
    line.hidden = !total;
    line.textContent = fill(texts.page.seconds, { seconds: Math.max(total, 0.1).toFixed(1) });
  }

  state(text, kind = "") {
    const line = this.part("state");
    line.hidden = !text;
    line.textContent = text;
    line.className = `state ${kind}`;
  }

  part(name) {
    return this.element.querySelector(`.${name}`);
  }
}

/** A quote in one line; a table's row without its bars. */
function flat(quote) {
  const cells = /^\s*\|(.*)\|\s*$/.exec(quote);
  return cells ? cells[1].split("|").map((cell) => cell.trim()).filter(Boolean).join(" · ") : quote;
}

function span(name, text) {
  return Object.assign(document.createElement("span"), { className: name, textContent: text });
}

function sup(inner, number) {
  const made = document.createElement("sup");
  inner.className = "cite";
  inner.textContent = number;
  made.append(inner);
  return made;
}
