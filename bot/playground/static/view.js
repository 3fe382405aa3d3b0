/** One thread on the page: its turns as drawn, and the answers that it waits for. */

import { run } from "./job.js";
import { openPanel } from "./panel.js";
import { say } from "./say.js";
import { person, texts } from "./texts.js";
import { keep } from "./threads.js";
import { Turn } from "./turn.js";

export class View {
  /** `changed()` is called whenever a turn was asked, answered or has failed. */
  constructor(thread, changed) {
    Object.assign(this, { thread, changed, following: new AbortController() });
    this.element = document.createElement("ol");
    this.element.className = "turns";
    this.element.setAttribute("aria-label", texts.page.conversation);
    thread.turns.forEach((turn) => this.show(turn));
  }

  ask(text) {
    const turn = { id: crypto.randomUUID(), text };
    this.thread.turns.push(turn);
    this.thread.at = Date.now();
    this.keep();
    this.show(turn).scrollIntoView({ block: "start" });
    say(texts.page.answering);
  }

  /** Draws a turn; one that waits for its answer is sent, again if it was sent before. */
  show(turn) {
    const shown = new Turn(turn, {
      open: (citation, opener) => openPanel(citation, opener, this.whose),
      keep: () => this.keep(),
      again: () => this.again(turn, shown),
    });
    this.element.append(shown.element);
    if (!turn.answer && !turn.failed) this.follow(turn, shown);
    return shown.element;
  }

  /** Shows what was asked in this thread in another tab. */
  catchUp({ at, turns }) {
    const known = new Set(this.thread.turns.map((turn) => turn.id));
    const others = turns.filter((turn) => !known.has(turn.id));
    this.thread.turns.push(...others);
    this.thread.at = Math.max(at, this.thread.at);
    others.forEach((turn) => this.show(turn));
  }

  /** The same words once more, as a question of its own: the one before has ended. */
  again(turn, shown) {
    turn.id = crypto.randomUUID();
    delete turn.failed;
    shown.begin();
    this.keep();
    this.follow(turn, shown);
  }

  follow(turn, shown) {
    const body = { id: turn.id, text: turn.text, ...this.whose };
    const hear = (type, data) => {
      const news = shown.hear(type, data);
      if (news && this.element.isConnected) say(news);
    };
    run("/page/ask", body, hear, this.following.signal);
  }

  /** Brings what was said last into sight. */
  reveal() {
    this.element.lastElementChild?.scrollIntoView({ block: "start" });
  }

  /** Hears nothing more: the thread was deleted. */
  close() {
    this.following.abort();
  }

  keep() {
    if (this.following.signal.aborted) return;
    keep(this.thread);
    this.changed();
  }

  get whose() {
    return { thread: this.thread.id, as: person };
  }
}
