/** The page: a conversation that is asked, shown and kept. */

import { listen, person } from "./composer.js";
import { begin, keep, resume } from "./conversation.js";
import { run } from "./job.js";
import { closePanel, openPanel } from "./panel.js";
import { offer } from "./suggestions.js";
import { Turn } from "./turn.js";

const turns = document.getElementById("turns");
const start = document.getElementById("start");
const fresh = document.getElementById("new");

let conversation = resume(person);
let following = new AbortController();

function ask(text) {
  const turn = { id: crypto.randomUUID(), text };
  conversation.turns.push(turn);
  keep(conversation);
  show(turn).scrollIntoView({ block: "start" });
}

/** Draws a turn; one without an answer is sent, again if it was sent before. */
function show(turn) {
  const mine = conversation;
  const whose = { thread: mine.thread, as: person };
  const shown = new Turn(turn.text, {
    open: (citation, opener) => openPanel(citation, opener, whose),
    answered: (answer) => {
      turn.answer = answer;
      if (mine === conversation) keep(mine);
    },
  });
  turns.append(shown.element);
  start.hidden = true;
  fresh.hidden = false;
  if (turn.answer) shown.answer(turn.answer);
  else run("/page/ask", { id: turn.id, text: turn.text, ...whose }, (type, data) => shown.hear(type, data), following.signal);
  return shown.element;
}

function beginAnew() {
  following.abort();
  following = new AbortController();
  conversation = begin(person);
  keep(conversation);
  closePanel();
  turns.replaceChildren();
  start.hidden = false;
  fresh.hidden = true;
  document.querySelector("#composer textarea").focus();
}

listen(ask);
fresh.addEventListener("click", beginAnew);
conversation.turns.forEach(show);
offer(ask).then(() => document.documentElement.setAttribute("data-ready", ""));
