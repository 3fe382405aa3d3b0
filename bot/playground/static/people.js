/** Changing who asks: what was asked and opened goes along, so that it shows at once what the other person may not see. */

import { openedPanel, openPanel, panelCovers } from "./panel.js";
import { say } from "./say.js";
import { person } from "./texts.js";

const KEY = "daedap.carried"; // {from, question, opened}: for the next page of this tab
const card = document.getElementById("carried");

/** Offers what was carried here from another person's page. */
export function carried(ask) {
  const found = take();
  if (!found || found.from === person) return;
  const button = card.querySelector("button");
  card.querySelector("q").textContent = found.question ?? "";
  button.hidden = !found.question;
  button.addEventListener("click", () => ask(found.question), { once: true });
  card.hidden = false;
  say(card.querySelector("p").textContent);
  if (found.opened && !panelCovers()) openPanel({ ...found.opened, title: "" }, button, { thread: "", as: person });
}

function take() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
    return found;
  } catch {
    return null;
  }
}

for (const link of document.querySelectorAll("#people a")) {
  link.addEventListener("click", () => {
    const question = [...document.querySelectorAll(".turn .words")].at(-1)?.textContent;
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ from: person, question, opened: openedPanel() }));
    } catch {
      // then nothing goes along
    }
  });
}

for (const link of document.querySelectorAll(".languages a")) {
  link.addEventListener("click", () => { link.hash = location.hash; }); // the same thread in the other language
}
