/** The page: threads that are begun, asked in, left and come back to; which one is open stands in the address. */

import { listen, focusBox } from "./composer.js";
import "./dialogs.js";
import { closeDrawer } from "./drawer.js";
import { shortcuts } from "./keys.js";
import { drawList } from "./list.js";
import { closePanel } from "./panel.js";
import { carried } from "./people.js";
import "./reindex.js";
import { offer } from "./suggestions.js";
import { texts } from "./texts.js";
import { all, awaited, begin, drop, load, titleOf, watch } from "./threads.js";
import { View } from "./view.js";

const holder = document.getElementById("turns");
const start = document.getElementById("start");

const views = new Map(); // id -> what was opened since the page was loaded: an answer on its way arrives also where nobody looks
let open = null;

/** What is kept under this id, else a new thread. */
function viewOf(id) {
  const view = views.get(id) ?? new View(load(id) ?? begin(), refresh);
  views.set(view.thread.id, view);
  return view;
}

/** Opens it; the address says which one is open. */
function show(id) {
  if (open?.thread.id === id) return;
  open = viewOf(id);
  closePanel({ back: false });
  holder.replaceChildren(open.element);
  refresh();
  open.reveal();
}

function ask(text) {
  const first = !open.thread.turns.length;
  open.ask(text);
  if (first) history.replaceState(null, "", `#${open.thread.id}`);
  refresh();
}

/** After every change: what is drawn from all threads together. */
function refresh() {
  const { thread } = open;
  const begun = thread.turns.length > 0;
  start.hidden = begun;
  document.title = begun ? `${titleOf(thread)} · ${texts.page.name}` : texts.page.name;
  drawList(all(), thread.id, remove);
}

function fresh() {
  closeDrawer();
  if (open.thread.turns.length) history.pushState(null, "", location.pathname + location.search);
  if (open.thread.turns.length) show("");
  focusBox();
}

function remove(id) {
  drop(id);
  leave(id);
}

/** Shows a thread no more: it was deleted, here or in another tab. */
function leave(id) {
  views.get(id)?.close();
  views.delete(id);
  if (open.thread.id !== id) return refresh();
  history.replaceState(null, "", location.pathname + location.search);
  show("");
}

const named = () => location.hash.slice(1);

listen(ask);
show(named());
addEventListener("hashchange", () => {
  closeDrawer();
  show(named());
});
watch((id, thread) => {
  if (!thread) return leave(id);
  views.get(id)?.catchUp(thread);
  refresh();
});
for (const { id } of awaited()) viewOf(id);
for (const button of document.querySelectorAll("[data-new]")) button.addEventListener("click", fresh);
shortcuts({ fresh, focus: focusBox });
carried(ask);
offer(ask).then(() => document.documentElement.setAttribute("data-ready", ""));
