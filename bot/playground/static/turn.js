/** One question with its reply, drawn as the job's events come in. */

import { prose } from "./prose.js";
import { mark, plain, source } from "./sources.js";
import { fill, made, texts } from "./texts.js";
import { Verdict } from "./verdict.js";

export class Turn {
  /** `open(citation, opener)` shows a source, `keep()` keeps what was written into `turn`, `again()` asks once more. */
  constructor(turn, { open, keep, again }) {
    Object.assign(this, { turn, open, keep });
    this.element = made("turn");
    this.part("words").textContent = turn.text;
    this.part("again").addEventListener("click", again);
    this.verdict = new Verdict(this.part("about"), turn, keep);
    if (turn.answer) this.draw(turn.answer);
    else if (turn.failed) this.fail(turn.failed);
    else this.begin();
  }

  /** Nothing is known yet. */
  begin() {
    this.part("answer").replaceChildren();
    this.part("answer").setAttribute("aria-busy", "true");
    this.part("steps").replaceChildren();
    this.part("steps").hidden = false;
    this.part("again").hidden = true;
    this.step({ step: "queued" });
  }

  /** An event of the job (see job.js); gives the words to be said to who cannot see it, if it is news. */
  hear(type, data) {
    return this[type]?.(data);
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
    this.part("answer").replaceChildren(prose(text, { cite: (number) => mark(number) }));
    this.state("");
  }

  progress({ text }) {
    this.state(text);
  }

  waiting() {
    return this.state(texts.page.no_worker);
  }

  away({ text }) {
    return this.state(text);
  }

  back() {
    this.state("");
  }

  failed({ text }) {
    this.turn.failed = text;
    this.fail(text);
    this.keep();
    return text;
  }

  refused({ text }) {
    return this.failed({ text });
  }

  answer(answer) {
    this.turn.answer = answer;
    this.draw(answer);
    this.keep();
    const sources = answer.citations.length ? ` ${fill(texts.page.said_sources, { count: answer.citations.length })}` : "";
    return plain(this.part("answer")) + sources;
  }

  /** The answer, also one that was kept from before a reload. */
  draw(answer) {
    this.settle();
    const opener = (citation) => (citation ? this.opener(citation) : null);
    const cited = new Map(answer.citations.map((citation) => [citation.number, citation]));
    const words = this.part("answer");
    words.lang = answer.language;
    words.classList.toggle("unknown", !answer.known);
    words.replaceChildren(prose(answer.text, { cite: (number) => mark(number, opener(cited.get(number)), cited.get(number)) }));
    this.part("sources").hidden = !answer.citations.length;
    this.part("sources").querySelector("ol").replaceChildren(...answer.citations.map((one) => source(one, this.opener(one))));
    this.notes(answer.notes);
    this.seconds(answer.seconds);
    this.part("about").hidden = false;
  }

  fail(text) {
    this.settle();
    this.part("answer").replaceChildren(); // a draft that came to nothing is no answer
    this.state(text, "bad");
    this.part("again").hidden = false;
  }

  /** Nothing more is awaited. */
  settle() {
    this.part("steps").hidden = true;
    this.part("answer").removeAttribute("aria-busy");
    this.state("");
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
    return text;
  }

  part(name) {
    return this.element.querySelector(`.${name}`);
  }
}
