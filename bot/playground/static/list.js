/** The list of threads, newest first, by day; each can be deleted after being asked once more. */

import { fill, made, texts } from "./texts.js";
import { titleOf, waits } from "./threads.js";

const place = document.getElementById("threads");
let drawn = "";

/** `remove(id)` is called for a thread that shall go. Drawn only when something in it is new: a list in use must not jump. */
export function drawList(threads, current, remove) {
  const lines = threads.map((thread) => ({ id: thread.id, title: titleOf(thread), waits: waits(thread), day: day(thread.at) }));
  const now = JSON.stringify([current, lines]);
  if (now === drawn) return;
  drawn = now;
  const focused = place.contains(document.activeElement);
  const days = Object.entries(Object.groupBy(lines, (line) => line.day));
  const parts = days.flatMap(([name, those]) => [heading(name), list(name, those, current, remove)]);
  place.replaceChildren(...(parts.length ? [...parts, note(texts.page.kept_here)] : [note(texts.page.no_threads)]));
  if (focused) (place.querySelector("[aria-current]") ?? place.querySelector("a") ?? document.querySelector(".side .new")).focus();
}

function heading(name) {
  return Object.assign(document.createElement("h2"), { textContent: texts.page[name], id: `threads-${name}` });
}

function note(text) {
  return Object.assign(document.createElement("p"), { textContent: text, className: "note" });
}

function span(className, textContent) {
  return Object.assign(document.createElement("span"), { className, textContent });
}

function list(name, lines, current, remove) {
  const items = document.createElement("ul");
  items.setAttribute("aria-labelledby", `threads-${name}`);
  items.append(...lines.map((line) => item(line, current, remove)));
  return items;
}

function item({ id, title, waits: waiting }, current, remove) {
  const element = made("thread");
  const link = element.querySelector("a");
  Object.assign(link, { href: `#${id}`, title });
  link.append(span("title", title));
  if (id === current) link.setAttribute("aria-current", "page");
  if (waiting) link.append(span("waits", ""), span("unseen", texts.page.answering));
  const bin = element.querySelector(".bin");
  bin.setAttribute("aria-label", fill(texts.page.delete_thread, { title }));
  bin.addEventListener("click", () => sure(element, bin, () => remove(id)));
  return element;
}

/** Asks in the line itself; anything but "yes" leaves it as it was. */
function sure(element, bin, yes) {
  const asked = made("sure");
  const back = () => {
    asked.remove();
    element.classList.remove("asked");
    bin.focus();
  };
  asked.querySelector(".yes").addEventListener("click", yes);
  asked.querySelector(".no").addEventListener("click", back);
  asked.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    back();
  });
  element.append(asked);
  element.classList.add("asked");
  asked.querySelector(".yes").focus();
}

function day(at) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (at >= midnight) return "today";
  return at >= midnight - 24 * 3600 * 1000 ? "yesterday" : "earlier";
}
