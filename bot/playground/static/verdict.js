/** What a person thinks of an answer: thumbs up or down, and after a thumb down why, if they like to say. */

import { post } from "./job.js";
import { made, person, texts } from "./texts.js";

export class Verdict {
  /** `turn` gets `verdict`, `reasons` and `words`, and `keep()` keeps them. */
  constructor(place, turn, keep) {
    Object.assign(this, { place, turn, keep, why: null });
    this.part(".good").addEventListener("click", () => this.good());
    this.part(".bad").addEventListener("click", () => this.bad());
    this.part(".copy").addEventListener("click", () => this.copy());
    this.draw();
  }

  async good() {
    this.close();
    await this.give({ verdict: "good", reasons: [], words: "" });
  }

  /** The thumb counts at once; a second press shows and hides the reasons. */
  async bad() {
    if (this.why) return this.close();
    this.ask();
    if (this.turn.verdict !== "bad") await this.give({ verdict: "bad", reasons: [], words: "" }, "");
  }

  async give(given, thanks = texts.feedback_thanks) {
    const before = { verdict: this.turn.verdict, reasons: this.turn.reasons, words: this.turn.words };
    Object.assign(this.turn, given);
    this.draw();
    const sent = await post("/page/verdict", { id: this.turn.id, as: person, ...given });
    if (!sent.ok) Object.assign(this.turn, before);
    this.draw();
    this.say(sent.ok ? thanks : (sent.refused && sent.text) || texts.page.verdict_failed);
    if (sent.ok) this.keep();
    return sent.ok;
  }

  ask() {
    this.why = made("why");
    const { reasons = [], words = "" } = this.turn;
    for (const box of this.why.querySelectorAll("[name=reasons]")) box.checked = reasons.includes(box.value);
    this.why.elements.words.value = words;
    this.why.addEventListener("submit", (event) => this.tell(event));
    this.why.querySelector(".quiet").addEventListener("click", () => this.close());
    this.why.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.close();
    });
    this.place.after(this.why);
    this.draw();
    this.say("");
    this.why.querySelector("input").focus({ preventScroll: true });
    this.why.scrollIntoView({ block: "nearest" });
  }

  async tell(event) {
    event.preventDefault();
    const form = new FormData(this.why);
    const given = { verdict: "bad", reasons: form.getAll("reasons"), words: form.get("words").trim() };
    if (await this.give(given)) this.close();
  }

  /** Puts the reasons away; the focus goes back to the thumb. */
  close() {
    if (!this.why) return;
    const inside = this.why.contains(document.activeElement);
    this.why.remove();
    this.why = null;
    this.draw();
    if (inside) this.part(".bad").focus();
  }

  async copy() {
    const answer = this.turn.answer;
    const sources = answer.citations.map(({ number, title, place, url }) => `[${number}] ${[title, place, url].filter(Boolean).join(" · ")}`);
    await navigator.clipboard.writeText([answer.text, ...sources].join("\n"));
    this.say(texts.page.copied);
  }

  draw() {
    this.part(".good").setAttribute("aria-pressed", String(this.turn.verdict === "good"));
    this.part(".bad").setAttribute("aria-pressed", String(this.turn.verdict === "bad"));
    this.part(".bad").setAttribute("aria-expanded", String(Boolean(this.why)));
  }

  say(text) {
    this.part(".thanks").textContent = text;
  }

  part(selector) {
    return this.place.querySelector(selector);
  }
}
