/** The side panel: a cited passage, highlighted inside its document. Beside the conversation on a desk, over it on a phone. */

import { run } from "./job.js";
import { prose, utf16 } from "./prose.js";
import { texts } from "./texts.js";

const panel = document.getElementById("panel");
const front = document.getElementById("front");
const over = matchMedia("(max-width: 60rem)"); // as in panel.css
const part = (selector) => panel.querySelector(selector);

let opener = null;
let reading = new AbortController();

/** Shows a citation; `whose` is {thread, as}, as whom access is checked. Focus goes to the title and comes back to `from`. */
export function openPanel(citation, from, whose) {
  reading.abort();
  reading = new AbortController();
  opener = from;
  panel.hidden = false;
  settle();
  head(citation);
  part(".document").replaceChildren();
  state(texts.page.loading, true);
  part("#panel-title").focus({ preventScroll: true });
  const { document: source, start, end } = citation;
  const body = { id: crypto.randomUUID(), document: source, start, end, ...whose };
  return run("/page/view", body, hear, reading.signal);
}

export function closePanel() {
  if (panel.hidden) return;
  reading.abort();
  panel.hidden = true;
  settle();
  opener?.focus();
}

function hear(type, data) {
  if (type === "view") show(data);
  if (type === "waiting") state(texts.page.no_worker);
  if (type === "back") state(texts.page.loading, true);
  if (type === "away" || type === "refused" || type === "failed" || type === "answer") state(data.text);
}

function show(view) {
  if (!view.found) return state(texts.page.document_gone);
  head(view);
  const mark = { start: utf16(view.text, view.start), end: utf16(view.text, view.end) };
  part(".document").lang = view.language ?? "";
  part(".document").replaceChildren(prose(view.text, { mark }));
  const marked = part("mark");
  state(marked ? "" : texts.page.passage_moved);
  marked?.scrollIntoView({ block: "center" });
}

function head({ title, place, url }) {
  part("#panel-title").textContent = title;
  if (place !== undefined) part(".place").textContent = place;
  const original = part(".original");
  original.hidden = !/^https?:\/\//i.test(url ?? "");
  if (original.hidden) original.removeAttribute("href");
  else original.href = url;
}

function state(text, busy = false) {
  part(".state").textContent = text;
  part(".state").classList.toggle("busy", busy);
}

/** Over the conversation, what lies beneath cannot be reached. */
function settle() {
  const covers = over.matches && !panel.hidden;
  front.inert = covers;
  panel.setAttribute("aria-modal", String(covers));
  document.body.classList.toggle("reading", !panel.hidden);
}

part(".close").addEventListener("click", closePanel);
over.addEventListener("change", settle);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) closePanel();
});
