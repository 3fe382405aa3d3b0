/** Numbered sources: the marks in an answer's text, and the list beneath it. */

import { fill, texts } from "./texts.js";

/** A mark [n]: on `button` it opens `citation`; without one it only shows the number; null where there is no such source. */
export function mark(number, button, citation) {
  if (button === null) return null;
  const inner = button ?? document.createElement("span");
  inner.className = "cite";
  inner.textContent = number;
  if (button) inner.setAttribute("aria-label", fill(texts.page.source, citation));
  const made = document.createElement("sup");
  made.append(inner);
  return made;
}

/** A line of the list: number, title, place and quote, all of it on `button`. */
export function source(citation, button) {
  const shown = { ...citation, quote: flat(citation.quote) };
  const parts = Object.fromEntries(["number", "title", "place", "quote"].map((name) => [name, span(name, shown[name])]));
  parts.title.append(parts.place);
  button.append(parts.number, parts.title, parts.quote);
  const item = document.createElement("li");
  item.append(button);
  return item;
}

/** The words of an answer without its marks. */
export function plain(answer) {
  const copy = answer.cloneNode(true);
  for (const one of copy.querySelectorAll("sup")) one.remove();
  return [...copy.children].map((block) => block.textContent.trim()).join("\n");
}

/** A quote in one line; a table's row without its bars. */
function flat(quote) {
  const cells = /^\s*\|(.*)\|\s*$/.exec(quote);
  return cells ? cells[1].split("|").map((cell) => cell.trim()).filter(Boolean).join(" · ") : quote;
}

function span(name, text) {
  return Object.assign(document.createElement("span"), { className: name, textContent: text });
}
